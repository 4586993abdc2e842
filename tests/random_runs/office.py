"""One office as a machine that chance drives: what may happen, and what always holds."""

import pickle
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cases import escalation, handover, transitions
from cases.acting import Inputs
from cases.deciders import officials
from cases.models import Assignment, Case, Recusal, RecusalRequest
from cases.reorganising import reorganise
from cases.rules.workflow import STEPS, Kind, Status, Verb, find
from cases.standing import standing
from cases.transitions import database_now
from cases.verification import verify_case
from grids.errors import BrokenRule
from grids.models import Area, Posting, Unit, User
from grids.restructuring import Order, Part
from grids.roles import AreaChangeKind, Level, Role
from grids.staff import end_posting, post
from grids.succession import unit_in_force
from tests.cases.matters import dispute, event
from tests.cases.stages import by_resident
from tests.cases.test_as_of import State, as_of
from tests.cases.test_past_places import everything, named
from tests.cases.test_reorganising import sound
from tests.random_runs import oracle
from tests.world import World

CAST: list[bytes] = []
PEOPLE = ("gao", "mei", "cun", "ouyang", "han", "bao", "du", "su", "ling", "dou", "wai")
WRITERS = ("gao", "cun", "ouyang", "su")
UNITS = (
    "qingshi_centre", "land_office", "donghe_committee", "donghe1_team", "qingshi_police",
    "liulin_centre", "hubin_centre", "donghe_mediation", "shiqiao_committee", "dukou_committee",
)  # fmt: skip
MOVES = (
    Verb.SIGN, Verb.RETURN, Verb.RULE, Verb.ANSWER, Verb.TRANSFER, Verb.HAND_DOWN, Verb.RAISE,
    Verb.CO_HANDLE, Verb.END_CO_HANDLE, Verb.ASSIGN, Verb.FINISH, Verb.VERIFY, Verb.REJECT,
    Verb.STRIKE, Verb.SUPPLEMENT, Verb.REFUSE, Verb.REOPEN, Verb.RECLASSIFY,
    Verb.DECLARE_INTEREST, Verb.ASK_RECUSAL, Verb.RECUSE, Verb.DENY_RECUSAL,
)  # fmt: skip
DONE: Counter[str] = Counter()  # what happened, of all runs together
REASONS = {Verb.RETURN: "not_ours", Verb.RAISE: "beyond_power"}
people = st.sampled_from(PEOPLE)
units = st.sampled_from(UNITS)
index = st.integers(0, 5)
choice = st.integers(0, 1000)
K = AreaChangeKind


class Office(RuleBasedStateMachine):
    """One run, in a transaction that is taken back at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.run = transaction.atomic()
        self.run.__enter__()
        self.world: World = pickle.loads(CAST[0])
        self.boss = self.world.person("xi", Role.SYS_ADMIN, self.world.hubin_government)
        self.cases: list[Case] = []
        self.told: list[tuple[Case, Any, State | None]] = []  # what a report said, and when
        self.closed: dict[int, list[int]] = {}  # where closed cases lay on their last day
        self.cases.append(dispute(self.world))
        today = oracle.today()
        self.past = {
            day: everything(self.world, day)
            for day in (today - timedelta(days=1), today - timedelta(days=400))
        }

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.run.__exit__(None, None, None)

    # --- matters ----------------------------------------------------------------------
    @rule(writer=st.sampled_from(WRITERS), lamp=st.booleans())
    def register(self, writer: str, lamp: bool) -> None:
        make = event if lamp else dispute
        with refused():
            user = self.user(writer)
            self.cases.append(make(self.world, user, area_id=self.world.donghe1.pk))

    @rule(number=index, verb=st.sampled_from(MOVES), who=people, unit=units)
    def somebody_tries(self, number: int, verb: Verb, who: str, unit: str) -> None:
        """Anything by anybody: nearly always refused."""
        case = self.row(number)
        self.done(case, verb, self.user(who), self.inputs(case, verb, unit, 0))

    @rule(number=index, unit=units, choices=st.lists(choice, min_size=2, max_size=6))
    def somebody_acts(self, number: int, unit: str, choices: list[int]) -> None:
        """What the table offers to somebody who stands to the case in the right way."""
        for chosen in choices:
            case = self.row(number)
            if able := self.able(case):
                who, verb = able[chosen % len(able)]
                self.done(case, verb, self.user(who), self.inputs(case, verb, unit, chosen))

    @rule(number=index, unit=units, other=units)
    def who_is_responsible_is_ruled(self, number: int, unit: str, other: str) -> None:
        """Passed on and returned until somebody above decides."""
        for verb in (Verb.TRANSFER, Verb.RETURN, Verb.TRANSFER, Verb.RETURN, Verb.RULE):
            case = self.row(number)
            for user in self.staff_of(case.holder_unit_id):
                where = other if verb is Verb.RULE else unit
                self.done(case, verb, user, self.inputs(case, verb, where, 0))

    @rule(number=index, own=st.booleans(), granted=st.booleans(), chosen=choice)
    def a_recusal_goes_its_way(self, number: int, own: bool, granted: bool, chosen: int) -> None:
        """Asked for by who has an interest or by a colleague, and decided by who must."""
        case = self.row(number)
        verb = Verb.DECLARE_INTEREST if own else Verb.ASK_RECUSAL
        for user in self.staff_of(case.holder_unit_id)[:1]:
            self.done(case, verb, user, self.inputs(case, verb, "land_office", chosen))
        case, answer = self.row(number), Verb.RECUSE if granted else Verb.DENY_RECUSAL
        for request in RecusalRequest.objects.filter(case=case, decided_at=None)[:1]:
            for user in self.staff_of(request.decider_unit_id):
                self.done(case, answer, user, self.inputs(case, answer, "land_office", chosen))

    @rule(number=index)
    def a_deadline_passes(self, number: int) -> None:
        clock = self.row(number).clocks.filter(next_at__isnull=False).order_by("next_at").first()
        if clock is not None:
            escalation.sweep("test", now=clock.next_at + timedelta(seconds=1))

    # --- people -----------------------------------------------------------------------
    @rule(who=people, heir=people, followed=st.booleans())
    def a_posting_ends(self, who: str, heir: str, followed: bool) -> None:
        """By the office: everything it leaves behind moves in the same step."""
        today = oracle.today()
        rows = Posting.objects.running().filter(user=self.user(who)).select_related("unit__area")
        for posting in rows.select_related("area", "user").order_by("pk")[:1]:
            with refused():
                handover.end(
                    self.user("xi"), posting, today, today=today,
                    heir=self.user(heir) if followed else None,
                )  # fmt: skip
                DONE["a successor" if followed else "no successor"] += 1

    @rule(who=people)
    def a_posting_runs_out(self, who: str) -> None:
        """By its date: what it leaves behind moves once somebody settles it."""
        for posting in Posting.objects.running().filter(user=self.user(who)).order_by("pk")[:1]:
            with refused():
                end_posting(posting, oracle.today())
        handover.settle()

    @rule(who=people, unit=units)
    def somebody_is_posted(self, who: str, unit: str) -> None:
        place, role = self.unit(unit), Role.HANDLER
        if unit in ("donghe1_team", "donghe_mediation"):
            role = Role.GRID_WORKER if unit == "donghe1_team" else Role.MEDIATOR
        with refused():
            post(self.user(who), role, place, place.area, oracle.today())

    @rule(who=people, unit=units, days=st.integers(1, 3))
    def a_substitute_was_there(self, who: str, unit: str, days: int) -> None:
        place, day = self.unit(unit), oracle.today()
        with refused():
            post(self.user(who), Role.HANDLER, place, place.area, day - timedelta(days=days),
                 ended_on=day)  # fmt: skip

    # --- staying away -----------------------------------------------------------------
    @rule(number=index)
    def a_party_asks(self, number: int) -> None:
        case, verb = self.row(number), Verb.APPLY_RECUSAL
        if find(Kind(case.kind), Status(case.status), verb):
            with refused():
                by_resident(case, verb, text="综治中心的人", note="是亲属")

    @rule(number=index, who=people)
    def somebody_is_let_back(self, number: int, who: str) -> None:
        rows = Recusal.objects.filter(case=self.case(number), user=self.user(who), until=None)
        rows.update(until=database_now())

    # --- places -----------------------------------------------------------------------
    @rule(kind=st.sampled_from(("move", "merge", "new", "rename", "split", "close")),
          one=choice, other=choice)  # fmt: skip
    def places_are_reorganised(self, kind: str, one: int, other: int) -> None:
        with refused():
            reorganise(self.user("xi"), self.order(kind, one, other))
            DONE[f"places: {kind}"] += 1
        sound(*self.cases)
        for day, (tree, counts) in self.past.items():
            then, still = everything(self.world, day)
            assert (named(then), still) == (named(tree), counts), (kind, day)

    def order(self, kind: str, one: int, other: int) -> Order:
        """A change of villages or grids that has a chance."""
        rows = list(Area.objects.within(self.world.hubin).current().order_by("pk"))
        small = [row for row in rows if row.level >= Level.VILLAGE]
        area = small[one % len(small)]
        like = [row for row in rows if row.level == area.level and row.pk != area.pk]
        above = [row for row in rows if row.level < area.level and row.pk != area.parent_id]
        beside = (like or small)[other % len(like or small)].pk
        inside = tuple(row.pk for row in rows if row.parent_id == area.pk)[:1]
        name = f"合{len(self.told)}{one}"
        return {
            "move": Order(K.MOVE, (area.pk,), target=above[other % len(above)].pk),
            "merge": Order(K.MERGE, (area.pk,), target=beside),
            "new": Order(K.MERGE, (area.pk, beside), name=name),
            "rename": Order(K.RENAME, (area.pk,), name=name),
            "split": Order(
                K.SPLIT, (area.pk,), parts=(Part(name, inside),), ceases=bool(other % 2)
            ),
            "close": Order(K.CLOSE, (area.pk,)),
        }[kind]

    # --- what always holds ------------------------------------------------------------
    @invariant()
    def no_open_case_is_without_a_running_holder(self) -> None:
        for case in Case.objects.filter(closed_at=None).select_related("holder_unit", "area"):
            assert case.holder_unit is not None and case.holder_unit.valid_to is None, case
            assert case.due_at is not None and case.area.valid_to is None, case

    @invariant()
    def nobody_reads_beyond_the_scope(self) -> None:
        cases, plain = list(Case.objects.all()), oracle.Plain(self.closed)
        for case in cases:
            if case.closed_at is None:
                self.closed.pop(case.pk, None)
            else:
                self.closed.setdefault(case.pk, plain.upward(case.area_id))
        for name in PEOPLE:
            user = self.user(name)
            seen = set(Case.objects.visible_to(user).values_list("pk", flat=True))
            for case in cases:
                assert (case.pk in seen) == plain.sees(user, case), (name, case.number)

    @invariant()
    def nothing_is_left_with_a_mediator_who_cannot_see_it(self) -> None:
        rows = Assignment.objects.filter(until=None, task="mediate", case__closed_at=None)
        for row in rows.select_related("user", "case"):
            assert Case.objects.visible_to(row.user).filter(pk=row.case_id).exists(), row.case

    @invariant()
    def no_past_moment_changes(self) -> None:
        for case, moment, state in self.told[::3]:
            assert as_of(case, moment) == state, (case.number, moment)
        for case in self.cases[-2:]:
            moment = database_now()
            self.told.append((case, moment, as_of(case, moment)))

    @invariant()
    def the_chain_verifies(self) -> None:
        for case in self.cases[-3:]:
            assert not verify_case(Case.objects.get(pk=case.pk)), case.number

    # --- short words ------------------------------------------------------------------
    def case(self, number: int) -> Case:
        return self.cases[number % len(self.cases)]

    def row(self, number: int) -> Case:
        """As it stands now."""
        return Case.objects.get(pk=self.case(number).pk)

    def unit(self, name: str) -> Unit:
        """The unit, or who took over its work."""
        pk = unit_in_force(getattr(self.world, name).pk)
        return Unit.objects.select_related("area").get(pk=pk)

    def user(self, name: str) -> User:
        """Fresh from the database: posts are read once for each object."""
        return User.objects.get(pk=self.world.people[name].pk)

    def staff_of(self, unit_id: int | None) -> list[User]:
        rows = Posting.objects.running().filter(unit=unit_id).order_by("pk")
        return [User.objects.get(pk=row.user_id) for row in rows]

    def able(self, case: Case) -> list[tuple[str, Verb]]:
        """Who could do what with ``case`` by the table."""
        arrows = [
            step for step in STEPS[Kind(case.kind)]
            if Status(case.status) in step.sources and step.verb in MOVES
        ]  # fmt: skip
        users = {name: self.user(name) for name in PEOPLE}
        return [
            (name, step.verb)
            for name, user in users.items()
            if Case.objects.visible_to(user).filter(pk=case.pk).exists()
            for stands in [standing(user, case).stands]
            for step in arrows
            if step.stands & stands
        ]

    def inputs(self, case: Case, verb: Verb, unit: str, chosen: int) -> Inputs:
        """Whatever the act may ask for."""
        request = RecusalRequest.objects.filter(case=case, decided_at=None).first()
        involved = [int(pk) for pk, _ in officials(case)]
        person = self.world.mei.pk
        if verb is Verb.ASSIGN and chosen % 2:
            person = next((one.pk for one in self.staff_of(case.holder_unit_id)), person)
        elif verb is not Verb.ASSIGN and involved:
            person = involved[chosen % len(involved)]
        if request and request.user_id:
            person = request.user_id if verb in (Verb.RECUSE, Verb.DENY_RECUSAL) else person
        return Inputs(
            note="有事说明", text="补充一句", reason=REASONS.get(verb, ""),
            unit_id=self.unit(unit).pk, user_id=person, request_id=request.pk if request else None,
            until=database_now() + timedelta(days=3),
            area_id=self.world.shiqiao.pk if verb is Verb.RECLASSIFY else None,
        )  # fmt: skip

    def done(self, case: Case, verb: Verb, user: User, inputs: Inputs) -> None:
        """One act, if the rules let it happen."""
        with refused():
            transitions.act(case.number, verb, actor=user, inputs=inputs)
            DONE[verb.value] += 1


class refused(transaction.Atomic):  # noqa: N801 - reads like a word
    """A step that a rule may refuse: then nothing of it stays."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        super().__exit__(kind, error, trace)
        return isinstance(error, BrokenRule)
