"""Which whole cases open to a leader: those the leader owns or supervises, and no others."""

from cases.models import Assignment, Case, CaseUnit
from cases.transitions import database_now
from grids.models import Unit, User
from grids.roles import Role, UnitKindCode
from tests.cases.matters import dispute
from tests.world import World


def supervise(case: Case, unit: Unit) -> CaseUnit:
    return CaseUnit.objects.create(
        case=case, tenant=case.tenant, unit=unit, part="supervisor", since=database_now()
    )


def seen(user: User) -> list[str]:
    return [case.number for case in Case.objects.visible_to(user)]


def test_a_leader_sees_no_case_of_the_area_by_itself(world: World) -> None:
    dispute(world)
    assert seen(world.ling) == []


def test_a_leader_sees_what_the_unit_supervises_while_it_does(world: World) -> None:
    case = dispute(world)
    dispute(world)
    part = supervise(case, world.hubin_government)
    assert seen(world.ling) == [case.number]
    part.until = database_now()
    part.save()
    assert seen(world.ling) == []


def test_other_parts_of_the_unit_open_nothing_to_its_leader(world: World) -> None:
    case = dispute(world)
    part = supervise(case, world.hubin_government)
    for other in ("reader", "co_handler", "co_responsible"):
        part.part = other
        part.save()
        assert seen(world.ling) == []


def test_a_leader_sees_what_names_them_while_it_does(world: World) -> None:
    case = dispute(world)
    named = Assignment.objects.create(
        case=case, tenant=case.tenant, user=world.ling, task="handle", since=database_now()
    )
    assert seen(world.ling) == [case.number]
    named.until = database_now()
    named.save()
    assert seen(world.ling) == []


def test_a_leader_sees_what_the_unit_holds(world: World) -> None:
    """四级七天 ends with the leaders of the township: then the case is theirs."""
    unit = world.unit(world.qingshi, UnitKindCode.GOVERNMENT)
    boss = world.person("boss", Role.LEADER, unit)
    case = dispute(world)
    Case.objects.filter(pk=case.pk).update(holder_unit=unit)
    assert seen(boss) == [case.number]
    assert seen(world.ling) == []


def test_a_recused_leader_sees_nothing(world: World) -> None:
    case = dispute(world)
    supervise(case, world.hubin_government)
    case.recusals.create(tenant=case.tenant, user=world.ling, since=database_now())
    assert seen(world.ling) == []
