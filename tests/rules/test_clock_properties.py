"""Properties every count has. What it is held against, minute by minute: ``tests/oracle``."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from cases import workcalendar
from cases.rules.clock import Pause, Span, SpanUnit, moments, resident_deadline

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = workcalendar.current()
W, D, H = SpanUnit.WORKING_DAY, SpanUnit.CALENDAR_DAY, SpanUnit.HOUR
QUARTER = timedelta(minutes=15)
UNITS = {W: 6, D: 9, H: 60}


@st.composite
def courses(draw: st.DrawFn) -> tuple[datetime, list[Span], list[Pause]]:
    first = draw(st.dates(date(2019, 1, 1), date(2028, 12, 1)))
    start = datetime.combine(first, time(), tzinfo=ZONE) + QUARTER * draw(st.integers(0, 95))
    spans = []
    for _ in range(draw(st.integers(1, 4))):
        unit = draw(st.sampled_from([W, D, H]))
        spans.append(Span(draw(st.integers(1, UNITS[unit])), unit))
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        begin = start + QUARTER * draw(st.integers(-96, 96 * 12))
        pauses.append(Pause(begin, begin + QUARTER * draw(st.integers(0, 96 * 4))))
    return start, spans, pauses


@given(courses())
def test_ends_rise_and_no_pause_makes_them_earlier(
    course: tuple[datetime, list[Span], list[Pause]],
) -> None:
    start, spans, pauses = course
    plain = [moment.at for moment in moments(start, spans, CALENDAR, zone=ZONE)]
    paused = [moment.at for moment in moments(start, spans, CALENDAR, pauses=pauses, zone=ZONE)]
    assert plain == sorted(set(plain)) and plain[0] > start
    assert all(late >= early for late, early in zip(paused, plain, strict=True))


@given(courses(), st.sampled_from([W, D, H]), st.integers(1, 9), st.integers(1, 9))
def test_splitting_a_span_never_changes_the_whole(
    course: tuple[datetime, list[Span], list[Pause]], unit: SpanUnit, one: int, two: int
) -> None:
    start, _, pauses = course
    split = moments(start, [Span(one, unit), Span(two, unit)], CALENDAR, pauses=pauses, zone=ZONE)
    whole = moments(start, [Span(one + two, unit)], CALENDAR, pauses=pauses, zone=ZONE)
    assert split[-1] == whole[-1]


@given(courses())
def test_a_residents_deadline_is_never_earlier_and_falls_on_a_working_day(
    course: tuple[datetime, list[Span], list[Pause]],
) -> None:
    start, spans, pauses = course
    span = spans[0]
    assume(span.counts_days)
    mine = resident_deadline(start, [span], CALENDAR, pauses=pauses, zone=ZONE)
    theirs = moments(start, [span], CALENDAR, pauses=pauses, zone=ZONE)[0]
    assert mine.at >= theirs.at
    assert CALENDAR.is_workday(mine.at.date())
