# ruff: noqa: E501 - one line of SQL per table reads better than many
"""What the moments of many running clocks become under another policy, counted in SQL.

Days, holidays and units of time stay in the pure rules: a span that counts days depends on the
civil day it starts on alone, so one course is counted per day and place in the ladder, and the
database joins it to every clock that started then. Spans of hours before the first day span are
plain additions. Only clocks that once stood still are counted one by one.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from cases import workcalendar
from cases.clocks import ZONE
from cases.holders import by_level, holders_of
from cases.models import ClockPause, Policy, PolicyProposal
from cases.models.proposal import Kept
from cases.rules.bounds import carried_over, limit_of_setting, same_holders, set_limit
from cases.rules.clock import AROUND_THE_CLOCK, Moment, Pause, Span, end_of
from cases.rules.ladder import Ladder, at_end, plan
from cases.rules.limits import LIMITS, Limit, LimitCode
from cases.rules.workdays import WorkCalendar
from cases.rules.workflow import ClockCode
from grids.errors import WrongState
from grids.models import Area, Unit
from grids.roles import COLUMN_LEVELS, Level

# taken: running clocks with their cases, chosen by who asks. counted: the same with the moments
# they would have. A clock without ``begins`` keeps its version.
COURSES = """
mapping AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(mapping)s::jsonb) AS m(policy_id bigint, first smallint, rung smallint,
        begins smallint, same boolean, lead float8, offsets float8[])
), course AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(courses)s::jsonb) AS c(district bigint, begins smallint, day date,
        moments timestamptz[], provisional boolean)
), special AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(special)s::jsonb) AS s(clock_id bigint, moments timestamptz[], provisional boolean)
)
"""
TAKEN = """
SELECT k.id AS clock_id, k.case_id, k.policy_id, k.first_rung, k.rung, k.started_at, k.ladder, k.holders, k.levels,
       k.actions, k.due_at, k.calendar_version AS version_from, k.waits_until, k.held_at, c.number, c.restricted, c.holder_unit_id, c.area_id,
       coalesce(c.district_id, 0) AS district,
       EXISTS (SELECT FROM cases_clockpause AS p WHERE p.clock_id = k.id AND p.end_at IS NULL) AS paused,
       EXISTS (SELECT FROM cases_clockextension AS x WHERE x.clock_id = k.id) AS extended
FROM cases_case AS c JOIN cases_clock AS k ON k.case_id = c.id
"""
DAY = "((t.started_at + m.lead * interval '1 second') AT TIME ZONE 'Asia/Shanghai')::date"
# The rung the clock stands on ends at ``step``; a limit nobody watches has no ladder.
COUNTED = f"""
SELECT w.*,
       CASE WHEN w.kept = '' THEN GREATEST(w.moments[cardinality(w.moments)], w.started_at) ELSE w.due_at END AS due_to,
       CASE WHEN w.kept <> '' THEN w.step_from
            WHEN cardinality(w.ladder) = 0 THEN GREATEST(w.moments[1], w.started_at)
            ELSE GREATEST(w.moments[w.rung + 1], w.waits_until) END AS step_to
FROM (
    SELECT t.*, m.begins, m.same, coalesce(s.provisional, c.provisional, false) AS provisional,
           CASE WHEN s.clock_id IS NOT NULL THEN s.moments
                WHEN cardinality(m.offsets) = 0 THEN c.moments
                ELSE ARRAY(SELECT t.started_at + o * interval '1 second' FROM unnest(m.offsets) AS o)
                     || coalesce(c.moments, ARRAY[]::timestamptz[]) END AS moments,
           CASE WHEN cardinality(t.ladder) = 0 THEN t.due_at
                ELSE coalesce(GREATEST(t.ladder[t.rung + 1], t.waits_until), t.due_at) END AS step_from,
           CASE WHEN t.paused THEN '{Kept.PAUSED}'
                WHEN t.extended THEN '{Kept.EXTENDED}'
                WHEN cardinality(t.ladder) > 0 AND t.rung >= cardinality(t.ladder) THEN '{Kept.TOP}'
                WHEN cardinality(t.ladder) = 0 AND t.due_at <= %(now)s THEN '{Kept.TOP}'
                WHEN m.begins IS NULL THEN '{Kept.OTHER}' ELSE '' END AS kept
    FROM taken AS t
    LEFT JOIN mapping AS m ON m.policy_id = coalesce(t.policy_id, 0) AND m.first = t.first_rung AND m.rung = t.rung
    LEFT JOIN course AS c ON c.begins = m.begins AND c.district = t.district AND c.day = {DAY}
    LEFT JOIN special AS s ON s.clock_id = t.clock_id
) AS w
"""
# The days on which counts start, so that each is counted once.
STARTS = f"""
WITH {{mapping}}, taken AS ({{taken}})
SELECT t.district, m.begins, {DAY} AS day
FROM taken AS t JOIN mapping AS m ON m.policy_id = coalesce(t.policy_id, 0) AND m.first = t.first_rung AND m.rung = t.rung
GROUP BY 1, 2, 3
"""
ONLY_MAPPING = COURSES.split("), course")[0] + ")"
STOOD_STILL = """
WITH taken AS ({taken})
SELECT t.clock_id, t.started_at, t.district, t.policy_id, t.first_rung, t.rung FROM taken AS t
WHERE NOT t.paused AND (%(exact)s OR EXISTS (SELECT FROM cases_clockpause AS p WHERE p.clock_id = t.clock_id))
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule clocks are to follow: a ladder, or a limit with its span."""

    ladder: Ladder | None
    limit: Limit | None

    @classmethod
    def of(cls, code: str, body: Any) -> "Rule":
        """The rule a policy spells; raises ``ValueError``."""
        limit = limit_of_setting(code)
        if limit is not None:
            return cls(None, set_limit(LIMITS[limit], body))
        return cls(Ladder.from_json(body), None)

    def spans(self, begins: int) -> list[Span]:
        """The spans a count that starts at rung ``begins`` runs through."""
        if self.ladder is not None:
            return [rung.span for rung in self.ladder.rungs[begins:]]
        assert self.limit is not None
        return [self.limit.span]

    def moments(
        self, start: datetime, begins: int, calendar: WorkCalendar, pauses: Sequence[Pause] = ()
    ) -> tuple[list[datetime], bool]:
        """The ends of ``spans(begins)`` from ``start``, and whether any is provisional."""
        if self.ladder is not None:
            course = plan(
                self.ladder, start, first_rung=begins, calendar=calendar, pauses=pauses, zone=ZONE
            )
            return list(course.moments), course.provisional
        assert self.limit is not None
        due: Moment = self.limit.due(start, calendar, pauses=pauses, zone=ZONE)
        return [due.at], due.provisional

    def lead(self, begins: int) -> list[timedelta]:
        """How long after the start the first ends lie that no day decides."""
        found: list[timedelta] = []
        total = timedelta(0)
        for span in self.spans(begins):
            if span.unit not in AROUND_THE_CLOCK:
                break
            total += AROUND_THE_CLOCK[span.unit] * span.amount
            found.append(total)
        return found

    def exact(self) -> bool:
        """Whether the very moment of the start decides about every end, so that clocks cannot
        share a course."""
        begins = range(len(self.ladder.rungs)) if self.ladder else range(1)
        for place in begins:
            rest = self.spans(place)[len(self.lead(place)) :]
            if rest and not rest[0].counts_days:
                return True
        return False


@dataclass(slots=True)
class Courses:
    """What the statements are told about one change, filled for the clocks at hand."""

    rule: Rule
    mapping: list[dict[str, Any]]
    calendars: workcalendar.Calendars
    known: dict[tuple[int, int, date], dict[str, Any]] = field(default_factory=dict)
    special: list[dict[str, Any]] = field(default_factory=list)
    holders: dict[int, dict[str, Any]] = field(default_factory=dict)  # by place

    def begins(self, policy_id: int | None, first: int, rung: int) -> int | None:
        for row in self.mapping:
            if (row["policy_id"], row["first"], row["rung"]) == (policy_id or 0, first, rung):
                found: int = row["begins"]
                return found
        return None

    def prepare(self, taken: str, values: dict[str, Any]) -> list[tuple[int, int, date]]:
        """Count the courses that the clocks of the statement ``taken`` need; their keys."""
        told = values | {"mapping": json.dumps(self.mapping), "exact": self.rule.exact()}
        with connection.cursor() as cursor:
            cursor.execute(STARTS.format(mapping=ONLY_MAPPING, taken=taken), told)
            keys: list[tuple[int, int, date]] = cursor.fetchall()
            cursor.execute(STOOD_STILL.format(taken=taken), told)
            stood = cursor.fetchall()
        for key in keys:
            if key not in self.known:
                self.known[key] = self.course(*key)
        self.special = list(self.one_by_one(stood))
        return keys

    def course(self, district: int, begins: int, day: date) -> dict[str, Any]:
        """The ends behind the leading hours, for counts whose first day is ``day``."""
        lead = self.rule.lead(begins)
        noon = datetime.combine(day, time(12), tzinfo=ZONE)
        start = noon - lead[-1] if lead else noon
        moments, provisional = self.rule.moments(start, begins, self.calendars.of(district))
        return {
            "district": district, "begins": begins, "day": day.isoformat(),
            "moments": [one.isoformat() for one in moments[len(lead) :]],
            "provisional": provisional,
        }  # fmt: skip

    def one_by_one(self, stood: Collection[tuple[Any, ...]]) -> Iterable[dict[str, Any]]:
        """The moments of clocks that stood still for a time."""
        pauses: dict[int, list[Pause]] = {}
        for pk, start, end in ClockPause.objects.filter(
            clock_id__in=[row[0] for row in stood], end_at__isnull=False
        ).values_list("clock_id", "start_at", "end_at"):
            pauses.setdefault(pk, []).append(Pause(start, end))
        for pk, started_at, district, policy_id, first, rung in stood:
            begins = self.begins(policy_id, first, rung)
            if begins is not None:
                moments, provisional = self.rule.moments(
                    started_at, begins, self.calendars.of(district), pauses.get(pk, ())
                )
                yield {
                    "clock_id": pk, "moments": [one.isoformat() for one in moments],
                    "provisional": provisional,
                }  # fmt: skip

    def values(self, keys: Iterable[tuple[int, int, date]]) -> dict[str, str]:
        """The parameters of ``COURSES``."""
        return {
            "mapping": json.dumps(self.mapping),
            "courses": json.dumps([self.known[key] for key in keys]),
            "special": json.dumps(self.special),
        }

    def districts(self, ids: Iterable[int]) -> str:
        """The calendar of each district: its version, and the moment it knows no more."""
        return json.dumps([
            {
                "district": pk, "version": self.calendars.of(pk).version,
                "unknown": end_of(self.calendars.of(pk).known_to, ZONE).isoformat(),
            }
            for pk in ids
        ])  # fmt: skip


def courses_for(proposal: PolicyProposal) -> Courses:
    """Where clocks of every version there is stand under the proposed one."""
    rule = Rule.of(proposal.code, proposal.body)
    versions = Policy.objects.filter(code=proposal.code).exclude(pk=proposal.policy_id or 0)
    mapping: list[dict[str, Any]] = []
    calendars = workcalendar.read()
    if rule.ladder is None:
        ids = [0, *versions.values_list("pk", flat=True)]
        mapping = [place(rule, pk, 0, 0, 0, same=True) for pk in ids]
        return Courses(rule, mapping, calendars)
    for pk, body in versions.values_list("pk", "body"):
        old = Ladder.from_json(body)
        for first in range(len(old.rungs)):
            for rung in range(len(old.rungs) - first):
                begins = carried_over(old, rule.ladder, first, rung)
                if begins is not None:
                    same = same_holders(old, rule.ladder, first, begins)
                    mapping.append(place(rule, pk, first, rung, begins, same=same))
    return Courses(rule, mapping, calendars)


def place(
    rule: Rule, policy_id: int, first: int, rung: int, begins: int, *, same: bool
) -> dict[str, Any]:
    lead = [one.total_seconds() for one in rule.lead(begins)]
    return {
        "policy_id": policy_id, "first": first, "rung": rung, "begins": begins, "same": same,
        "lead": lead[-1] if lead else 0, "offsets": lead,
    }  # fmt: skip


# --- which clocks -------------------------------------------------------------------------
def clock_code(code: str) -> str:
    """The code of the clocks a policy sets."""
    limit: LimitCode | None = limit_of_setting(code)
    return limit.value if limit else ClockCode.LADDER.value


def concerned(proposal: PolicyProposal) -> tuple[str, dict[str, Any]]:
    """The statement that finds the running clocks of a change, and its parameters.

    Those of open cases of the area; places below it that have a version of their own are left
    to it.
    """
    column = f"{Level(proposal.area.level).column}_id"
    conditions = [
        "c.closed_at IS NULL", f"c.{column} = %(area)s", "k.stopped_at IS NULL", "k.code = %(code)s"
    ]  # fmt: skip
    own = nearer(proposal)
    values: dict[str, Any] = {"area": proposal.area_id, "code": clock_code(proposal.code)}
    for level, ids in own.items():
        name = f"own_{level.column}"
        values[name] = ids
        conditions.append(f"NOT coalesce(c.{level.column}_id = ANY(%({name})s), false)")
    return f"{TAKEN} WHERE {' AND '.join(conditions)}", values


def nearer(proposal: PolicyProposal) -> dict[Level, list[int]]:
    """Places below the area with a version of their own on the day of the change."""
    on = proposal.valid_from
    rows = (
        Policy.objects.filter(
            code=proposal.code, area__path__startswith=proposal.area.path, valid_from__lte=on
        )
        .exclude(area=proposal.area)
        .exclude(valid_to__lte=on)
    )
    found: dict[Level, list[int]] = {}
    for level, pk in rows.values_list("area__level", "area_id").distinct():
        found.setdefault(Level(level), []).append(pk)
    return found


# --- who would hold -----------------------------------------------------------------------
def holders_at(ladder: Ladder, area_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Of each place that has units: who is responsible after each rung, and what happens."""
    areas = list(Area.objects.filter(pk__in=area_ids))
    above = {pk for area in areas for pk in stamps(area)}
    units: dict[int, list[Unit]] = {}
    for unit in Unit.objects.current().filter(area_id__in=above).order_by("-pk"):
        units.setdefault(unit.area_id, []).append(unit)
    top = len(ladder.rungs) - 1
    after = [min(index + 1, top) for index in range(top + 1)]
    ends = [at_end(ladder, index).value for index in range(top + 1)]
    found: dict[int, dict[str, Any]] = {}
    for area in areas:
        here = by_level(area, [unit for pk in stamps(area) for unit in units.get(pk, [])])
        try:
            held = holders_of(ladder, after, here)
        except WrongState:
            continue  # nobody is in charge there: its clocks keep their version
        found[area.pk] = {
            "area_id": area.pk, "holders": [one.unit_id for one in held],
            "levels": [one.level.value for one in held], "actions": ends,
        }  # fmt: skip
    return found


def stamps(area: Area) -> list[int]:
    return [pk for level in COLUMN_LEVELS if (pk := getattr(area, f"{level.column}_id"))]
