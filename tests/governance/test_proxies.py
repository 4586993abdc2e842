"""The client's address behind proxies: believed from the right, as far as they are ours."""

import pytest

from governance.env import BadSetting, count
from governance.proxies import TrueAddress, client


@pytest.mark.parametrize(
    ("forwarded", "trusted", "found"),
    [
        ("203.0.113.7", 1, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", 1, "203.0.113.7"),  # the first was typed by the client
        ("203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("203.0.113.7", 2, "10.0.0.1"),  # came past the outer proxy
        ("", 1, "10.0.0.1"),
        ("unknown", 1, "10.0.0.1"),
        ("203.0.113.7:4711", 1, "10.0.0.1"),
        ("2001:db8::7", 1, "2001:db8::7"),
    ],
)
def test_only_what_trusted_proxies_wrote_counts(forwarded, trusted, found):
    assert client("10.0.0.1", forwarded, trusted) == found


@pytest.mark.parametrize(("trusted", "seen"), [(0, "10.0.0.1"), (1, "203.0.113.7")])
def test_nothing_is_believed_unless_set(rf, settings, trusted, seen):
    settings.TRUSTED_PROXIES = trusted
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.7")
    addresses = []
    TrueAddress(lambda request: addresses.append(request.META["REMOTE_ADDR"]))(request)
    assert addresses == [seen]


@pytest.mark.parametrize("value", ["-1", "ten", "10", "", "²"])
def test_the_count_is_a_small_number(monkeypatch, value):
    monkeypatch.setenv("TRUSTED_PROXIES", value)
    with pytest.raises(BadSetting, match="TRUSTED_PROXIES"):
        count("TRUSTED_PROXIES", 0)
