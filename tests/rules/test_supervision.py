"""What lists a case by itself, reminders, order numbers, and the look-back's draw."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.rules.limits import LimitCode
from cases.rules.lookback import SHARE, Closed, Why, among, draw
from cases.rules.supervision import CHOSEN, TRIGGERS, Cause, next_nudge, numbered, trigger_for

NOW = datetime(2026, 3, 9, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("clock", "over", "cause"),
    [
        ("sign", timedelta(0), Cause.LATE_NOTICE),
        ("notice_direct", timedelta(0), Cause.LATE_NOTICE),
        ("notice_forwarded", timedelta(0), Cause.LATE_NOTICE),
        ("sign", -SECOND, None),
        ("execute", timedelta(0), Cause.NOT_CARRIED_OUT),
        ("handed_down", timedelta(days=3), Cause.LATE_CLOSURE),
        ("handed_down", timedelta(days=3) - SECOND, None),
        ("sign", timedelta(days=30), Cause.LATE_NOTICE),  # by its own name, not as just red
    ],
)
def test_a_clock_lists_its_case_by_the_first_rule_that_fits(
    clock: str, over: timedelta, cause: Cause | None
) -> None:
    assert trigger_for(clock, NOW - over, NOW) is cause


def test_every_rule_names_the_law_and_nobody_chooses_it_by_hand() -> None:
    for one in TRIGGERS.values():
        assert "信访工作条例 Art" in one.basis and one.cause not in CHOSEN
        assert one.clocks <= set(LimitCode.values())
    assert list(TRIGGERS)[-1] is Cause.LATE_CLOSURE and not TRIGGERS[Cause.LATE_CLOSURE].clocks


@pytest.mark.parametrize(
    ("ago", "next_in"),
    [(None, None), (timedelta(hours=24), None), (timedelta(hours=23), timedelta(hours=1))],
)
def test_when_the_next_reminder_is_possible(
    ago: timedelta | None, next_in: timedelta | None
) -> None:
    found = next_nudge(None if ago is None else NOW - ago, NOW)
    assert found == (None if next_in is None else NOW + next_in)


def test_a_number_as_it_is_printed() -> None:
    assert numbered(2026, 3) == "督〔2026〕3号"


# --- the look-back ----------------------------------------------------------------------
def month(count: int, **values: bool) -> list[Closed]:
    return [Closed(n, n.to_bytes(16, "big"), **values) for n in range(count)]


def test_a_tenth_is_drawn_and_a_fifth_of_what_nobody_verified() -> None:
    assert len(draw(b"seed", month(200))) == 20
    doubled = draw(b"seed", month(200, verified=False))
    assert len(doubled) == 40 and set(doubled.values()) == {Why.DOUBLED}
    assert len(draw(b"seed", month(11))) == 2  # rounded up
    assert draw(b"seed", []) == {} == draw(b"seed", month(5), 0)


def test_the_same_seed_draws_the_same_whatever_the_order_and_another_seed_does_not() -> None:
    pool = month(300)
    assert draw(b"one", pool) == draw(b"one", reversed(pool))
    assert draw(b"one", pool) != draw(b"two", pool)
    everybody = {pk for n in range(120) for pk in draw(n.to_bytes(4, "big"), pool)}
    assert everybody == set(range(300))  # nobody is never drawn


def test_who_was_not_satisfied_and_what_was_explained_away_is_always_looked_at() -> None:
    pool = [
        *month(20), Closed(100, b"a" * 16, satisfied=False), Closed(101, b"b" * 16, explained=True)
    ]  # fmt: skip
    found = draw(b"seed", pool)
    assert (found[100], found[101]) == (Why.NOT_SATISFIED, Why.EXPLAINED)
    assert len(found) == 2 + among(20, SHARE)


@pytest.mark.parametrize("share", [-1, 101])
def test_a_share_beyond_the_whole_is_refused(share: int) -> None:
    with pytest.raises(ValueError, match="percent"):
        draw(b"seed", month(3), share)


def test_a_doubled_share_never_exceeds_the_whole() -> None:
    assert len(draw(b"seed", month(7, verified=False), 80)) == 7
