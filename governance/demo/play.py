"""Lead one invented case through its fate: who acts, when, and with which words."""

from datetime import datetime, time, timedelta
from random import Random

from cases import clocks, workcalendar
from cases.rules.ladder import AtEnd
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.workflow import (
    ClockCode,
    Kind,
    RevisitResult,
    Status,
    Verb,
    find,
)
from governance.demo import deeds, matters
from governance.demo.cast import Crew
from governance.demo.deeds import EFFECTS
from governance.demo.fates import DAY, HOUR, Fate, draw
from governance.demo.history import Actor, Effect, History
from governance.demo.matters import Matter
from grids.models import Unit
from grids.roles import Level, UnitKindCode

MEDIATED = {Verb.AGREE_WRITTEN, Verb.AGREE_ORAL, Verb.FAIL}
# Hours between what happened before and this act: least and most.
PACE = {
    Verb.SIGN: (0.2, 4), Verb.MEDIATE: (0.5, 8), Verb.FINISH: (2, 18), Verb.REFUSE: (1, 10),
    Verb.VERIFY: (4, 40), Verb.STRIKE: (0.3, 20), Verb.CONFIRM: (6, 90),
    Verb.ANSWER: (2, 16), Verb.RESUME: (50, 200),
    Verb.VOID: (0.3, 3), Verb.MERGE: (1, 8), Verb.RETURN: (0.3, 3), Verb.SUSPEND: (1, 5),
    Verb.TRANSFER: (0.3, 3),
}  # fmt: skip
AGREEMENTS = {Verb.AGREE_WRITTEN, Verb.AGREE_ORAL}
# In the order of the sentences in ``texts/phrases.tsv`` that go with them.
REASONS = {
    "return": ("incomplete", "not_ours"), "suspend": ("await_appraisal", "party_absent"),
    "suspend_matter": ("await_other", "await_other"), "void": ("wrong_entry", "test_entry"),
    "raise": ("parties_ask", "beyond_power"),
}  # fmt: skip
REVISITS = {RevisitResult.KEPT: 96, RevisitResult.RELAPSED: 2.5, RevisitResult.UNTRUE: 1.5}
# Who is called in to help where no unit of the town is made for the matter.
ADVISERS = {
    Kind.DISPUTE: UnitKindCode.JUSTICE_OFFICE, Kind.EVENT: UnitKindCode.POLICE_STATION,
    Kind.REQUEST: UnitKindCode.GOVERNMENT,
}  # fmt: skip
CHANNELS = ("receipt", "sms", "call", "visit")


def office(lot: Random, moment: datetime) -> datetime:
    """``moment`` itself between 8:00 and 20:00 in Shanghai, else the next morning."""
    local = moment.astimezone(clocks.ZONE)
    if 8 <= local.hour < 20:
        return moment
    day = local.date() + (timedelta(days=1) if local.hour >= 20 else timedelta(0))
    morning = datetime.combine(day, time(8), tzinfo=clocks.ZONE)
    return morning + timedelta(minutes=lot.uniform(5, 100))


class Play:
    """One case under way towards its fate, up to ``now``."""

    def __init__(
        self, story: History, matter: Matter, fate: Fate, crew: Crew, lot: Random, now: datetime
    ) -> None:  # fmt: skip
        self.story, self.matter, self.fate = story, matter, fate
        self.other: History | None = None  # the case it is merged into
        self.adviser: Unit | None = None  # who is called in to help, if a unit is made for it
        self.crew, self.lot, self.now = crew, lot, now
        self.helper: Actor | None = None  # the mediator it is assigned to
        self.meeting: datetime | None = None  # the next session
        self.aside = fate.aside
        self.cause = lot.randrange(2)  # of a halt, a return …: which of two sentences

    def run(self) -> None:
        """Everything up to ``now``: the acts, the climbs, the revisit."""
        self.to_the_end(self.taken_up())
        if self.story.status == Status.STRUCK:
            self.look_again()
        self.story.sweep(self.now)

    def taken_up(self) -> datetime:
        """When somebody takes the case up: at once, or when the ladder has come to the level."""
        story = self.story
        at = story.case.registered_at
        if story.running(ClockCode.LADDER.value) and story.case.level > self.fate.level:
            at = story.entered(self.fate.level)
        if self.fate.late and (running := [clock for clock in story.running() if clock.ladder]):
            at = running[0].ladder[-1] + HOUR
        return at

    def to_the_end(self, at: datetime) -> None:
        """Act after act, until the case is closed, rests, or the present is reached."""
        while (verb := self.next_verb()) is not None:
            at = self.later(max(at, self.story.last_at), verb)
            if at >= self.now:
                return
            self.story.sweep(at)
            if self.next_verb() == verb:  # the ladder may have lifted it meanwhile
                self.perform(verb, at)
                self.step_aside(verb)

    def next_verb(self) -> Verb | None:
        """What comes next in this status on the way to the fate."""
        fate, status = self.fate, self.story.status
        if status == fate.rest or not self.story.case.due_at:
            return None
        if status == Status.REGISTERED:
            came_from = self.story.case.from_unit_id
            if fate.rest == Status.RETURNED and came_from != self.story.holder_id:
                return Verb.RETURN
            return fate.work if fate.work in (Verb.VOID, Verb.MERGE) else Verb.SIGN
        if status in (Status.SIGNED, Status.HANDLING):
            if fate.rest == Status.SUSPENDED:
                return Verb.SUSPEND
            wanted = fate.work in MEDIATED or fate.rest == Status.MEDIATING
            return Verb.MEDIATE if wanted and status == Status.SIGNED else fate.work
        if status == Status.DONE:
            return fate.finish
        return {
            Status.MEDIATING: fate.work, Status.RETURNED: Verb.ANSWER,
            Status.SUSPENDED: Verb.RESUME, Status.VERIFIED: Verb.STRIKE,
        }[status]  # fmt: skip

    def later(self, at: datetime, verb: Verb) -> datetime:
        """When ``verb`` follows on ``at``."""
        if verb == Verb.SIGN and self.story.case.urgent:
            return at + self.lot.uniform(0.1, 1.5) * HOUR
        if self.fate.rest is None and self.meeting and self.story.status == Status.MEDIATING:
            return max(at, self.meeting) + self.lot.uniform(0.7, 2.5) * HOUR
        if verb == Verb.STRIKE_SILENT:
            week = LIMITS[LimitCode.SILENCE].due(at, workcalendar.current(), zone=clocks.ZONE)
            return week.at + self.lot.uniform(0.1, 1) * HOUR
        return self.soon(at, *PACE.get(verb, (1, 12)))

    def soon(self, at: datetime, least: float, most: float) -> datetime:
        """Some hours after ``at``, by day; a case that rests today has got there in time."""
        if self.fate.rest is None:
            return office(self.lot, at + self.lot.uniform(least, most) * HOUR)
        moment = at + (self.now - at) * self.lot.uniform(0.05, 0.3)
        by_day = office(self.lot, moment)
        return by_day if by_day < min(self.now, self.story.case.due_at or self.now) else moment

    def perform(self, verb: Verb, at: datetime) -> None:
        """One act with its actor, words and effect."""
        note, reason = self.words(verb)
        self.story.act(verb, at, self.actor(verb), self.effect(verb, at), note=note, reason=reason)

    def effect(self, verb: Verb, at: datetime) -> Effect | None:
        if verb == Verb.MEDIATE:
            ahead = self.lot.uniform(0.2, 2) if self.fate.rest is None else self.lot.uniform(1, 3)
            base = at if self.fate.rest is None else self.now
            self.meeting = office(self.lot, base + ahead * DAY)
            return deeds.mediate(self.meeting)
        if verb == Verb.SUSPEND:
            return deeds.suspend(max(at, self.now) + self.lot.uniform(3, 40) * DAY
                                 if self.fate.rest else at + 30 * DAY)  # fmt: skip
        if verb == Verb.MERGE and self.other is not None:
            return deeds.merge(self.other.case.pk, self.other.case.holder_unit_id)
        return EFFECTS.get(verb)

    def words(self, verb: Verb) -> tuple[str, str]:
        """What the actor writes, and the reason chosen with it."""
        if verb in AGREEMENTS or verb == Verb.FINISH:
            return self.matter.result, ""
        found, key = matters.phrases(), verb.value
        if self.matter.kind != Kind.DISPUTE and f"{key}_matter" in found:
            key = f"{key}_matter"
        if key in REASONS:
            return found[key][self.cause], REASONS[key][self.cause]
        if verb == Verb.RESUME:
            return found[key][self.cause], ""
        return self.lot.choice(found[key]) if key in found else "", ""

    # --- who ----------------------------------------------------------------------------
    def actor(self, verb: Verb) -> Actor | None:
        """Somebody who may do this by the table."""
        if verb in (Verb.CONFIRM, Verb.OBJECT, Verb.STRIKE_SILENT):
            return None
        if verb in (Verb.VERIFY, Verb.REJECT, Verb.STRIKE, Verb.REVISIT, Verb.NUDGE):
            return self.verifier()
        if self.helper and self.story.status == Status.MEDIATING and verb != Verb.SIGN:
            return self.helper
        if verb == Verb.SUPPLEMENT:
            case = self.story.case
            return Actor(case.reporter_id, case.reporting_unit_id)
        return self.somebody(self.story.holder_id)

    def somebody(self, unit_id: int) -> Actor:
        return Actor(self.lot.choice(self.crew.by_unit[unit_id]), unit_id)

    def verifier(self) -> Actor:
        """A second person in a coordinating unit not below the holder."""
        case, units = self.story.case, self.story.ground.units
        highest = min(case.level, Level.VILLAGE.value)
        for level in sorted(units.present, reverse=True):
            unit = units.coordinating(level)
            if level > highest or unit is None:
                continue
            others = [one for one in self.crew.by_unit.get(unit.pk, []) if one != case.done_by_id]
            if others:
                return Actor(self.lot.choice(others), unit.pk)
        raise ValueError(f"{case.number}: nobody can verify it")

    # --- on the way ---------------------------------------------------------------------
    def step_aside(self, after: Verb) -> None:
        """The one thing more that this case's fate has on the way, where it fits."""
        if after in AGREEMENTS | {Verb.FINISH} and self.lot.random() < 0.7:
            self.tell_parties()
        verb = self.aside
        fits = {Verb.REJECT: AGREEMENTS | {Verb.FINISH}}
        if verb is not None and after in fits.get(verb, {Verb.SIGN}):
            self.aside = None
            self.extra(verb)

    def tell_parties(self) -> None:
        if self.story.parties:
            self.extra(Verb.TELL, deeds.tell(self.lot.choice(CHANNELS)))

    def extra(self, verb: Verb, effect: Effect | None = None) -> None:
        """An act beside the main line, if the table and the case allow it then."""
        story = self.story
        at = self.soon(story.last_at, 0.2, 2)
        if at >= self.now:
            return
        story.sweep(at)
        effect = effect or self.extra_effect(verb)
        if effect is None or find(Kind(story.case.kind), story.status, verb) is None:
            return
        note, reason = self.words(verb)
        story.act(verb, at, self.actor(verb), effect, note=note, reason=reason)

    def extra_effect(self, verb: Verb) -> Effect | None:
        """The effect of an act beside the main line; None where it makes no sense."""
        story = self.story
        case, units = story.case, story.ground.units
        if verb == Verb.ASSIGN:
            return self.assign_mediator()
        if verb == Verb.CO_HANDLE:
            usual = ADVISERS[Kind(case.kind)].value
            unit = self.adviser or units.by_kind.get((Level.TOWNSHIP, usual))
            return deeds.co_handle(unit.pk) if unit and unit.pk != story.holder_id else None
        if verb == Verb.SUSPEND:
            return deeds.suspend(story.last_at + 30 * DAY)
        if verb == Verb.RETURN and case.from_unit_id in (None, story.holder_id):
            return None
        if verb == Verb.RAISE:
            ladders = story.running(ClockCode.LADDER.value)
            clock = ladders[0] if ladders else None
            if clock is None or clock.rung >= len(clock.ladder):
                return None
            return deeds.raise_level if clock.actions[clock.rung] == AtEnd.CLIMB else None
        return EFFECTS.get(verb)

    def assign_mediator(self) -> Effect | None:
        """Give a dispute to a mediator of its village by name."""
        case, units = self.story.case, self.story.ground.units
        village = units.by_kind.get((Level.VILLAGE, UnitKindCode.MEDIATION_COMMITTEE.value))
        if case.kind != Kind.DISPUTE or village is None:
            return None
        user_id = self.lot.choice(self.crew.mediators[village.area_id])
        self.helper = Actor(user_id, village.pk)
        return deeds.assign(user_id, "mediate")

    def hand_to(self, unit: Unit, level: Level) -> None:
        """Transfer to ``unit`` soon after registration."""
        at = self.later(self.story.last_at, Verb.TRANSFER)
        if at < self.now and unit.pk != self.story.holder_id:
            self.story.sweep(at)
            effect = deeds.transfer(unit, level)
            note, _ = self.words(Verb.TRANSFER)
            self.story.act(Verb.TRANSFER, at, self.somebody(self.story.holder_id), effect,
                           note=note)  # fmt: skip

    # --- afterwards ---------------------------------------------------------------------
    def look_again(self) -> None:
        """The revisits, each shortly before it is due; one in ten is still waiting."""
        while self.story.status == Status.STRUCK and self.story.revisits:
            if self.story.revisits[0].due_at > self.now or self.lot.random() < 0.1:
                return
            self.visit()

    def visit(self) -> None:
        """One revisit; trouble that is back takes the case up again."""
        row = self.story.revisits[0]
        at = office(self.lot, row.due_at - self.lot.uniform(1, 5) * DAY)
        result = draw(self.lot, REVISITS)
        unit = self.story.ground.units.coordinating(Level.TOWNSHIP)
        assert unit is not None
        people = [one for one in self.crew.by_unit[unit.pk] if one != self.story.case.done_by_id]
        note = self.lot.choice(matters.phrases()[
            "revisit" if result == RevisitResult.KEPT else result.value])  # fmt: skip
        self.story.act(Verb.REVISIT, at, Actor(self.lot.choice(people), unit.pk),
                       deeds.revisit(result), note=note)  # fmt: skip
        if self.story.status == Status.REGISTERED:
            self.meeting = self.helper = self.aside = None
            self.to_the_end(at)
