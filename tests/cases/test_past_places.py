"""A past date is never changed: tree, names and counts of each day stay what they were."""

from collections.abc import Callable
from datetime import date

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import past
from cases.clocks import ZONE
from cases.models import Case
from cases.reorganising import reorganise
from cases.rules.workflow import Verb
from grids import asof
from grids.errors import BadInput, BrokenRule
from grids.models import Area, User
from grids.restructuring import Order, Part
from grids.roles import AreaChangeKind, Level, Role
from tests.cases.matters import dispute, do, in_days
from tests.cases.test_reorganising import sound
from tests.world import World

K = AreaChangeKind


def day(days: int) -> date:
    return in_days(days).astimezone(ZONE).date()


def everything(world: World, on: date) -> tuple[list[asof.PlaceThen], dict[int, int]]:
    """The whole tree and all counts of a day, as any report of it would show them."""
    level, places = [world.city.pk], []
    while level:
        found = asof.children(level, on)
        places += found
        level = [one.id for one in found]
    return places, past.open_then([world.lb.pk, world.ns.pk], on)


def named(places: list[asof.PlaceThen]) -> set[tuple[int, str, int | None, str]]:
    return {(one.id, one.name, one.parent_id, one.number) for one in places}


def test_a_day_before_a_merger_shows_the_villages_of_that_day(world: World) -> None:
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    case = dispute(world)
    places, counts = everything(world, day(0))
    assert counts[world.donghe.pk] == counts[world.qingshi.pk] == counts[world.city.pk] == 1
    order = Order(K.MERGE, (world.donghe.pk, world.dukou.pk), name="河口村")
    reorganise(xi, order, now=in_days(3))
    then, still = everything(world, day(0))
    assert (named(then), still) == (named(places), counts)
    assert [one.name for one in asof.children([world.qingshi.pk], day(2))] == ["东河村", "石桥村"]
    assert [one.name for one in asof.children([world.qingshi.pk], day(3))] == ["石桥村", "河口村"]
    new = Area.objects.get(name="河口村")
    assert past.open_then([world.lb.pk], day(3))[new.pk] == 1
    known = asof.with_ancestors([world.dukou1.pk], day(2))
    assert [one.name for one in asof.chain(world.dukou1.pk, known)] == [
        "湖滨市", "湖滨区", "柳林镇", "渡口村", "第1网格",
    ]  # fmt: skip
    sound(case)


def test_who_may_look_at_a_place_as_it_was(world: World) -> None:
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    reorganise(xi, Order(K.MOVE, (world.dukou.pk,), target=world.qingshi.pk), now=in_days(1))
    bao = User.objects.get(pk=world.bao.pk)
    assert asof.seen_by(bao, world.dukou.pk, day(0))
    assert not asof.seen_by(bao, world.dukou.pk, day(1))
    assert not asof.seen_by(bao, world.yunling.pk, day(0))


# --- any sequence of reorganisations -----------------------------------------------------
Maker = Callable[[list[Area], int, int], Order]
MAKERS: dict[str, Maker] = {
    "move": lambda all, i, j: Order(K.MOVE, (all[i].pk,), target=all[j].pk),
    "merge": lambda all, i, j: Order(K.MERGE, (all[i].pk,), target=all[j].pk),
    "into new": lambda all, i, j: Order(K.MERGE, (all[i].pk, all[j].pk), name=f"合{i}{j}村"),
    "rename": lambda all, i, j: Order(K.RENAME, (all[i].pk,), name=f"名{i}{j}村"),
    "split": lambda all, i, j: Order(
        K.SPLIT, (all[i].pk,),
        parts=(Part(f"分{i}{j}村", tuple(one.pk for one in all if one.parent_id == all[i].pk)),),
        ceases=bool(j % 2),
    ),
    "close": lambda all, i, j: Order(K.CLOSE, (all[i].pk,)),
}  # fmt: skip
STEPS = st.tuples(st.sampled_from(sorted(MAKERS)), st.integers(0, 40), st.integers(0, 40))


@settings(
    max_examples=10, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(STEPS, min_size=2, max_size=6))
def test_no_sequence_of_changes_alters_a_past_day_or_loses_a_case(
    world: World, steps: list[tuple[str, int, int]]
) -> None:
    point = transaction.savepoint()
    try:
        run(world, steps)
    finally:
        transaction.savepoint_rollback(point)
        vars(world.gao).pop("posts", None)


def run(world: World, steps: list[tuple[str, int, int]]) -> None:
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    world.people.pop("xi")
    raised = dispute(world)
    do(raised, Verb.SIGN, world.gao)
    do(raised, Verb.RAISE, world.gao, reason="beyond_power", note="牵涉多户")
    closed = dispute(world)
    do(closed, Verb.SIGN, world.gao)
    do(closed, Verb.REFUSE, world.gao, note="告知可以起诉")
    cases = [raised, dispute(world), dispute(world, world.shui, area_id=world.dukou1.pk)]
    kept = Case.objects.filter(pk=closed.pk).values().get()
    seen = {day(0): everything(world, day(0))}
    for number, (kind, i, j) in enumerate(steps, start=1):
        places = list(
            Area.objects.within(world.hubin).current().filter(level__gte=Level.TOWNSHIP)
            .order_by("pk")
        )  # fmt: skip
        order = MAKERS[kind](places, i % len(places), j % len(places))
        try:
            reorganise(xi, order, now=in_days(number))
        except BrokenRule as refusal:
            assert isinstance(refusal, BadInput)
        sound(*cases, closed)
        for on, (tree, counts) in seen.items():
            then, still = everything(world, on)
            assert (named(then), still) == (named(tree), counts), on
        on = day(number)
        seen[on] = everything(world, on)
        assert seen[on][1][world.hubin.pk] == len(cases)
    assert Case.objects.filter(pk=closed.pk).values().get() == kept
