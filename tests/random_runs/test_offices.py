"""Random runs through the life of an office: matters are registered, signed for,
returned, transferred, raised and handed down, deadlines pass, people are posted, leave, come
back and are kept away. After every step:

* an open case has a running unit that is responsible for it, and a running deadline;
* everybody sees exactly what the plain rules of ``oracle`` let them see;
* what a report said about an earlier moment it still says;
* the chain of events verifies.
"""

import os
import pickle
from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cases import escalation, transitions
from cases.acting import Inputs
from cases.models import Case, Recusal
from cases.rules.workflow import Verb
from cases.transitions import database_now
from cases.verification import verify_case
from grids.errors import BrokenRule
from grids.models import Posting, User
from grids.roles import Role
from grids.staff import end_posting, post
from tests.cases.matters import dispute, event
from tests.cases.test_as_of import State, as_of
from tests.random_runs import oracle
from tests.world import World

# A nightly run asks for RANDOM_RUNS=100.
RUNS, STEPS = int(os.environ.get("RANDOM_RUNS", "20")), 8
CAST: list[bytes] = []
PEOPLE = ("gao", "mei", "cun", "ouyang", "han", "bao", "du", "su", "ling", "dou", "wai")
WRITERS = ("gao", "cun", "ouyang", "su")
UNITS = (
    "qingshi_centre", "land_office", "donghe_committee", "donghe1_team", "qingshi_police",
    "liulin_centre", "hubin_centre",
)  # fmt: skip
MOVES = (
    Verb.SIGN, Verb.RETURN, Verb.ANSWER, Verb.TRANSFER, Verb.HAND_DOWN, Verb.RAISE,
    Verb.CO_HANDLE, Verb.END_CO_HANDLE, Verb.ASSIGN, Verb.FINISH, Verb.VERIFY, Verb.REJECT,
    Verb.STRIKE, Verb.SUPPLEMENT,
)  # fmt: skip
REASONS = {Verb.RETURN: "not_ours", Verb.RAISE: "beyond_power"}
people = st.sampled_from(PEOPLE)
units = st.sampled_from(UNITS)
index = st.integers(0, 5)


class Office(RuleBasedStateMachine):
    """One run, in a transaction that is taken back at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.run = transaction.atomic()
        self.run.__enter__()
        self.world: World = pickle.loads(CAST[0])
        self.cases: list[Case] = []
        self.told: list[tuple[Case, Any, State | None]] = []  # what a report said, and when
        self.cases.append(dispute(self.world))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.run.__exit__(None, None, None)

    # --- what happens -----------------------------------------------------------------
    @rule(writer=st.sampled_from(WRITERS), lamp=st.booleans())
    def register(self, writer: str, lamp: bool) -> None:
        make = event if lamp else dispute
        with refused():
            user = self.user(writer)
            self.cases.append(make(self.world, user, area_id=self.world.donghe1.pk))

    @rule(number=index, verb=st.sampled_from(MOVES), who=people, unit=units)
    def act(self, number: int, verb: Verb, who: str, unit: str) -> None:
        inputs = Inputs(
            note="有事说明", text="补充一句", reason=REASONS.get(verb, ""),
            unit_id=getattr(self.world, unit).pk, user_id=self.world.mei.pk,
            until=database_now() + timedelta(days=3),
        )  # fmt: skip
        with refused():
            transitions.act(self.case(number).number, verb, actor=self.user(who), inputs=inputs)

    @rule(number=index)
    def holder_signs_or_returns(self, number: int) -> None:
        """Somebody of the unit responsible takes the next step: random people seldom do."""
        case = Case.objects.get(pk=self.case(number).pk)
        rows = Posting.objects.running().filter(unit=case.holder_unit_id).order_by("pk")
        for posting in rows[:1]:
            with refused():
                transitions.act(case.number, Verb.SIGN, actor=User.objects.get(pk=posting.user_id))

    @rule(number=index)
    def a_deadline_passes(self, number: int) -> None:
        case = Case.objects.get(pk=self.case(number).pk)
        clock = case.clocks.filter(next_at__isnull=False).order_by("next_at").first()
        if clock is not None:
            escalation.sweep("test", now=clock.next_at + timedelta(seconds=1))

    @rule(who=people)
    def a_posting_ends(self, who: str) -> None:
        for posting in Posting.objects.running().filter(user=self.user(who)).order_by("pk")[:1]:
            with refused():
                end_posting(posting, oracle.today())

    @rule(who=people, unit=units)
    def somebody_is_posted(self, who: str, unit: str) -> None:
        place = getattr(self.world, unit)
        role = Role.GRID_WORKER if unit == "donghe1_team" else Role.HANDLER
        with refused():
            post(self.user(who), role, place, place.area, oracle.today())

    @rule(who=people, unit=units, days=st.integers(1, 3))
    def a_substitute_was_there(self, who: str, unit: str, days: int) -> None:
        place, day = getattr(self.world, unit), oracle.today()
        with refused():
            post(self.user(who), Role.HANDLER, place, place.area, day - timedelta(days=days),
                 ended_on=day)  # fmt: skip

    @rule(number=index, who=people)
    def somebody_is_kept_away(self, number: int, who: str) -> None:
        case, now = self.case(number), database_now()
        Recusal.objects.get_or_create(
            case=case, user=self.user(who), until=None,
            defaults={"tenant_id": case.tenant_id, "since": now},
        )  # fmt: skip

    @rule(number=index, who=people)
    def somebody_is_let_back(self, number: int, who: str) -> None:
        rows = Recusal.objects.filter(case=self.case(number), user=self.user(who), until=None)
        rows.update(until=database_now())

    # --- what always holds ------------------------------------------------------------
    @invariant()
    def no_open_case_is_without_a_running_holder(self) -> None:
        for case in Case.objects.filter(closed_at=None).select_related("holder_unit"):
            assert case.holder_unit is not None and case.holder_unit.valid_to is None, case
            assert case.due_at is not None, case

    @invariant()
    def nobody_reads_beyond_the_scope(self) -> None:
        cases, plain = list(Case.objects.all()), oracle.Plain()
        for name in PEOPLE:
            user = self.user(name)
            seen = set(Case.objects.visible_to(user).values_list("pk", flat=True))
            for case in cases:
                assert (case.pk in seen) == plain.sees(user, case), (name, case.number)

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

    def user(self, name: str) -> User:
        """Fresh from the database: posts are read once for each object."""
        return User.objects.get(pk=self.world.people[name].pk)


class refused(transaction.Atomic):  # noqa: N801 - reads like a word
    """A step that a rule may refuse: then nothing of it stays."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        super().__exit__(kind, error, trace)
        return isinstance(error, BrokenRule)


def test_random_runs(cast: bytes, world: World) -> None:
    CAST[:] = [cast]
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_the_oracle_walks_upward(world: World) -> None:
    found = oracle.Plain().upward(world.donghe1a.pk)
    assert found[:3] == [world.donghe1a.pk, world.donghe1.pk, world.donghe.pk]
