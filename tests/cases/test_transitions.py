"""Every arrow of the workflow table, taken and refused; the cases are made of the table itself."""

from datetime import datetime

import pytest
from django.db import connection
from django.db.models import Min

from cases import transitions
from cases.models import Case
from cases.rules.workflow import (
    RESIDENT_VERBS,
    STEPS,
    SYSTEM_VERBS,
    Kind,
    Need,
    Status,
    Step,
    Verb,
)
from cases.verification import verify_case
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from tests.cases import petitions
from tests.cases.matters import do, in_days
from tests.cases.stages import (
    MISSING,
    at,
    filled,
    person,
    prepare,
    reachable,
    registered,
    seers,
    undone,
)
from tests.world import World

# Requests share the events' arrows object by object, so two kinds stand for three.
KINDS = (Kind.DISPUTE, Kind.EVENT)
PEOPLES = {
    kind: [step for step in STEPS[kind] if step.verb not in SYSTEM_VERBS | RESIDENT_VERBS]
    for kind in KINDS
}
STAGES = [
    pytest.param(kind, status, id=f"{kind}-{status}")
    for kind in KINDS
    for status in reachable(kind)
]


def same_everywhere() -> dict[str, tuple[int, str]]:
    """Rows and a digest of every table of ours: equal when nothing was written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            " AND table_type = 'BASE TABLE' AND table_name ~ '^(cases|grids)_'"
        )
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} AS t"
            )
            found[table] = cursor.fetchone()
    return found


def test_requests_take_the_events_arrows() -> None:
    assert STEPS[Kind.REQUEST] is STEPS[Kind.EVENT]


def arrows(kind: Kind, status: Status) -> list[Step]:
    """The arrows people may take from ``status``."""
    return [step for step in PEOPLES[kind] if status in step.sources]


@pytest.mark.parametrize(("kind", "status"), STAGES)
def test_an_arrow_is_taken_by_each_stand_it_names(world: World, kind: Kind, status: Status) -> None:
    original = at(world, kind, status)
    for step in arrows(kind, status):
        for stand in sorted(step.stands):
            with undone():
                case = Case.objects.get(pk=original.pk)
                prepare(world, case, step.verb)
                actor = person(world, case, step, stand)
                case = do(case, step.verb, actor, **filled(world, case, step.verb))
                case.refresh_from_db()
                last = case.events.last()
                assert last is not None and last.seq == original.last_seq + 1
                assert (last.verb, last.actor_id, last.source, last.target, case.status) == (
                    step.verb, actor.pk, status, step.target or status, step.target or status,
                ), f"{step.verb} by {stand}"  # fmt: skip
                assert verify_case(case) == [], f"{step.verb} by {stand}"
                assert case.due_at == expected_due(case), f"{step.verb} by {stand}"


def expected_due(case: Case) -> datetime | None:
    """The review day of a suspension, else the earliest deadline that runs, else nothing."""
    due: datetime | None = case.clocks.aggregate(due=Min("step_due_at"))["due"]
    return case.review_at or due


def test_every_arrow_of_the_table_was_meant() -> None:
    """The stages above reach every source the table names, except statuses of another kind."""
    for kind in KINDS:
        named = set().union(*(step.sources for step in STEPS[kind]))
        unreachable = {Status.ENDED} if kind is Kind.EVENT else set()
        assert named - set(reachable(kind)) == unreachable


@pytest.mark.parametrize(("kind", "status"), STAGES)
def test_a_wrong_stand_is_told_403_and_nothing_is_written(
    world: World, kind: Kind, status: Status
) -> None:
    case = at(world, kind, status)
    before, people = same_everywhere(), seers(world, case)
    for step in STEPS[kind]:
        if status in step.sources:
            for actor in [user for user, stands in people if not stands & step.stands]:
                with pytest.raises(NotAllowed) as refusal:
                    do(case, step.verb, actor, **ANYTHING)
                assert refusal.value.http_status == 403
    assert same_everywhere() == before


@pytest.mark.parametrize(("kind", "status"), STAGES)
def test_a_wrong_status_is_told_409_and_nothing_is_written(
    world: World, kind: Kind, status: Status
) -> None:
    case = at(world, kind, status)
    before, people = same_everywhere(), seers(world, case)
    refused = 0
    for step in PEOPLES[kind]:
        if status not in step.sources:
            for actor in [user for user, stands in people if stands & step.stands]:
                with pytest.raises(WrongState) as refusal:
                    do(case, step.verb, actor, **ANYTHING)
                assert refusal.value.http_status == 409
                refused += 1
    assert same_everywhere() == before
    assert refused > 10


@pytest.mark.parametrize("kind", KINDS)
def test_outside_the_area_every_verb_is_told_404(world: World, kind: Kind) -> None:
    case = at(world, kind, Status.REGISTERED)
    case.recusals.create(tenant_id=case.tenant_id, user=world.cun, since=case.registered_at)
    before = same_everywhere()
    for actor in (world.bao, world.du, world.shui, world.wai, world.ling, world.dou, world.cun):
        # A leader orders what may be counted, see test_ordering.py.
        leads = actor is world.ling
        for verb in (verb for verb in Verb if not (leads and verb is Verb.ORDER)):
            with pytest.raises(NotVisible) as refusal:
                do(case, verb, actor, **ANYTHING)
            assert refusal.value.http_status == 404
    with pytest.raises(NotVisible):
        transitions.act("LB2026-999999", Verb.SIGN, actor=world.su)
    assert same_everywhere() == before


@pytest.mark.parametrize(("kind", "status"), STAGES)
def test_what_is_missing_is_told_422_with_its_field(
    world: World, kind: Kind, status: Status
) -> None:
    case = at(world, kind, status)
    attempts = []
    for step in arrows(kind, status):
        prepare(world, case, step.verb)
        actor = person(world, case, step, sorted(step.stands)[0])
        inputs = filled(world, case, step.verb)
        # The rest may stay empty: a remark, a first session, the same category or place.
        needs = MISSING.keys() & step.needs
        if step.verb == Verb.MEDIATE:
            needs -= {Need.SESSION}
        attempts += [(step.verb, actor, inputs, *MISSING[need]) for need in needs]
    before = same_everywhere()
    for verb, actor, inputs, field, missing in attempts:
        with pytest.raises(BadInput) as refusal:
            do(case, verb, actor, **inputs | missing)
        assert (refusal.value.http_status, refusal.value.field) == (422, field), verb
    assert same_everywhere() == before


def test_every_need_is_asked_for_or_may_stay_empty() -> None:
    optional = {Need.OPTIONAL_NOTE, Need.CATEGORY, Need.PLACE, Need.AGREEMENT, Need.SUCCESSOR,
                Need.EVIDENCE, Need.SERVICE}  # fmt: skip
    assert set(Need) == set(MISSING) | set(petitions.MISSING) | optional


NAMES = ("unit", "user", "area", "days")
ANYTHING = {"note": "说明", "text": "文字", "channel": "call", "result": "kept"}


@pytest.mark.parametrize(
    ("verb", "change", "field"),
    [
        (Verb.TRANSFER, {"unit_id": 10**12}, "unit"),
        (Verb.TRANSFER, {"unit": "qingshi_centre"}, "unit"),  # has it already
        (Verb.TRANSFER, {"unit": "nanshan_centre"}, "unit"),  # another customer
        (Verb.HAND_DOWN, {"unit": "qingshi_justice"}, "unit"),  # beside, not below
        (Verb.HAND_DOWN, {"unit": "dukou_committee"}, "unit"),  # below somebody else
        (Verb.HAND_DOWN, {"days": -1}, "until"),
        (Verb.CO_HANDLE, {"unit": "qingshi_police"}, "unit"),  # helps already
        (Verb.END_CO_HANDLE, {"unit": "qingshi_justice"}, "unit"),  # does not help
        (Verb.ASSIGN, {"user": "bao"}, "user"),
        (Verb.SUSPEND, {"days": 91}, "until"),
        (Verb.SUSPEND, {"days": -1}, "until"),
        (Verb.SUSPEND, {"reason": "张三不肯签字"}, "reason"),
        (Verb.RETURN, {"reason": "beyond_power"}, "reason"),  # of another verb's list
        (Verb.RAISE, {"reason": "x" * 200}, "reason"),
        (Verb.TELL, {"channel": "rumour"}, "channel"),
        (Verb.TELL, {"party_id": 10**12}, "party"),
        (Verb.RECLASSIFY, {"category": "Z99"}, "category"),
        (Verb.RECLASSIFY, {"category": "E03"}, "category"),  # of another kind
        (Verb.RECLASSIFY, {"area": "songpo1"}, "area"),  # another customer
        (Verb.MERGE, {"other": "NS2026-000001"}, "other"),
        (Verb.LINK, {"other": "self"}, "other"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(
    world: World, verb: Verb, change: dict[str, object], field: str
) -> None:
    case = do(registered(world, Kind.DISPUTE), Verb.SIGN, world.people["kai"])
    named = {
        key + "_id": getattr(world, str(change[key])).pk
        for key in ("unit", "user", "area")
        if key in change
    }
    if "days" in change:
        named["until"] = in_days(int(str(change["days"])))
    rest = {
        key: value for key, value in change.items() if key not in ("unit", "user", "area", "days")
    }
    if rest.get("other") == "self":
        rest["other"] = case.number.lower()
    inputs = filled(world, case, verb) | named | rest
    before = same_everywhere()
    with pytest.raises(BadInput) as refusal:
        do(case, verb, world.people["kai"], **inputs)
    assert refusal.value.field == field
    assert same_everywhere() == before
