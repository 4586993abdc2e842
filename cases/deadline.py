"""One question, one answer: from this start, so long: until when, and why.

Asked by ``manage.py deadline``, by the page and by the API. Reads nothing: the asker brings the
calendar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cases.explaining import end_words, sentences
from cases.rules.clock import AROUND_THE_CLOCK, Span, SpanUnit
from cases.rules.explanation import explain
from cases.rules.hours import OFFICE_WINDOWS
from cases.rules.limits import LIMITS, Limit, LimitCode, Whose
from cases.rules.reckoning import (
    ClockRule,
    Course,
    Happened,
    check_extension,
    check_span,
    reckon_course,
)
from cases.rules.trail import Trail
from cases.rules.typed import read_moment, read_pauses, read_span, read_windows
from cases.rules.windows import Windows
from cases.rules.workdays import WorkCalendar
from grids.errors import BadInput

ZONE = ZoneInfo("Asia/Shanghai")
MOST = 20  # pauses or extensions in one question
MOST_YEARS = 100  # of a span with its extensions; days are counted one by one, and dates end
A_LIFE = timedelta(days=MOST_YEARS * 365)
LONGEST_CODE = 40  # of what was typed, repeated in a refusal


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the rule to count by, and what happened to the clock."""

    rule: ClockRule
    course: Course
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class Answer:
    """The due moment at Shanghai's clock, and how it was counted, one sentence per step."""

    due_at: datetime
    provisional: bool
    explanation: list[str]

    @property
    def written(self) -> str:
        """The due moment as programs read it."""
        return self.due_at.isoformat(timespec="seconds")

    @property
    def shown(self) -> str:
        """The due moment as people read it."""
        return end_words(self.due_at)

    def to_json(self) -> dict[str, object]:
        return {
            "due_at": self.written,
            "provisional": self.provisional,
            "explanation": self.explanation,
        }


def question(
    start: str,
    span: str = "",
    *,
    calendar: WorkCalendar,
    whose: str = "",
    extend: Sequence[str] = (),
    pause: Sequence[str] = (),
    rule: str = "",
    hours: str = "",
) -> Question:
    """A question as people type it; raises ``BadInput`` at the argument that makes no sense.

    With ``rule``, the code of a clock in ``docs/rules.md``, the span may be left out, and
    neither it nor an extension may go beyond what the rule allows.
    """
    limit = limit_named(rule)
    if not start:
        raise BadInput("Write from when, for example 2026-02-12T10:00.", field="start")
    started = read_moment(start, ZONE, "start")
    if not span and limit is None:
        raise BadInput("Write how long, for example 5wd.", field="span")
    length = read_span(span, "span") if span else limit.span if limit else None
    assert length is not None
    for field, texts in ("extend", extend), ("pause", pause):
        if len(texts) > MOST:
            raise BadInput("At most %(most)s at once.", field=field, most=MOST)
    granted = tuple(read_span(text, "extend") for text in extend)
    pauses = read_pauses(pause, ZONE, "pause")
    asked = ClockRule(
        (length,),
        whose_of(whose, limit),
        extension=limit.extension if limit else None,
        cap=limit.cap if limit else None,
        windows=read_windows(hours, "hours") if hours else OFFICE_WINDOWS,
    )
    if sum((roughly(one, asked.windows) for one in (length, *granted)), timedelta(0)) > A_LIFE:
        raise BadInput(
            "All of it together lasts longer than %(years)s years.", field="span", years=MOST_YEARS
        )
    extensions = tuple(Happened("", started, span=one) for one in granted)
    course = Course(started, pauses=pauses, extensions=extensions)
    if limit:
        held_to(limit, asked, course, calendar)
    return Question(asked, course, calendar)


def roughly(span: Span, windows: Windows) -> timedelta:
    """How long ``span`` lasts, seven days for five working days, holidays and pauses aside."""
    match span.unit:
        case SpanUnit.WORKING_DAY:
            return timedelta(days=span.amount * 7 / 5)
        case SpanUnit.CALENDAR_DAY:
            return timedelta(days=span.amount)
        case SpanUnit.MONTH:
            return timedelta(days=span.amount * 31)
        case SpanUnit.WORKING_HOUR:
            return timedelta(hours=span.amount) / windows.shortest * timedelta(days=7 / 5)
        case _:
            return AROUND_THE_CLOCK[span.unit] * span.amount


def held_to(limit: Limit, asked: ClockRule, course: Course, calendar: WorkCalendar) -> None:
    """Raise ``BadInput`` where span or extension go beyond the clock asked for by name."""
    start = course.started_at
    assert start is not None
    longest = limit.span if limit.statutory else limit.cap
    if longest:
        check_span(asked, longest, start, calendar, zone=ZONE)
    if course.granted:
        check_extension(asked, start, course.granted, calendar, pauses=course.pauses, zone=ZONE)


def limit_named(code: str) -> Limit | None:
    """The clock ``code``; None for no code. Raises ``BadInput``."""
    if not code:
        return None
    if code not in LimitCode.values():
        raise BadInput(
            "There is no clock called “%(code)s”. Known are: %(known)s.", field="rule",
            code=code[:LONGEST_CODE], known=", ".join(LimitCode.values()),
        )  # fmt: skip
    return LIMITS[LimitCode(code)]


def whose_of(text: str, limit: Limit | None) -> Whose:
    """Whose deadline it is: the clock's own, without one what was asked, else the agency's."""
    if not text:
        return limit.whose if limit else Whose.AGENCY
    if text not in Whose.values():
        raise BadInput(
            "Whose deadline it is, is agency or resident, not “%(text)s”.", field="whose",
            text=text[:LONGEST_CODE],
        )  # fmt: skip
    if limit and limit.whose != text:
        raise BadInput(
            "This time limit is a resident's." if limit.whose is Whose.RESIDENT
            else "This time limit is the office's.", field="whose",
        )  # fmt: skip
    return Whose(text)


def answer(asked: Question) -> Answer:
    """Count, in the reader's language. Raises ``BadInput`` for an extension beyond the rule."""
    start, calendar = asked.course.started_at, asked.calendar
    assert start is not None
    found = reckon_course(asked.rule, asked.course, calendar, start, zone=ZONE, trail=Trail())
    assert found.due_at is not None
    steps = explain(asked.rule, found, calendar, start, ZONE)
    return Answer(found.due_at, found.provisional, sentences(steps))
