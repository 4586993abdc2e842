"""A leader supervises from a list in two steps: press, write and send. Who may, who may not."""

from typing import Any

import pytest
from django.urls import reverse

from cases import intake, orders, transitions
from cases.acting import Inputs
from cases.models import Case, CaseUnit, Notice, Recusal, SupervisionOrder
from cases.outbox import deliver
from cases.rules.workflow import Verb
from grids.errors import NotAllowed, NotVisible, WrongState
from grids.models import AccessLog, User
from grids.roles import Role, UnitKindCode
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import climb, dispute, do, draft
from tests.cases.ordering import SENT, by_leader
from tests.world import World

LISTS = ("/leader/list/?figure=open", "/office/supervision/")


@pytest.fixture
def case(world: World) -> Case:
    return climb(dispute(world), 2)


def page_of(case: Case) -> str:
    return reverse("cases:order_new", args=[case.number])


def test_two_steps_from_the_overdue_list(world: World, case: Case) -> None:
    client = at_desk(world.ling)
    assert page_of(case) in client.get(LISTS[0]).content.decode()
    first = client.get(page_of(case))
    form = text_of(first)
    assert case.number in form and "青石镇综治中心" in form
    assert "排水沟" not in form and "张三" not in form  # no word before the order
    assert not AccessLog.objects.filter(actor=world.ling).exists()
    days = first.context["form"]["days"].value()
    sent = {**SENT, "unit": str(case.holder_unit_id), "days": days, "rev": case.last_seq}
    answer = client.post(page_of(case), sent)
    row = SupervisionOrder.objects.get(case=case)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("cases:order", args=[case.number, row.pk])
    assert (row.issuer, row.cause, row.unit) == (
        world.hubin_government, "leader", world.qingshi_centre,
    )  # fmt: skip
    seat = CaseUnit.objects.get(case=case, part="supervisor", until=None)
    assert seat.unit == world.hubin_government  # logged onto the case
    assert client.get(answer["Location"]).status_code == 200
    whole = text_of(client.get(reverse("cases:detail", args=[case.number])))
    assert "排水沟" in whole  # from now on they read it
    assert page_of(case) not in client.get(LISTS[0]).content.decode()
    deliver()
    told = Notice.objects.filter(verb=Verb.ORDER.value).values_list("user__username", flat=True)
    assert set(told) == {"ouyang", "tan"}  # both of the unit that must answer, once each


def test_two_steps_from_the_supervision_list(world: World, case: Case) -> None:
    do(case, Verb.ORDER, world.su, reason="shirking", note="请查清")
    client = at_desk(world.ling)
    assert page_of(case) in client.get(LISTS[1]).content.decode()
    case.refresh_from_db()
    client.post(page_of(case), SENT | {"unit": case.holder_unit_id, "days": 3, "rev": ""})
    assert set(case.supervisions.values_list("issuer__name", "days")) == {
        ("湖滨区综治中心", 5), (world.hubin_government.name, 3),
    }  # fmt: skip
    assert page_of(case) not in client.get(LISTS[1]).content.decode()


def test_a_coordinator_takes_the_same_way(world: World, case: Case) -> None:
    text = at_desk(world.su).get(LISTS[0]).content.decode()
    assert page_of(case) in text
    assert "Whose instruction" in text_of(at_desk(world.su).get(page_of(case)))
    assert "Whose instruction" not in text_of(at_desk(world.ling).get(page_of(case)))
    assert page_of(case) not in at_desk(world.ouyang).get(LISTS[0]).content.decode()


def stranger(world: World, name: str) -> User:
    """Somebody who may not, by name."""
    if name == "below":
        return world.person("xiang", Role.LEADER, world.qingshi_government)
    if name == "next_door":
        return world.person("lin", Role.LEADER, world.unit(world.liulin, UnitKindCode.GOVERNMENT))
    if name == "kept_away":
        return world.ling
    found: User = getattr(world, name)
    return found


@pytest.mark.parametrize(
    ("name", "status"),
    [("below", 403), ("next_door", 404), ("kept_away", 404), ("mei", 404), ("ouyang", 403),
     ("gao", 403), ("wai", 404), ("dou", 404)],
)  # fmt: skip
def test_who_may_not(world: World, case: Case, name: str, status: int) -> None:
    if name == "below":
        case = climb(case, 1)  # stands at the district now
    user = stranger(world, name)
    if name == "kept_away":
        Recusal.objects.create(
            case=case, tenant_id=case.tenant_id, user=user, since=case.registered_at
        )
    client = at_desk(user)
    assert client.get(page_of(case)).status_code == status
    sent = client.post(page_of(case), SENT | {"unit": case.holder_unit_id, "days": 3})
    assert sent.status_code == status
    with pytest.raises(NotVisible if status == 404 else NotAllowed):
        transitions.act(case.number, Verb.ORDER, actor=user, inputs=Inputs(**SENT))
    assert not SupervisionOrder.objects.filter(issuer__isnull=False).exists()
    seen = Case.objects.visible_to(user).filter(pk=case.pk).values_list("pk", flat=True)
    assert orders.orderable(user, [case.pk], list(seen)) == set()


def test_a_leader_gets_no_other_act_without_seeing_the_matter(world: World, case: Case) -> None:
    for verb in (Verb.NUDGE, Verb.SUPPLEMENT, Verb.DELIST, Verb.SIGN):
        with pytest.raises(NotVisible):
            do(case, verb, world.ling, note="x")
    protected = intake.register(draft(category="E09"), actor=world.su).case
    assert at_desk(world.ling).get(page_of(protected)).status_code == 404
    with pytest.raises(NotVisible):
        by_leader(world.ling, protected)


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"note": " "}, 422, "This field is required."),
        ({"days": "61"}, 422, "less than or equal to 60"),
        ({"unit": "999999"}, 422, "Select a valid choice"),
        ({"rev": "1"}, 409, "Somebody else has changed this case"),
    ],
)
def test_what_cannot_be_keeps_what_was_typed(
    world: World, case: Case, sent: dict[str, Any], status: int, words: str
) -> None:
    whole = SENT | {"unit": str(case.holder_unit_id), "days": "3", "rev": case.last_seq}
    answer = at_desk(world.ling).post(page_of(case), whole | sent)
    assert answer.status_code == status
    text = answer.content.decode()
    assert words in text_of(answer) and (sent.get("note") or SENT["note"]).strip() in text
    assert not SupervisionOrder.objects.exists()


def test_a_second_order_of_the_same_office_is_refused(world: World, case: Case) -> None:
    by_leader(world.ling, case)
    with pytest.raises(WrongState, match="open order"):
        by_leader(User.objects.get(pk=world.ling.pk), case)
    sent = SENT | {"unit": case.holder_unit_id, "days": 3}
    answer = at_desk(world.ling).post(page_of(case), sent)
    assert answer.status_code == 409 and SENT["note"] in answer.content.decode()


def test_a_leader_orders_by_api(world: World, case: Case) -> None:
    url = f"/api/v1/cases/{case.number}"
    client = at_desk(world.ling)
    assert client.get(f"{url}/").status_code == 404
    sent = client.post(
        f"{url}/act/", SENT | {"verb": "order"}, content_type="application/json",
        headers={"idempotency-key": "leader-order-1"},
    )  # fmt: skip
    assert sent.status_code == 200 and client.get(f"{url}/").status_code == 200


def test_cancel_leads_back_to_the_list_it_was_pressed_in(world: World, case: Case) -> None:
    client = at_desk(world.ling)
    listed = client.get(LISTS[0]).content.decode()
    address = f"{page_of(case)}?next=/leader/list/%3Ffigure%3Dopen"
    assert address in listed
    assert client.get(address).context["back"] == LISTS[0]
    answer = client.post(address, {"rev": case.last_seq})
    assert (answer.status_code, answer.context["back"]) == (422, LISTS[0])
    for foreign in ("https://example.com/", "//example.com/", "javascript:alert(1)", ""):
        shown = client.get(page_of(case), {"next": foreign})
        assert shown.context["back"] == LISTS[1]
