"""One invented case over time: acts and climbs at moments of the past.

The doors of ``cases`` read the database's clock and write one case at a time; half a year of
two thousand cases is written here instead, in memory, with explicit moments. The arrows are
the table's (``workflow.find``), events come from ``cases.events.chain``, moments from
``cases.clocks`` and the rules, so that histories read and verify like lived ones. What each
act does to the rows is in ``deeds``; here is what all of them share.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Model

from cases import clocks
from cases.events import Before, Happening, Message, Words, chain
from cases.holders import PlaceUnits
from cases.models import (
    Case,
    CaseUnit,
    Clock,
    ClockPause,
    ClockStep,
    Mediation,
    Party,
    Revisit,
    SupervisionOrder,
)
from cases.policies import InForce
from cases.rules.ladder import AtEnd
from cases.rules.limits import LimitCode
from cases.rules.supervision import Cause, Ended
from cases.rules.workflow import CLIMBING, CLOSED, ClockCode, Kind, Status, Step, Verb, find
from cases.writing import Row
from governance.demo.keys import Keys
from grids.models import Area, Unit
from grids.roles import Level

BEAT = 30  # seconds; a climb comes that much after its moment, at most
CLIMB_VERBS = {
    AtEnd.CLIMB: Verb.CLIMB, AtEnd.REPORT: Verb.REPORT_UP, AtEnd.SUPERVISE: Verb.SUPERVISE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a case lies: the place, the units above it, the policies it began with."""

    area: Area
    units: PlaceUnits[Unit]
    policies: InForce


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and for which unit."""

    user_id: int
    unit_id: int


@dataclass(slots=True)
class Deed:
    """One act under way, and what it will leave in its event."""

    step: Step
    at: datetime
    actor: Actor | None
    note: str = ""
    reason: str = ""
    other_id: int | None = None
    target: Status | None = None
    words: list[Words] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def tell_unit(self, unit_id: int | None) -> None:
        self.messages.append(Message(unit_id=unit_id))

    def tell_user(self, user_id: int) -> None:
        self.messages.append(Message(user_id=user_id))


class History:
    """A case with all its rows, none of them saved. ``rows`` is what is to be written."""

    def __init__(self, case: Case, ground: Ground, keys: Keys, told_from: datetime) -> None:
        self.case, self.ground, self.keys = case, ground, keys
        self.told_from = told_from  # older messages are no news and leave no outbox row
        self.rows: list[Model | Row] = [case]
        self.clocks: list[Clock] = []
        self.steps: dict[int, ClockStep] = {}  # the step each clock stands on
        self.pauses: dict[int, list[ClockPause]] = {}
        self.parts: dict[tuple[int, str], CaseUnit] = {}
        self.parties: list[Party] = []
        # The level of every unit that may be handed the case back.
        self.stood_at = {unit.pk: level for (level, _), unit in ground.units.by_kind.items()}
        self.mediation: Mediation | None = None
        self.revisits: list[Revisit] = []  # planned, the next due first
        self.listed: SupervisionOrder | None = None
        self.last_at = case.registered_at

    @property
    def status(self) -> Status:
        return Status(self.case.status)

    @property
    def holder_id(self) -> int:
        """The unit responsible now."""
        assert self.case.holder_unit_id is not None
        return self.case.holder_unit_id

    def add(self, row: Model) -> None:
        self.rows.append(row)

    # --- clocks -------------------------------------------------------------------------
    def running(self, *codes: str) -> list[Clock]:
        """Clocks that have not stopped, of these codes or all."""
        return [
            clock for clock in self.clocks
            if clock.stopped_at is None and (not codes or clock.code in codes)
        ]  # fmt: skip

    def start(self, clock: Clock, *, step: bool) -> None:
        """Let ``clock`` run, with the row of its first rung where it has one."""
        clock.pk = clock.pk or self.keys.take("cases_clock_id_seq")
        self.clocks.append(clock)
        self.add(clock)
        if step:
            self.steps[clock.pk] = clocks.first_step(self.case, clock)
            self.add(self.steps[clock.pk])

    def start_limit(self, code: LimitCode, at: datetime, *, watched: bool = False) -> None:
        if not self.running(code.value):
            policies = self.ground.policies
            clock = clocks.limit_clock(self.case, code, at, watched=watched, policies=policies)
            self.start(clock, step=watched)

    def stop(self, at: datetime, *codes: str, outcome: str = "done") -> None:
        """Stop the clocks of these codes, or all, and end their step."""
        for clock in self.running(*codes):
            clock.stopped_at = at
            self.leave_step(clock, at, outcome)
            for pause in self.pauses.get(clock.pk, []):
                pause.end_at = pause.end_at or at

    def leave_step(self, clock: Clock, at: datetime, outcome: str) -> None:
        if step := self.steps.pop(clock.pk, None):
            step.left_at, step.outcome = at, outcome

    def enter_step(self, clock: Clock, at: datetime, due_at: datetime) -> None:
        """Note that ``clock`` stands on its next rung now, with the present holder."""
        self.steps[clock.pk] = ClockStep(
            clock_id=clock.pk, tenant_id=self.case.tenant_id, rung=clock.rung,
            unit_id=self.holder_id, level=self.case.level, entered_at=at, due_at=due_at,
        )  # fmt: skip
        self.add(self.steps[clock.pk])

    def repeat_dues(self) -> None:
        """Let the case repeat its earliest moments, as ``clocks.dues`` reads them."""
        running = [clock for clock in self.running() if clock.held_at is None]
        self.case.due_at = min(map(clocks.next_due, running), default=None)
        self.case.amber_at = min(map(clocks.amber_of, running), default=None)
        self.case.provisional_from = clocks.provisional_from(self.case, running)

    # --- units beside the holder --------------------------------------------------------
    def keep(self, unit_id: int, part: str, at: datetime) -> None:
        """Let a unit take part from ``at``, unless it already does."""
        running = self.parts.get((unit_id, part))
        if running is None or running.until is not None:
            row = CaseUnit(case_id=self.case.pk, tenant_id=self.case.tenant_id,
                           unit_id=unit_id, part=part, since=at)  # fmt: skip
            self.parts[unit_id, part] = row
            self.add(row)

    # --- acts ---------------------------------------------------------------------------
    def begin(self, happening: Happening) -> None:
        """The first event."""
        self.write(happening, None)

    def act(
        self, verb: Verb, at: datetime, actor: Actor | None, effect: "Effect | None" = None, *,
        note: str = "", reason: str = "",
    ) -> None:  # fmt: skip
        """One act by the table, after the climbs that were due before it.

        ``effect`` does what the act of that name does in ``cases.acts``. Raises ``ValueError``
        when the table has no such arrow.
        """
        self.sweep(at)
        case = self.case
        step = find(Kind(case.kind), self.status, verb)
        if step is None:
            raise ValueError(f"{case.number}: no {verb} from {case.status}")
        before = Before.of(case)
        if step.target is not None:
            case.status = step.target.value
        deed = Deed(step, at, actor, note, reason)
        if effect:
            effect(self, deed)
        if deed.target is not None:
            case.status = deed.target.value
        if note:
            deed.words.append(Words("note", note))
        self.settle(at)
        self.write(
            Happening(
                verb, at, actor_id=actor.user_id if actor else None,
                unit_id=actor.unit_id if actor else None, reason=reason,
                other_id=deed.other_id, words=deed.words, messages=deed.messages,
            ),
            before,
        )  # fmt: skip

    def settle(self, at: datetime) -> None:
        """As ``transitions.settle``: closed moment and earliest due."""
        case = self.case
        if self.status in CLOSED:
            self.stop(at, outcome="ended")
            case.closed_at, case.due_at, case.amber_at = case.closed_at or at, None, None
            if self.listed is not None and self.listed.delisted_at is None:
                self.listed.delisted_at, self.listed.delist_reason = at, Ended.CLOSED.value
            for (_, part), row in self.parts.items():
                if part != "reader" and row.until is None:
                    row.until = at
            return
        case.closed_at = None
        self.repeat_dues()
        if self.status == Status.SUSPENDED:
            case.due_at, case.amber_at, case.provisional_from = case.review_at, case.review_at, None

    def write(self, happening: Happening, before: Before | None) -> None:
        """Chain one event; only news is sent to anybody."""
        self.last_at = happening.at
        if happening.at < self.told_from:
            happening.messages = ()
        self.rows += chain(self.case, happening, before)

    # --- climbs -------------------------------------------------------------------------
    def sweep(self, now: datetime) -> None:
        """Take every moment that has come by ``now``, in order, as the sweep would."""
        while True:
            due = [
                (clock.next_moment, clock.pk, clock)
                for clock in map(Waiting, self.running())
                if clock.next_moment is not None and clock.next_moment + clock.lag <= now
            ]
            if not due:
                return
            moment, _, waiting = min(due)
            self.climb(waiting.clock, max(moment + waiting.lag, self.last_at))

    def climb(self, clock: Clock, at: datetime) -> None:
        """One moment of one clock, as the statement in ``cases.escalation`` takes it."""
        case, before, holder = self.case, Before.of(self.case), self.holder_id
        action = AtEnd(clock.actions[clock.rung])
        climbs = action == AtEnd.CLIMB and self.status in CLIMBING
        clock.rung, clock.waits_until = clock.rung + 1, None
        if climbs:
            case.status = Status.REGISTERED.value
            case.level = clock.levels[clock.rung - 1]
            case.from_unit_id, case.holder_unit_id = holder, clock.holders[clock.rung - 1]
            case.rung = clock.first_rung + clock.rung
            if holder != case.holder_unit_id:
                self.keep(holder, "co_responsible", at)
        self.leave_step(clock, at, "timeout")
        self.enter_step(clock, at, max(clocks.next_due(clock), at))
        if action != AtEnd.CLIMB:
            case.supervised_at = case.supervised_at or at
            self.list_for_supervision(clock, action, at)
        self.repeat_dues()
        messages = [Message(unit_id=self.holder_id, urgent=case.urgent)]
        self.write(
            Happening(
                CLIMB_VERBS[action], at, clock_id=clock.pk, other_id=holder, messages=messages
            ),
            before,
        )

    def list_for_supervision(self, clock: Clock, action: AtEnd, at: datetime) -> None:
        ends = Cause.LADDER_TOP if clock.code == ClockCode.LADDER else Cause.LIMIT
        cause = Cause.REPORT_UP if action == AtEnd.REPORT else ends
        if self.listed is None or self.listed.delisted_at is not None:
            self.listed = SupervisionOrder(
                case_id=self.case.pk, tenant_id=self.case.tenant_id, unit_id=self.holder_id,
                cause=cause.value, by_rule=True, listed_at=at,
            )  # fmt: skip
            self.add(self.listed)

    def entered(self, level: Level) -> datetime:
        """When the ladder comes to ``level``, if nobody settles the case before."""
        ladder = next(clock for clock in self.clocks if clock.ladder)
        for moment, reached in zip(ladder.ladder, ladder.levels, strict=True):
            if reached <= level:
                return moment + timedelta(seconds=BEAT)
        return ladder.due_at


Effect = Callable[[History, Deed], None]


class Waiting:
    """A running clock and the moment it waits for."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.pk = clock, clock.pk
        self.lag = timedelta(seconds=1 + clock.pk * 7 % BEAT)
        moves = clock.held_at is None and clock.rung < len(clock.ladder)
        self.next_moment = clocks.next_due(clock) if moves else None
