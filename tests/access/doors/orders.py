"""Doors of supervision from a list: whom an order without opening the matter is open to."""

import pytest

from cases import orders
from cases.models import SupervisionOrder
from cases.rules.workflow import Verb
from grids.errors import NotVisible
from tests.access.doors import guards
from tests.cases.matters import climb, dispute, do
from tests.cases.ordering import by_leader
from tests.world import World


@guards("cases/transitions.py found_for countable_by")
def an_order_for_a_matter_elsewhere(world: World) -> None:
    case = climb(dispute(world), 2)
    with pytest.raises(NotVisible):
        by_leader(world.wai, case)
    by_leader(world.ling, case)


@guards("cases/orders.py orderable countable_by")
def matters_a_leader_may_order_on(world: World) -> None:
    case = climb(dispute(world), 2)
    assert orders.orderable(world.ling, [case.pk], []) == {case.pk}
    type(case).objects.filter(pk=case.pk).update(restricted=True)
    assert orders.orderable(world.ling, [case.pk], []) == set()


@guards("cases/orders.py newest_of")
def an_order_on_a_matter_one_may_not_open(world: World) -> None:
    case = climb(dispute(world), 2)
    do(case, Verb.ORDER, world.su, reason="shirking", note="请查清")
    SupervisionOrder.objects.update(issuer=world.hubin_government)
    assert orders.newest_of(world.su, case) is None
    assert orders.newest_of(world.ling, case) is None
