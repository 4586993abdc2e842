"""What a district may set for itself, and what the law holds fixed. Pure Python.

Ladders and limits have defaults in code with their source; a district may put its own document
in their place, but never go beyond a maximum that national law lays down, in whatever unit it
counts. What is wrong is told as problems by field, for a form and for programs alike.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo

from cases.rules.clock import AROUND_THE_CLOCK, DAY, LAST_SECOND, Span, SpanUnit, moments
from cases.rules.hours import OFFICE_WINDOWS
from cases.rules.ladder import Ladder, Rung
from cases.rules.limits import LIMITS, Limit, LimitCode, Whose
from cases.rules.workdays import WorkCalendar
from grids.roles import Level, UnitKindCode

LONGEST_SOURCE, LONGEST_NAME, MOST_RUNGS = 120, 40, 8


YEARS, FESTIVALS = timedelta(days=3 * 366), 14  # days tried; days off at a stretch
LADDER = "ladder.dispute"
LIMIT_PREFIX = "limit."
# The revisit of an agreement is chosen from a list of its own (``revisit.days``).
NOT_HERE = frozenset({LimitCode.REVISIT})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that cannot be: ``message`` is an English msgid, ``field`` where it belongs."""

    field: str
    message: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


def limit_setting(code: LimitCode) -> str:
    """The code of the policy that sets a limit's span."""
    return f"{LIMIT_PREFIX}{code.value}"


def limit_of_setting(code: str) -> LimitCode | None:
    """The limit a policy's code sets; None for anything else."""
    name = code.removeprefix(LIMIT_PREFIX)
    return LimitCode(name) if code.startswith(LIMIT_PREFIX) and name in LimitCode.values() else None


def editable(limit: Limit) -> bool:
    """Whether a district may set the span: residents' deadlines are fixed by law."""
    return limit.whose is Whose.AGENCY and limit.code not in NOT_HERE


def settings() -> tuple[str, ...]:
    """The codes of everything a district may set, the ladder first."""
    return (
        LADDER,
        *(limit_setting(code) for code, limit in LIMITS.items() if editable(limit)),
    )


# --- limits -------------------------------------------------------------------------------
def limit_body(span: Span, source: str | None) -> dict[str, object]:
    """A limit's policy as it is stored; the whole of it, so that a version explains itself."""
    return {"span": span.to_json(), "source": source}


def set_limit(limit: Limit, body: object) -> Limit:
    """``limit`` with the span and source of a policy's body; raises ``ValueError``."""
    if not isinstance(body, dict) or "span" not in body:
        raise ValueError(f"A limit's policy has a span, not {body!r}.")
    source = body.get("source")
    return replace(limit, span=Span.from_json(body["span"]), source=source if source else None)


def limit_problems(limit: Limit, span: Span, calendar: WorkCalendar, zone: tzinfo) -> list[Problem]:
    """What speaks against ``span`` for ``limit``."""
    if not editable(limit):
        return [Problem("amount", "This deadline is a resident's and fixed by law.")]
    if limit.statutory and not within(span, limit.span, calendar, zone):
        return [beyond("amount", limit)]
    return []


def beyond(where: str, limit: Limit) -> Problem:
    return Problem(
        where,
        "The law allows at most %(amount)s %(unit)s (%(source)s). Counted in another unit this"
        " may be longer on some days, so it is not possible.",
        {"amount": limit.span.amount, "unit": limit.span.unit, "source": limit.source or "–"},
    )


def within(span: Span, most: Span, calendar: WorkCalendar, zone: tzinfo) -> bool:
    """Whether ``span`` never ends later than ``most``, whichever day it starts.

    In one unit the amounts say it; across units every day of the last three years the calendar
    knows is tried, from its first and from its last second, for a month may have 28 days and a
    week no working day.
    """
    if span.unit is most.unit:
        return span.amount <= most.amount
    if {span.unit, most.unit} <= AROUND_THE_CLOCK.keys():
        return seconds(span) <= seconds(most)
    if surely_at_most(span) <= surely_at_least(most):
        return True
    day = max(calendar.known_from, calendar.known_to - YEARS)
    while day <= calendar.known_to:
        for at in (time(), LAST_SECOND):
            start = datetime.combine(day, at, tzinfo=zone)
            ours, theirs = (
                moments(start, (one,), calendar, zone=zone, windows=OFFICE_WINDOWS)[0].at
                for one in (span, most)
            )
            if ours > theirs:
                return False
        day += DAY
    return True


def surely_at_most(span: Span) -> float:
    """Civil days a span never outlasts: weekends and the two longest festivals laid into it."""
    n = span.amount
    if span.unit is SpanUnit.WORKING_DAY:
        return n + 2 * (n // 5 + 1) + FESTIVALS * (n // 20 + 1)
    return n if span.unit is SpanUnit.CALENDAR_DAY else float("inf")


def surely_at_least(span: Span) -> int:
    """Civil days a span always lasts; 0 where that is not known beforehand."""
    days = {SpanUnit.MONTH: 28, SpanUnit.CALENDAR_DAY: 1, SpanUnit.WORKING_DAY: 1}
    return days.get(span.unit, 0) * span.amount


def seconds(span: Span) -> timedelta:
    units = {SpanUnit.HOUR: "hours", SpanUnit.MINUTE: "minutes", SpanUnit.SECOND: "seconds"}
    return timedelta(**{units[span.unit]: span.amount})


def span_written(body: object) -> tuple[Span | None, list[Problem]]:
    """The span a limit's policy spells, or what is wrong with it."""
    told = body.get("span") if isinstance(body, dict) else None
    if not isinstance(told, dict):
        return None, [Problem("amount", "Write a whole number from 1.")]
    amount, unit = told.get("amount"), told.get("unit")
    found: list[Problem] = []
    if isinstance(amount, bool) or not isinstance(amount, int):
        found.append(Problem("amount", "Write a whole number from 1."))
    if not isinstance(unit, str) or unit not in SpanUnit.values():
        found.append(Problem("unit", "Choose a unit of time."))
    if found:
        return None, found
    try:
        return Span.from_json({"amount": amount, "unit": unit}), []
    except ValueError:
        return None, [Problem("amount", "A span lasts from one unit to ten years.")]


def source_problems(body: object) -> list[Problem]:
    """Whether the document is named that takes the place of the product's default."""
    source = body.get("source") if isinstance(body, dict) else None
    if not isinstance(source, str) or not source.strip():
        return [Problem("source", "Name the document this rests on.")]
    if len(source) > LONGEST_SOURCE:
        return [Problem("source", "At most %(longest)s characters.", {"longest": LONGEST_SOURCE})]
    return []


# --- ladders ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Step:
    """One rung as it was written down; nothing about it is checked yet."""

    level: str
    unit_kind: str
    amount: int | None
    unit: str
    source: str = ""
    holds: bool = True


def steps_written(body: object) -> list[Step] | None:
    """The rungs a ladder's policy spells, unchecked; None when it is no list of rungs."""
    rungs = body.get("rungs") if isinstance(body, dict) else None
    if not isinstance(rungs, list) or not all(isinstance(rung, dict) for rung in rungs):
        return None
    return [step_written(rung) for rung in rungs]


def step_written(rung: Mapping[str, object]) -> Step:
    told = rung.get("span")
    span = told if isinstance(told, dict) else {}
    amount = span.get("amount")
    whole = isinstance(amount, int) and not isinstance(amount, bool)
    return Step(
        level=str(rung.get("level", "")), unit_kind=str(rung.get("unit_kind", "")),
        amount=amount if whole else None, unit=str(span.get("unit", "")),
        source=str(rung.get("source") or ""), holds=rung.get("holds", True) is not False,
    )  # fmt: skip


def ladder_problems(
    name: str,
    steps: Sequence[Step],
    kinds: Mapping[Level, Mapping[str, int]],
    calendar: WorkCalendar,
    zone: tzinfo,
) -> list[Problem]:
    """What speaks against a ladder written as ``steps``; fields are ``rungs.0.amount`` and so on.

    ``kinds``: of every level of the place, how many of its areas have a unit of a kind; ``""``
    counts those without any that could stand in.
    """
    found: list[Problem] = []
    if not name.strip():
        found.append(Problem("name", "This is required."))
    if not steps:
        return [*found, Problem("rungs", "A ladder needs at least one rung.")]
    if len(steps) > MOST_RUNGS:
        return [*found, Problem("rungs", "At most %(most)s rungs.", {"most": MOST_RUNGS})]
    for number, step in enumerate(steps):
        found += step_problems(number, step, kinds, calendar, zone)
    if found:
        return found
    return order_problems(steps)


def step_problems(
    number: int,
    step: Step,
    kinds: Mapping[Level, Mapping[str, int]],
    calendar: WorkCalendar,
    zone: tzinfo,
) -> list[Problem]:
    at = f"rungs.{number}."
    found: list[Problem] = []
    level = level_of(step.level)
    if level is None:
        found.append(Problem(f"{at}level", "Choose a level."))
    if step.amount is None:
        found.append(Problem(f"{at}amount", "Write a whole number from 1."))
    if step.unit not in SpanUnit.values():
        found.append(Problem(f"{at}unit", "Choose a unit of time."))
    if not found and step.amount is not None:
        found += span_problems(at, step, span_of(step), calendar, zone)
    if level is not None:
        found += cover_problems(f"{at}unit_kind", level, step.unit_kind, kinds)
    return found


def span_of(step: Step) -> Span | None:
    """The span that was written down; None when it is none."""
    try:
        return Span(step.amount or 0, SpanUnit(step.unit))
    except ValueError:
        return None


def span_problems(
    at: str, step: Step, span: Span | None, calendar: WorkCalendar, zone: tzinfo
) -> list[Problem]:
    if span is None:
        return [Problem(f"{at}amount", "A span lasts from one unit to ten years.")]
    month = LIMITS[LimitCode.MEDIATION_MONTH]
    if step.unit_kind == UnitKindCode.MEDIATION_COMMITTEE and not within(
        span, month.span, calendar, zone
    ):
        return [beyond(f"{at}amount", month)]
    return []


def cover_problems(
    where: str, level: Level, kind: str, kinds: Mapping[Level, Mapping[str, int]]
) -> list[Problem]:
    """Whether somebody holds the rung everywhere in the place."""
    here = kinds.get(level)
    if here is None:
        return [Problem(where, "There is no place of this level here, so nobody would hold it.")]
    if not here.get(kind):
        return [Problem(where, "No unit of this kind works at this level here.")]
    if missing := here.get("", 0):
        return [
            Problem(
                where,
                "In %(n)s places of this level nobody could hold the case. Open a unit there"
                " first.",
                {"n": missing},
            )
        ]
    return []


def order_problems(steps: Sequence[Step]) -> list[Problem]:
    """Rungs ascend, the first one holds, none repeats the one before it."""
    found: list[Problem] = []
    if not steps[0].holds:
        found.append(
            Problem("rungs.0.holds", "The first rung holds the case; it is never without holder.")
        )
    for number, (lower, upper) in enumerate(zip(steps, steps[1:], strict=False), start=1):
        below, above = level_of(lower.level), level_of(upper.level)
        assert below is not None and above is not None
        if above > below:
            found.append(
                Problem(
                    f"rungs.{number}.level",
                    "This rung lies below the one before it; a ladder only climbs.",
                )
            )
        elif (above, upper.unit_kind) == (below, lower.unit_kind):
            found.append(
                Problem(
                    f"rungs.{number}.unit_kind",
                    "The same unit as the rung before it; give that one a longer span instead.",
                )
            )
    return found


def level_of(column: str) -> Level | None:
    """The level a code names, as areas and cases spell it."""
    return next((level for level in Level if level.column == column), None)


def ladder_from(code: str, name: str, source: str, steps: Sequence[Step]) -> Ladder:
    """The ladder of ``steps`` that have no problems; raises ``ValueError`` otherwise."""
    rungs = []
    for step in steps:
        level, span = level_of(step.level), span_of(step)
        if level is None or span is None:
            raise ValueError(f"{step!r} is not a rung.")
        rungs.append(Rung(level, step.unit_kind, span, step.source.strip() or None, step.holds))
    return Ladder(code, name.strip(), tuple(rungs), source.strip() or None)


def steps_of(ladder: Ladder) -> list[Step]:
    """The rungs of a ladder, to be written anew."""
    return [
        Step(
            rung.level.column, str(rung.unit_kind), rung.span.amount, rung.span.unit.value,
            rung.source or "", rung.holds,
        )
        for rung in ladder.rungs
    ]  # fmt: skip


# --- from one version to the next ------------------------------------------------------------
def carried_over(old: Ladder, new: Ladder, first: int, rung: int) -> int | None:
    """The rung of ``new`` that a clock's count starts from, or None when it keeps its version.

    The clock started on rung ``first`` of ``old`` and ``rung`` moments of it have passed. It is
    carried over where both the rung it started on and the one it stands on are in the new
    ladder, equally far apart: passed rungs stay, none is taken back or skipped.
    """
    if rung >= len(old.rungs) - first:
        return None  # past the top
    start, here = old.rungs[first], old.rungs[first + rung]
    begins, stands = index_of(new, start), index_of(new, here)
    if begins is None or stands is None or stands - begins != rung:
        return None
    if new.rungs[stands].holds != here.holds:
        return None
    return begins


def index_of(ladder: Ladder, rung: Rung) -> int | None:
    for index, one in enumerate(ladder.rungs):
        if (one.level, one.unit_kind) == (rung.level, rung.unit_kind):
            return index
    return None


def same_holders(old: Ladder, new: Ladder, first: int, begins: int) -> bool:
    """Whether the same units hold in the same order from there on; only time differs."""

    def who(ladder: Ladder, at: int) -> list[tuple[Level, str, bool]]:
        return [(rung.level, rung.unit_kind, rung.holds) for rung in ladder.rungs[at:]]

    return who(old, first) == who(new, begins)
