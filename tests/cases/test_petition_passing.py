"""Whom a petition matter is passed on to: bodies that may decide one, at one's level or below."""

import pytest

from cases import offers
from cases.models import Case
from cases.rules.procedure import UNABLE
from cases.rules.terms import Need, Status, Verb
from grids.errors import BadInput
from grids.models import Unit, UnitKind
from grids.roles import UnitKindCode
from grids.units import open_unit
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import do, in_days
from tests.cases.petitions import at, forwarded, lodged
from tests.world import SINCE, World


def offered(case: Case, world: World, user: str = "pan", search: str = "") -> set[int]:
    groups = offers.units(case, world.people[user], Need.UNIT, search, "")
    return {int(pk) for _, pairs in groups for pk, _ in pairs}


def one_of_each_kind(world: World) -> dict[str, Unit]:
    """A unit of every kind in the township, opened where there is none."""
    found = {unit.kind_id: unit for unit in world.qingshi.units.current()}
    for kind in UnitKind.objects.filter(valid_to=None):
        if kind.code not in found:
            found[kind.code] = open_unit(
                area=world.qingshi, kind=kind.code, name=f"青石镇{kind.name}", valid_from=SINCE
            )
    return found


def test_list_and_door_agree_on_every_kind_of_body(world: World) -> None:
    case, units = lodged(world), one_of_each_kind(world)
    able = {code for code, unit in units.items() if unit.pk in offered(case, world)}
    assert able == {
        "governance_centre", "government", "justice_office", "police_station", "petition_office",
        "department",
    }  # fmt: skip
    assert set(UnitKindCode.values()) - able == UNABLE
    until = in_days(9)
    for code in set(units) - able:
        for verb in (Verb.FORWARD, Verb.ENTRUST):
            with pytest.raises(BadInput) as refusal:
                do(case, verb, world.people["pan"], unit_id=units[code].pk, note="办", until=until)
            assert refusal.value.field == "unit", code
        assert units[code].pk not in offered(case, world, search=units[code].name)
    assert do(case, Verb.FORWARD, world.people["pan"], unit_id=units["government"].pk).status == (
        Status.FORWARDED
    )


def test_down_or_beside_and_up_to_a_petition_office_only(world: World) -> None:
    case = lodged(world, world.ouyang)
    assert case.holder_unit == world.qingshi_centre
    assert world.hubin_petition.pk in offered(case, world, "ouyang")
    for unit in (world.hubin_government, world.hubin_centre, world.liulin_centre):
        assert unit.pk not in offered(case, world, "ouyang", unit.name)
        with pytest.raises(BadInput, match="own level or below") as refusal:
            do(case, Verb.FORWARD, world.ouyang, unit_id=unit.pk)
        assert refusal.value.field == "unit"
    case = do(case, Verb.FORWARD, world.ouyang, unit_id=world.hubin_petition.pk)
    assert case.holder_unit == world.hubin_petition


def test_who_objected_is_not_offered_again(world: World) -> None:
    case = at(world, Status.OBJECTED)
    assert world.land_office.pk not in offered(case, world)
    assert world.qingshi_justice.pk in offered(case, world)
    assert world.land_office.pk in offered(lodged(world), world)


def test_the_other_kinds_of_matter_keep_their_lists(world: World) -> None:
    case = forwarded(world)
    helpers = offers.units(case, world.han, Need.CO_UNIT, "", "")
    assert world.donghe_mediation.pk in {int(pk) for _, pairs in helpers for pk, _ in pairs}


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "decides no petition matters"), ("zh-hans", "无权处理信访事项")],
)
def test_the_page_says_it_at_the_field_and_keeps_what_was_typed(
    world: World, language: str, told: str
) -> None:
    case = lodged(world)
    answer = at_desk(world.people["pan"], language).post(
        f"/case/{case.number}/act/forward/",
        {"unit": world.donghe_mediation.pk, "note": "请依法办理", "rev": case.last_seq},
    )
    assert answer.status_code == 422
    assert told in text_of(answer) and "请依法办理" in answer.content.decode()
    case.refresh_from_db()
    assert case.status == Status.LODGED
