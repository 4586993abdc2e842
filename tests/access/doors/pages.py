"""Doors of the pages of cases: what a page finds for its reader."""

from io import BytesIO
from unittest import mock

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import handover, sealed_work
from cases.models import Attachment, Case
from cases.pages import act, areas, files, intake
from cases.pages.handover import CloseForm, open_matters
from cases.reorganising import reorganise
from cases.rules.sealing import SealedVerb
from cases.rules.workflow import Verb
from cases.transitions import database_now
from grids.models import User
from grids.restructuring import Order
from grids.roles import AreaChangeKind, Role
from tests.access.doors import guards
from tests.access.doors.cases import kept_away
from tests.cases.desk import at_desk
from tests.cases.matters import dispute, do
from tests.cases.sealed import accuse, liaisons
from tests.cases.test_intake_page import send
from tests.world import World


def desk(user: User) -> Client:
    return at_desk(User.objects.get(pk=user.pk))


@guards("cases/pages/act.py where_next")
def where_an_act_leads(world: World) -> None:
    case = dispute(world)
    assert case.number in act.where_next(world.gao, case)
    assert act.where_next(world.bao, case) == reverse("home")


# --- places -------------------------------------------------------------------------------
@guards("cases/pages/areas.py search")
def a_place_by_its_name(world: World) -> None:
    today = timezone.localdate()
    assert [one.name for one in areas.search(world.ouyang, "东河", today)] == ["东河村"]
    assert areas.search(world.ouyang, "渡口", today) == []


@guards("cases/pages/areas.py search visible_to 2")
def a_place_by_its_former_name(world: World) -> None:
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    reorganise(xi, Order(AreaChangeKind.RENAME, (world.dukou.pk,), name="新区社区"))
    today = timezone.localdate()
    assert areas.search(world.su, "渡口", today)
    assert areas.search(world.ouyang, "渡口", today) == []


@guards("cases/pages/areas.py visible")
def a_places_history(world: World) -> None:
    for place, status in ((world.donghe, 200), (world.dukou, 404)):
        url = reverse("cases:area", args=[place.pk])
        assert desk(world.ouyang).get(url).status_code == status


# --- files, intake, receipts --------------------------------------------------------------
@guards("cases/pages/files.py attachment")
def a_photo(world: World) -> None:
    case = dispute(world)
    row = Attachment.objects.create(
        case=case, tenant_id=case.tenant_id, uploaded_by=world.gao, at=database_now(),
        name="a.jpg", media_type="image/jpeg", size=4, sha256=bytes(32), storage_key="gone.jpg",
        state="ready",
    )  # fmt: skip
    url = reverse("cases:attachment", args=[case.number, row.public_id])
    with mock.patch.object(files, "open_ready", lambda row: BytesIO(b"\xff\xd8")):
        assert desk(world.gao).get(url).status_code == 200
        assert desk(world.bao).get(url).status_code == 404


@guards("cases/pages/files.py thumbnail")
def a_photo_in_small(world: World) -> None:
    case = dispute(world)
    row = Attachment.objects.create(
        case=case, tenant_id=case.tenant_id, uploaded_by=world.gao, at=database_now(),
        name="a.jpg", media_type="image/jpeg", size=4, sha256=bytes(32), storage_key="gone.jpg",
        state="ready",
    )  # fmt: skip
    url = reverse("cases:thumbnail", args=[case.number, row.public_id])
    with mock.patch.object(files, "open_small", lambda row: BytesIO(b"\xff\xd8")):
        assert desk(world.gao).get(url).status_code == 200
        assert desk(world.bao).get(url).status_code == 404


@guards("cases/pages/intake.py new")
def a_protected_matter_leaves_its_writer(world: World) -> None:
    answer = send(desk(world.gao), category_more="E09", text="孩子身上有伤")
    assert Case.objects.get().restricted and answer.status_code == 200


@guards("cases/pages/intake.py chosen_area")
def a_place_chosen_at_intake(world: World) -> None:
    assert intake.chosen_area(world.gao, str(world.donghe1.pk)) == world.donghe1
    assert intake.chosen_area(world.gao, str(world.dukou1.pk)) is None


@guards("cases/pages/intake.py receipt")
def a_receipt_of_a_case_out_of_sight(world: World) -> None:
    case = dispute(world)
    url = reverse("cases:receipt", args=[case.number])
    assert desk(world.gao).get(url).status_code == 200
    kept_away(world.gao, case)
    assert desk(world.gao).get(url).status_code == 404


# --- handing over -------------------------------------------------------------------------
@guards("cases/pages/handover.py end")
def ending_a_post_elsewhere(world: World) -> None:
    for who, status in (("han", 200), ("bao", 404)):
        url = reverse("office:end_post", args=[world.posting(world.people[who]).pk])
        assert desk(world.ouyang).get(url).status_code == status


@guards("cases/pages/handover.py offered")
def heirs_of_a_closing_unit(world: World) -> None:
    offered = CloseForm(world.ouyang, {}).offered()
    assert world.hubin_centre in offered and world.nanshan_centre not in offered


@guards("cases/pages/handover.py open_matters")
def what_a_post_leaves_behind(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)
    work = handover.work_of(world.posting(world.mei))
    assert open_matters(world.cun, work) == [case]
    assert open_matters(kept_away(world.cun, case), work) == []


# --- sealed -------------------------------------------------------------------------------
@guards("cases/pages/sealed.py act")
def a_sealed_matter_passed_on(world: World) -> None:
    """Once the organ above has it, the way leads back to the queue."""
    liaisons(world)
    matter, lian = accuse(world, world.donghe_committee), world.people["lian"]
    sealed_work.act(lian, matter.number, SealedVerb.RECEIVE)
    url = reverse("cases:sealed_act", args=[matter.number, "transfer"])
    form = {"unit": world.hubin_discipline.pk, "note": "超出本级权限"}
    answer = desk(lian).post(url, form)
    assert answer.status_code == 302 and answer["Location"] == reverse("cases:sealed")
