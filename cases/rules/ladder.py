"""How an unsettled dispute or event climbs: who holds it for how long, and who is next.

Pure Python. A rung names an area level, a kind of unit and a span; three different things, for
one level may have two rungs (the township's centre, then its leaders) and a rung may send a
report upward without taking the case over. Sources: docs/rules.md.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cases.rules.clock import Pause, Span, SpanUnit, moments
from cases.rules.hours import OFFICE_WINDOWS
from cases.rules.workdays import WorkCalendar
from grids.roles import Level, UnitKindCode
from grids.words import Word

CODE = re.compile(r"[a-z][a-z0-9_]*")


class AtEnd(Word):
    """What happens when the time of a rung has run out."""

    # The next rung's unit becomes the holder.
    CLIMB = "climb", "Raised to the next level"
    # The holder stays; a report is printed upward and the case enters the supervision list.
    REPORT = "report", "Reported upward"
    # The top is reached: the holder stays and the case enters the supervision list.
    SUPERVISE = "supervise", "Put under supervision"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: ``span`` for the unit of ``unit_kind`` at ``level``.

    ``source`` is the public document that gives the span; None makes every page print that it
    is a default without one. With ``holds`` False the unit is only reported to and the holder
    below stays.
    """

    level: Level
    unit_kind: str
    span: Span
    source: str | None = None
    holds: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.level, Level):
            raise ValueError(f"{self.level!r} is not an area level.")
        if not isinstance(self.unit_kind, str) or not CODE.fullmatch(self.unit_kind):
            raise ValueError(f"{self.unit_kind!r} is not the code of a kind of unit.")
        if not isinstance(self.span, Span):
            raise ValueError(f"The rung of the {self.unit_kind} needs a span.")
        if self.source is not None and not (isinstance(self.source, str) and self.source.strip()):
            raise ValueError("A rung's source is a text, or empty when there is none.")
        if not isinstance(self.holds, bool):
            raise ValueError("Whether a rung holds the case is answered by yes or no.")

    def to_json(self) -> dict[str, object]:
        return {
            "level": self.level.column,
            "unit_kind": str(self.unit_kind),
            "span": self.span.to_json(),
            "source": self.source,
            "holds": self.holds,
        }

    @classmethod
    def from_json(cls, body: object) -> "Rung":
        """The rung ``to_json`` wrote; raises ``ValueError`` with a sentence otherwise."""
        fields = known_fields(
            "rung", body, required=("level", "unit_kind", "span"), optional=("source", "holds")
        )
        return cls(
            level=level_from(fields["level"]),
            unit_kind=text(fields["unit_kind"], "unit_kind"),
            span=Span.from_json(fields["span"]),
            source=None if fields.get("source") is None else text(fields["source"], "source"),
            holds=yes_or_no(fields.get("holds", True)),
        )


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs from the bottom up. ``name`` is an English msgid.

    ``source`` says where the levels and the total are documented; the split into spans has its
    source, or none, on each rung. Invariant: a rung never lies below the one before it, the
    first one holds, and no rung repeats the one before it.
    """

    code: str
    name: str
    rungs: tuple[Rung, ...]
    source: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.code, str) or not CODE.fullmatch(self.code):
            raise ValueError(f"{self.code!r} is not a ladder's code; use a-z, 0-9 and _.")
        if not isinstance(self.name, str) or not self.name.strip():
            raise ValueError("A ladder needs a name.")
        if not self.rungs:
            raise ValueError("A ladder needs at least one rung.")
        if not self.rungs[0].holds:
            raise ValueError("The first rung must hold the case; a case is never without holder.")
        for number, (lower, upper) in enumerate(
            zip(self.rungs, self.rungs[1:], strict=False), start=2
        ):
            if upper.level > lower.level:
                raise ValueError(
                    f"Rung {number} ({upper.level.label}) lies below the one before it"
                    f" ({lower.level.label}); a ladder only climbs."
                )
            if (upper.level, upper.unit_kind) == (lower.level, lower.unit_kind):
                raise ValueError(
                    f"Rung {number} names the same unit as the one before it; give it one longer"
                    " span instead."
                )

    def to_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "name": self.name,
            "source": self.source,
            "rungs": [rung.to_json() for rung in self.rungs],
        }

    @classmethod
    def from_json(cls, body: object) -> "Ladder":
        """The ladder ``to_json`` wrote; raises ``ValueError`` with a sentence otherwise."""
        fields = known_fields(
            "ladder", body, required=("code", "name", "rungs"), optional=("source",)
        )
        rungs = fields["rungs"]
        if not isinstance(rungs, list | tuple):
            raise ValueError("A ladder's rungs are a list.")
        return cls(
            code=text(fields["code"], "code"),
            name=text(fields["name"], "name"),
            rungs=tuple(Rung.from_json(rung) for rung in rungs),
            source=None if fields.get("source") is None else text(fields["source"], "source"),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The course of one clock over its ladder, from its first rung up.

    ``moments[i]`` is when the time of rung ``first_rung + i`` ends, ``to_rung[i]`` the rung
    after that moment (the same one at the top) and ``at_end[i]`` what happens then.
    """

    moments: tuple[datetime, ...]
    to_rung: tuple[int, ...]
    at_end: tuple[AtEnd, ...]
    provisional: bool

    @property
    def due_at(self) -> datetime:
        """When the whole ladder has run out."""
        return self.moments[-1]


def plan(
    ladder: Ladder,
    start: datetime,
    *,
    first_rung: int = 0,
    calendar: WorkCalendar,
    pauses: Sequence[Pause] = (),
    zone: tzinfo,
) -> Plan:
    """When a case that starts at ``first_rung`` climbs, reports and reaches the top.

    All moments are absolute from ``start``, in ``zone``: a late or manual climb never lengthens
    the whole. Raises ``ValueError`` for a rung the ladder does not have, or one that does not
    hold; otherwise as ``clock.moments``.
    """
    if not 0 <= first_rung < len(ladder.rungs):
        raise ValueError(f"The ladder {ladder.code} has no rung {first_rung}.")
    if not ladder.rungs[first_rung].holds:
        raise ValueError(f"Rung {first_rung} of {ladder.code} only receives reports.")
    spans = [rung.span for rung in ladder.rungs[first_rung:]]
    ends = moments(start, spans, calendar, pauses=pauses, zone=zone, windows=OFFICE_WINDOWS)
    top = len(ladder.rungs) - 1
    indexes = range(first_rung, top + 1)
    return Plan(
        moments=tuple(end.at for end in ends),
        to_rung=tuple(min(index + 1, top) for index in indexes),
        at_end=tuple(at_end(ladder, index) for index in indexes),
        provisional=any(end.provisional for end in ends),
    )


def at_end(ladder: Ladder, rung: int) -> AtEnd:
    """What happens when the time of ``rung`` has run out."""
    if rung == len(ladder.rungs) - 1:
        return AtEnd.SUPERVISE
    return AtEnd.CLIMB if ladder.rungs[rung + 1].holds else AtEnd.REPORT


def holding_rung(ladder: Ladder, rung: int) -> int:
    """The rung whose unit holds the case at ``rung``: itself, or the nearest holding one below."""
    return max(index for index in range(rung + 1) if ladder.rungs[index].holds)


def first_rung_for(ladder: Ladder, level: Level) -> int:
    """The rung at which a case registered at ``level`` starts.

    The lowest holding rung at or above ``level``: the township's window starts on the
    township's rung, a micro-grid on the lowest one, a place above the top on the last one that
    holds.
    """
    for index, rung in enumerate(ladder.rungs):
        if rung.holds and rung.level <= level:
            return index
    return holding_rung(ladder, len(ladder.rungs) - 1)


def holder_area_level(rung_level: Level, present: frozenset[Level]) -> Level:
    """The level whose area holds a rung of ``rung_level`` at a place that has only ``present``.

    A missing level is taken by the next one present upward, its time kept; where nothing lies
    above, by the topmost one, for no case is ever without a holder. Raises ``ValueError`` when
    ``present`` is empty.
    """
    if not present:
        raise ValueError("A place without any level cannot hold a case.")
    upward = [level for level in present if level <= rung_level]
    return max(upward) if upward else min(present)


def known_fields(
    what: str, body: object, *, required: Iterable[str], optional: Iterable[str]
) -> Mapping[str, object]:
    if not isinstance(body, dict):
        raise ValueError(f"A {what} is an object with named fields, not {body!r}.")
    missing = [name for name in required if name not in body]
    if missing:
        raise ValueError(f"The {what} has no {missing[0]}.")
    strange = [name for name in body if name not in (*required, *optional)]
    if strange:
        raise ValueError(f"A {what} has no field called {strange[0]!r}.")
    return body


def text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"The {name} is a text, not {value!r}.")
    return value


def yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"Whether a rung holds the case is true or false, not {value!r}.")
    return value


def level_from(value: object) -> Level:
    for level in Level:
        if level.column == value:
            return level
    names = ", ".join(level.column for level in Level)
    raise ValueError(f"{value!r} is not an area level; use {names}.")


def working_days(amount: int) -> Span:
    return Span(amount, SpanUnit.WORKING_DAY)


def calendar_days(amount: int) -> Span:
    return Span(amount, SpanUnit.CALENDAR_DAY)


def minutes(amount: int) -> Span:
    return Span(amount, SpanUnit.MINUTE)


PRODUCT_DEFAULT = Ladder(
    code="product_default",
    name="Default ladder",
    rungs=(
        Rung(Level.GRID, UnitKindCode.GRID_TEAM, working_days(1)),
        Rung(Level.VILLAGE, UnitKindCode.MEDIATION_COMMITTEE, working_days(2)),
        Rung(Level.TOWNSHIP, UnitKindCode.GOVERNANCE_CENTRE, working_days(3)),
        Rung(Level.DISTRICT, UnitKindCode.GOVERNANCE_CENTRE, working_days(3)),
    ),
)

# Only the name and the total are printed; the split 1+2+2+2+2 is ours. The city forms a team
# for a single case, so the report goes to its governance centre and the county stays holder.
FIVE_LEVEL_NINE_DAY = Ladder(
    code="five_level_nine_day",
    name="Five levels, nine days",
    source="定西市“五级九天”矛盾纠纷化解机制（定西党建网）；各级天数未公布",
    rungs=(
        Rung(Level.GRID, UnitKindCode.GRID_TEAM, calendar_days(1)),
        Rung(Level.VILLAGE, UnitKindCode.MEDIATION_COMMITTEE, calendar_days(2)),
        Rung(Level.TOWNSHIP, UnitKindCode.GOVERNANCE_CENTRE, calendar_days(2)),
        Rung(Level.DISTRICT, UnitKindCode.GOVERNANCE_CENTRE, calendar_days(2)),
        Rung(Level.CITY, UnitKindCode.GOVERNANCE_CENTRE, calendar_days(2), holds=False),
    ),
)

# Levels and total are documented, of the split only the two working days of the third level.
FOUR_LEVEL_SEVEN_DAY = Ladder(
    code="four_level_seven_day",
    name="Four levels, seven days",
    source="张掖市高台县“四级七天”工作法，2014年起（gstv.com.cn；gslz.gov.cn 2025-05-19）",
    rungs=(
        Rung(Level.GRID, UnitKindCode.GRID_TEAM, calendar_days(1)),
        Rung(Level.VILLAGE, UnitKindCode.MEDIATION_COMMITTEE, calendar_days(2)),
        Rung(
            Level.TOWNSHIP,
            UnitKindCode.GOVERNANCE_CENTRE,
            working_days(2),
            source="张掖市大满镇“四级七天”：第三级联合调解2个工作日（gzq-site.gansujsl.com，id=92435）",
        ),
        Rung(Level.TOWNSHIP, UnitKindCode.GOVERNMENT, calendar_days(2)),
    ),
)

# For showing the climb while somebody watches; around the clock, on any day.
DEMONSTRATION = Ladder(
    code="demonstration",
    name="Demonstration ladder",
    rungs=(
        Rung(Level.GRID, UnitKindCode.GRID_TEAM, minutes(1)),
        Rung(Level.VILLAGE, UnitKindCode.MEDIATION_COMMITTEE, minutes(2)),
        Rung(Level.TOWNSHIP, UnitKindCode.GOVERNANCE_CENTRE, minutes(2)),
        Rung(Level.DISTRICT, UnitKindCode.GOVERNANCE_CENTRE, minutes(2)),
    ),
)

LADDERS: dict[str, Ladder] = {
    ladder.code: ladder
    for ladder in (PRODUCT_DEFAULT, FIVE_LEVEL_NINE_DAY, FOUR_LEVEL_SEVEN_DAY, DEMONSTRATION)
}
