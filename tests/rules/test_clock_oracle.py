"""Counting against an oracle, and properties every count has.

The oracle knows nothing of the code: it walks through real time in quarter hours and ticks off
what counts.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from cases import workcalendar
from cases.rules.clock import Moment, Pause, Span, SpanUnit, moments, resident_deadline
from cases.rules.workdays import WorkCalendar

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


def counted_quarter_by_quarter(
    start: datetime, spans: Sequence[Span], calendar: WorkCalendar, pauses: Sequence[Pause]
) -> list[Moment]:
    found: list[Moment] = []
    now, provisional = start, False
    fresh_day: date | None = None  # set when a day span has just ended at this midnight
    for span in spans:
        left = span.amount * 4 if span.unit is H else span.amount
        first_day = fresh_day if fresh_day is not None else now.date()
        while left:
            day = now.date()
            running = not any(p.start <= now < p.end for p in pauses if p.end is not None)
            now += QUARTER
            if span.unit is H:
                left -= running
            elif now.date() != day and day > first_day and running:
                if span.unit is D:
                    left -= 1
                else:
                    provisional = provisional or not calendar.knows(day)
                    left -= calendar.is_workday(day)
        fresh_day = None if span.unit is H else now.date() - timedelta(days=1)
        found.append(Moment(now if span.unit is H else now - timedelta(seconds=1), provisional))
    return found


@given(courses())
def test_counting_agrees_with_a_quarter_hour_by_quarter_hour_count(
    course: tuple[datetime, list[Span], list[Pause]],
) -> None:
    start, spans, pauses = course
    calculated = moments(start, spans, CALENDAR, pauses=pauses, zone=ZONE)
    assert list(calculated) == counted_quarter_by_quarter(start, spans, CALENDAR, pauses)


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
