"""A later edition of the list: read in, compared, decided on and carried out, or refused."""

from datetime import date

import pytest

from cases import editions, tasks
from cases.editions import Choice
from cases.models import CaseEvent
from cases.rules.workflow import Verb
from grids import edition_reading
from grids.csvfile import BadFile
from grids.edition_reading import Reading
from grids.editions import compare_edition, discard
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import (
    Area,
    AreaEdition,
    AreaPast,
    AreaSuccession,
    Change,
    EditionChange,
    EditionLine,
    Unit,
    User,
)
from grids.models.edition import ChangeState
from grids.roles import Role, UnitKindCode
from tests.cases.matters import dispute
from tests.world import World

HEAD = "code,name,level,parent_code"
# 湖滨区 as its codes were given in the tree, and what a later edition says of it.
CODES = {
    "湖滨区": "350203000000", "青石镇": "350203101000", "柳林镇": "350203102000",
    "东河村": "350203101201", "石桥村": "350203101202", "渡口村": "350203102201",
}  # fmt: skip
LATER = (
    "350203000000,湖滨区,3,",
    "350203101000,青石镇,4,350203000000",
    "350203102000,柳林街道,4,350203000000",  # renamed
    "350203101201,东河村,5,350203101000",
    "350203102202,石桥村,5,350203102000",  # moved
    "350203102203,新桥村,5,350203102000",  # new; 渡口村 is gone
)
ACCEPT, REFUSE = Choice(ChangeState.ACCEPTED), Choice(ChangeState.REFUSED)


@pytest.fixture
def xi(world: World) -> User:
    """System administrator of 湖滨区, whose places have the codes of 2023."""
    for name, code in CODES.items():
        Area.objects.filter(name=name).update(code=code, code_system="NBS", code_year=2023)
    return world.person("xi", Role.SYS_ADMIN, world.hubin_government)


def table(*lines: str) -> bytes:
    return "\n".join((HEAD, *lines)).encode()


def read_in(user: User, *lines: str, system: str = "NBS", year: int = 2024) -> AreaEdition:
    root = Area.objects.get(name="湖滨区")
    reading = Reading(system, year, root, root_code="", document="国统字1号", reader=user)
    edition = edition_reading.read_table(reading, "2024.csv", table(*(lines or LATER)))
    compare_edition(edition)
    return edition


@pytest.fixture
def edition(xi: User) -> AreaEdition:
    return read_in(xi)


def told(edition: AreaEdition) -> set[str]:
    rows = EditionChange.objects.filter(edition=edition)
    return {f"{row.kind} {row.old_name or row.new_name}" for row in rows}


def one(edition: AreaEdition, kind: str) -> EditionChange:
    return EditionChange.objects.get(edition=edition, kind=kind)


def accept_all(user: User, edition: AreaEdition) -> int:
    return editions.decide(user, edition, editions.changes_for(user, edition), ACCEPT)


# --- reading and comparing ------------------------------------------------------------------
def test_an_edition_says_what_is_new_gone_renamed_and_moved(edition: AreaEdition) -> None:
    assert told(edition) == {"renamed 柳林镇", "moved 石桥村", "new 新桥村", "gone 渡口村"}
    moved = one(edition, "moved")
    assert (moved.old_parent, moved.new_parent) == ("青石镇", "柳林街道")
    assert (moved.old_code, moved.new_code) == ("350203101202", "350203102202")
    assert one(edition, "new").place == Area.objects.get(name="柳林镇")
    assert (edition.state, edition.lines_read) == ("compared", 6)


def test_reading_changes_nothing_and_comparing_twice_finds_nothing_more(
    world: World, xi: User
) -> None:
    before = list(Area.objects.order_by("pk").values())
    edition = read_in(xi)
    rows = list(EditionChange.objects.order_by("pk").values())
    compare_edition(edition)
    assert list(EditionChange.objects.order_by("pk").values()) == rows
    assert list(Area.objects.order_by("pk").values()) == before


def test_across_code_systems_no_code_is_believed(world: World, xi: User) -> None:
    """The same codes, of another system: only names under paired parents pair."""
    edition = read_in(xi, *LATER, system="MCA", year=2020)
    assert told(edition) == {
        "recoded 湖滨区", "recoded 青石镇", "recoded 东河村",
        "gone 柳林镇", "gone 石桥村", "gone 渡口村",
        "new 柳林街道", "new 石桥村", "new 新桥村",
    }  # fmt: skip
    assert not EditionChange.objects.exclude(state="waiting").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"year": 2023}, "year"),
        ({"year": 1900}, "year"),
        ({"system": "编码"}, "system"),
        ({"root_code": "350299000000"}, "root_code"),
    ],
)
def test_what_cannot_be_an_edition_is_refused_at_its_field(
    world: World, xi: User, change: dict[str, object], field: str
) -> None:
    reading = Reading(**{"system": "NBS", "year": 2024, "root": world.hubin} | change)  # type: ignore[arg-type]
    world.hubin.refresh_from_db()
    with pytest.raises(BadInput) as refused:
        edition_reading.read_table(reading, "x.csv", table(*LATER))
    assert refused.value.field == field and not AreaEdition.objects.exists()


def test_bad_lines_are_all_named_and_nothing_is_kept(world: World, xi: User) -> None:
    world.hubin.refresh_from_db()
    lines = (
        *LATER, LATER[3], "35020310120,短,5,350203101000", "350203101203,,5,350203101000",
        "350203101204,别处村,5,350299101000", "350203101000,错级,5,350203000000",
    )  # fmt: skip
    with pytest.raises(BadFile) as refused:
        edition_reading.read_table(Reading("NBS", 2024, world.hubin), "x.csv", table(*lines))
    assert [row.line for row in refused.value.rows] == [8, 9, 10, 11, 12]
    assert not AreaEdition.objects.exists()


def test_the_same_edition_is_read_in_once_until_it_is_discarded(
    xi: User, edition: AreaEdition
) -> None:
    with pytest.raises(BadInput, match="there already"):
        read_in(xi)
    discard(edition)
    assert not EditionLine.objects.exists() and edition.state == "discarded"
    assert told(read_in(xi))


# --- who ------------------------------------------------------------------------------------
def test_only_the_administrator_of_the_place_sees_and_decides(
    world: World, edition: AreaEdition
) -> None:
    other = world.person("xu", Role.SYS_ADMIN, world.unit(world.nanshan, UnitKindCode.GOVERNMENT))
    with pytest.raises(NotVisible):
        editions.edition_for(other, edition.pk)
    assert not editions.changes_for(other, edition).exists()
    with pytest.raises(NotAllowed):
        editions.edition_for(world.su, edition.pk)
    low = world.person("zhen", Role.SYS_ADMIN, world.qingshi_government)
    assert {row.old_name for row in editions.changes_for(low, edition)} == {"石桥村"}


def test_a_post_that_ended_carries_nothing_out(
    world: World, xi: User, edition: AreaEdition
) -> None:
    accept_all(xi, edition)
    EditionChange.objects.update(state="ordered", ordered_by=xi)
    world.posting(xi).__class__.objects.filter(user=xi).update(ended_on=date(2026, 1, 1))
    tasks.apply_editions()
    assert not EditionChange.objects.filter(state="applied").exists()
    assert one(edition, "renamed").problem


# --- carrying out ---------------------------------------------------------------------------
def test_what_is_accepted_becomes_part_of_the_tree_with_its_past(
    world: World, xi: User, edition: AreaEdition
) -> None:
    case = dispute(world, area_id=world.dukou1.pk, actor=world.shui)
    assert accept_all(xi, edition) == 4
    assert editions.order(xi, edition) == 4
    assert set(EditionChange.objects.values_list("state", flat=True)) == {"applied"}
    liulin = Area.objects.get(pk=world.liulin.pk)
    assert (liulin.name, liulin.code, liulin.code_year) == ("柳林街道", "350203102000", 2024)
    shiqiao = Area.objects.get(pk=world.shiqiao.pk)
    assert (shiqiao.parent_id, shiqiao.code) == (liulin.pk, "350203102202")
    new = Area.objects.get(name="新桥村")
    assert new.parent == liulin and new.tenant == world.lb and new.path.startswith(liulin.path)
    assert Unit.objects.filter(area=new).exists()
    assert not Area.objects.current().filter(pk=world.dukou.pk).exists()
    assert AreaSuccession.objects.get(predecessor=world.dukou).successor == liulin
    past = AreaPast.objects.get(area=world.shiqiao)
    assert (past.code, past.code_year, past.document) == ("350203101202", 2023, "国统字1号")
    case.refresh_from_db()
    assert case.area_id == liulin.pk
    assert CaseEvent.objects.filter(case=case, verb=Verb.REORGANISE).count() == 1
    assert set(Area.objects.current().exclude(code="").values_list("code_year", flat=True)) == {
        2024
    }
    for change in EditionChange.objects.all():
        assert Change.objects.get(pk=change.event).subject_id == change.result_id


def test_gone_into_another_place_hands_everything_to_it(
    world: World, xi: User, edition: AreaEdition
) -> None:
    gone = one(edition, "gone")
    case = dispute(world, area_id=world.dukou1.pk, actor=world.shui)
    with pytest.raises(BadInput):
        editions.heir_for(xi, gone, world.songpo.pk)
    heir = editions.heir_for(xi, gone, world.donghe.pk)
    rows = editions.changes_for(xi, edition).filter(pk=gone.pk)
    editions.decide(xi, edition, rows, Choice(ChangeState.ACCEPTED, heir))
    editions.order(xi, edition)
    case.refresh_from_db()
    assert AreaSuccession.objects.get(predecessor=world.dukou).successor == world.donghe
    assert case.village_id == world.donghe.pk and case.area.name.startswith("第")


def test_a_village_that_became_a_community_stays_the_same_place(
    world: World, xi: User, edition: AreaEdition
) -> None:
    """渡口村 is gone and 新桥村 is new under the same street: a person says they are one."""
    gone, new = one(edition, "gone"), one(edition, "new")
    assert [twin.pk for twin in editions.twins_for(xi, gone)] == [new.pk]
    with pytest.raises(WrongState):
        editions.join(xi, gone, one(edition, "moved").pk + 1000)
    with pytest.raises(BadInput):
        editions.join(xi, gone, one(edition, "moved").pk)
    editions.join(xi, gone, new.pk)
    editions.order(xi, edition)
    same = Area.objects.get(pk=world.dukou.pk)
    assert (same.name, same.code, same.valid_to) == ("新桥村", "350203102203", None)
    assert AreaPast.objects.get(area=same).name == "渡口村" and not AreaSuccession.objects.exists()
    gone.refresh_from_db()
    assert (gone.kind, gone.state, gone.decided_by) == ("renamed", "applied", xi)
    assert Change.objects.filter(subject="edition", action="join").count() == 1


def test_what_is_refused_stays_and_keeps_the_old_year(
    world: World, xi: User, edition: AreaEdition
) -> None:
    editions.decide(xi, edition, editions.changes_for(xi, edition), REFUSE)
    assert editions.order(xi, edition) == 0
    kept = Area.objects.get(pk=world.dukou.pk)
    assert kept.valid_to is None and kept.code_year == 2023
    assert Area.objects.get(pk=world.donghe.pk).code_year == 2024
    assert not AreaPast.objects.exists()


def test_a_new_place_waits_for_the_one_it_lies_in(world: World, xi: User) -> None:
    edition = read_in(
        xi, *LATER, "350203103000,北山镇,4,350203000000", "350203103201,北山村,5,350203103000"
    )
    rows = editions.changes_for(xi, edition)
    editions.decide(xi, edition, rows.filter(new_name="北山村"), ACCEPT)
    editions.order(xi, edition)
    waiting = rows.get(new_name="北山村")
    assert waiting.state == "accepted" and waiting.problem_values == {"place": "北山镇"}
    accept_all(xi, edition)
    editions.order(xi, edition)
    assert Area.objects.get(name="北山村").parent == Area.objects.get(name="北山镇")


def test_a_place_that_changed_since_is_left_for_a_person(
    world: World, xi: User, edition: AreaEdition
) -> None:
    Area.objects.filter(pk=world.liulin.pk).update(name="柳林新镇")
    accept_all(xi, edition)
    editions.order(xi, edition)
    renamed = one(edition, "renamed")
    assert renamed.state == "accepted" and renamed.problem.startswith("%(area)s has another name")
    assert Area.objects.get(pk=world.liulin.pk).name == "柳林新镇"


def test_a_worker_goes_on_where_another_stopped(
    world: World, xi: User, edition: AreaEdition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "AT_ONCE", 0)
    accept_all(xi, edition)
    assert editions.order(xi, edition) == 4
    assert editions.carry_out(xi, edition, seconds=0) == 0
    assert editions.next_of(xi, edition) == 1
    tasks.apply_editions()
    tasks.apply_editions()
    assert set(EditionChange.objects.values_list("state", flat=True)) == {"applied"}
    assert AreaSuccession.objects.count() == 2  # 渡口村 and its grid, once each


def test_the_preview_counts_what_the_change_does(
    world: World, xi: User, edition: AreaEdition
) -> None:
    dispute(world, area_id=world.dukou1.pk, actor=world.shui)
    rows = list(editions.changes_for(xi, edition).select_related("edition", "line"))
    before = editions.preview(xi, rows)
    assert (before.cases, before.grids) == (1, 1) and before.people == 2  # du and shui
    assert editions.preview(xi, [row for row in rows if row.kind == "new"]).cases == 0


def test_what_was_applied_or_discarded_is_not_decided_again(xi: User, edition: AreaEdition) -> None:
    accept_all(xi, edition)
    editions.order(xi, edition)
    assert editions.decide(xi, edition, editions.changes_for(xi, edition), REFUSE) == 0
    with pytest.raises(WrongState):
        discard(edition)
    AreaEdition.objects.filter(pk=edition.pk).update(state="read")
    edition.refresh_from_db()
    with pytest.raises(WrongState):
        accept_all(xi, edition)
