"""Limits are exact under parallel requests, private, and decided when Redis is away."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from grids import throttle
from grids.errors import TooMany
from grids.throttle import WhenDown


@pytest.fixture
def who() -> str:
    return str(uuid.uuid4())


def attempt(who: str) -> bool:
    try:
        throttle.spend("test", who, limit=10, seconds=60)
    except TooMany:
        return False
    return True


def test_of_a_hundred_parallel_attempts_exactly_the_limit_passes(who: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        passed = list(pool.map(attempt, [who] * 100))
    assert passed.count(True) == 10


def test_the_error_says_when_to_come_back(who: str) -> None:
    for _ in range(10):
        assert attempt(who)
    with pytest.raises(TooMany) as stopped:
        throttle.spend("test", who, limit=10, seconds=60)
    assert 0 < stopped.value.values["seconds"] <= 60


def test_keys_and_names_count_apart(who: str) -> None:
    for _ in range(11):
        attempt(who)
    assert not attempt(who)
    assert attempt(who + "x")
    throttle.spend("other", who, limit=1, seconds=60)


def test_the_window_ends(who: str) -> None:
    throttle.spend("test", who, limit=1, seconds=1)
    throttle.store().delete(throttle.counter("test", who))  # what expiry does
    throttle.spend("test", who, limit=1, seconds=1)
    assert 0 < throttle.store().ttl(throttle.counter("test", who)) <= 1


def test_success_clears_the_count(who: str) -> None:
    for _ in range(10):
        attempt(who)
    throttle.forgive("test", who)
    assert attempt(who)


def test_no_name_lies_in_redis() -> None:
    assert "gao" not in throttle.counter("login", "gao|127.0.0.1")
    assert "127.0.0.1" not in throttle.counter("login", "gao|127.0.0.1")


class TestWithoutRedis:
    @pytest.fixture(autouse=True)
    def away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = throttle.at("redis://127.0.0.1:1/0")
        monkeypatch.setattr(throttle, "store", lambda: gone)

    def test_each_caller_decided_what_holds(
        self, who: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        throttle.spend("login", who, limit=1, seconds=60, when_down=WhenDown.ALLOW)
        with pytest.raises(TooMany) as stopped:
            throttle.spend("progress", who, limit=1, seconds=60, when_down=WhenDown.REFUSE)
        assert stopped.value.values["seconds"] == 60
        throttle.forgive("login", who)
        assert not throttle.reachable()
        assert "not counted" in caplog.text
        assert who not in caplog.text
