"""Half hours and quiet hours, over midnight and over the end of a year."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.quiet import Quiet, digest_of, half_hour, sent_at

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = Quiet(time(20), time(8))
NONE = Quiet(time(0), time(0))
MINUTES = st.integers(0, 370 * 24 * 60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "digest", "sent"),
    [
        ("2026-03-02T10:12", "2026-03-02T10:00", "2026-03-02T10:30"),
        ("2026-03-02T10:30", "2026-03-02T10:30", "2026-03-02T11:00"),
        ("2026-03-02T19:29", "2026-03-02T19:00", "2026-03-02T19:30"),
        ("2026-03-02T19:30", "2026-03-02T19:30", "2026-03-03T08:00"),  # would go out at 20:00
        ("2026-12-31T20:00", "2027-01-01T08:00", "2027-01-01T08:00"),
        ("2026-03-03T07:59", "2026-03-03T08:00", "2026-03-03T08:00"),
        ("2026-03-03T08:00", "2026-03-03T08:00", "2026-03-03T08:30"),
    ],
)
def test_a_digest_and_when_it_goes_out(now: str, digest: str, sent: str) -> None:
    assert digest_of(at(now), NIGHT, ZONE) == at(digest)
    assert sent_at(at(now), NIGHT, ZONE) == at(sent)


@given(MINUTES, st.sampled_from([NIGHT, NONE, Quiet(time(12), time(14))]))
def test_a_digest_waits_for_half_an_hour_or_for_the_end_of_the_quiet(
    minutes: int, quiet: Quiet
) -> None:
    now = at("2025-12-30T00:00") + timedelta(minutes=minutes)
    end = sent_at(now, quiet, ZONE)
    assert now < end and quiet.until(end, ZONE) is None
    if quiet.until(now, ZONE) is None:
        assert digest_of(now, quiet, ZONE) == half_hour(now, ZONE) <= now
        if quiet is NONE:
            assert end - now <= timedelta(minutes=30)
    else:
        assert digest_of(now, quiet, ZONE) == end


@pytest.mark.parametrize("text", ["", "20:00", "20-8", "24:00-08:00", "8:00-20:00", "a-b"])
def test_nonsense_is_no_quiet_hours(text: str) -> None:
    with pytest.raises(ValueError, match="quiet hours|isoformat|hour must be"):
        Quiet.read(text)
    assert Quiet.read("20:00-08:00") == NIGHT and str(NIGHT) == "20:00-08:00"
