"""The plain numbers of a district by page and program: two people, dated, with history."""

from typing import Any

import pytest
from django.urls import reverse

from cases import lookback, proposals
from cases.lookback import last_month
from cases.models import Policy, PolicyProposal
from cases.policies import in_force
from cases.rules.numbers import NUMBERS, ORDER_DAYS, REVISITS, SHARE
from cases.wishes import today
from grids.bodies import WrongValues
from grids.models import Change
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import in_days
from tests.cases.proposing import approved, decider, proposer, tomorrow, wish
from tests.world import World

LIST = reverse("cases:policies")
SOURCE = "湖滨区督办工作办法第6条"
OTHER = {ORDER_DAYS: ("3", (3,)), SHARE: ("20", (20,)), REVISITS: ("15、60", (15, 60))}


def typed(number: str, **values: Any) -> dict[str, Any]:
    return {
        "number": number, "source": SOURCE, "valid_from": today().isoformat(),
        "reason": "按区办法调整",
    } | values  # fmt: skip


def page_of(world: World, code: str, name: str = "policy_new") -> str:
    return reverse(f"cases:{name}", args=[world.hubin.pk, code])


@pytest.mark.parametrize("code", OTHER)
def test_a_number_is_changed_by_two_people_on_pages(world: World, code: str) -> None:
    xi, an = at_desk(proposer(world)), at_desk(decider(world))
    assert page_of(world, code) in xi.get(LIST).content.decode()
    assert page_of(world, code) not in an.get(LIST).content.decode()
    assert an.get(page_of(world, code)).status_code == 403
    sent, values = OTHER[code]
    shown = xi.post(page_of(world, code), typed(sent), follow=True)
    row = PolicyProposal.objects.get()
    assert (row.state, row.restart) == ("waiting", False)
    assert "No clock runs by this number" in text_of(shown)
    decide = reverse("cases:proposal_decide", args=[row.pk])
    assert xi.post(decide, {"do": "approve", "rev": row.rev}).status_code == 403
    assert an.post(decide, {"do": "approve", "rev": row.rev}).status_code == 302
    row.refresh_from_db()
    assert row.state == "active" and row.finished_at is not None
    assert in_force(world.donghe1, today()).numbers(code) == values
    assert in_force(world.songpo1, today()).numbers(code) == NUMBERS[code].default
    history = text_of(xi.get(page_of(world, code, "policy")))
    assert SOURCE in history and "按区办法调整" in history and "→" in history
    log = Change.objects.filter(subject="policy", subject_id=row.pk).order_by("pk")
    assert [one.action for one in log] == ["propose", "approve", "activate"]


@pytest.mark.parametrize(
    ("code", "sent", "field", "words"),
    [
        (ORDER_DAYS, {"number": "61"}, "number", "Between 1 and 60."),
        (ORDER_DAYS, {"number": "五"}, "number", "Write a whole number from 1."),
        (ORDER_DAYS, {"number": "3 5"}, "number", "Write one number."),
        (ORDER_DAYS, {"number": "9" * 12}, "number", "Write a whole number from 1."),
        (SHARE, {"number": "0"}, "number", "Between 1 and 100."),
        (REVISITS, {"number": "30, 7"}, "number", "greater than the one before it"),
        (REVISITS, {"number": " "}, "number", "required"),
        (SHARE, {"source": ""}, "source", "required"),
        (SHARE, {"valid_from": "2020-01-01"}, "valid_from", "today or a day to come"),
    ],
)
def test_what_cannot_be_stands_at_its_field(
    world: World, code: str, sent: dict[str, Any], field: str, words: str
) -> None:
    answer = at_desk(proposer(world)).post(page_of(world, code), typed("10") | sent)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [field] and words in errors[field][0]
    assert "按区办法调整" in answer.content.decode()
    assert not PolicyProposal.objects.exists()


def test_no_clock_can_be_restarted_by_a_number(world: World) -> None:
    body = {"days": 3, "source": SOURCE}
    with pytest.raises(WrongValues) as refused:
        proposals.propose(proposer(world), world.hubin, wish(ORDER_DAYS, body))
    assert list(refused.value.fields) == ["restart"]
    answer = at_desk(proposer(world)).post(
        reverse("api:proposals"),
        {"place": world.hubin.pk, "code": ORDER_DAYS, "body": {"days": 0, "source": SOURCE},
         "valid_from": today().isoformat(), "restart": False, "reason": "x"},
        content_type="application/json", headers={"idempotency-key": "number-key-1"},
    )  # fmt: skip
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["days"])


def test_a_number_waits_for_its_day_and_goes_back(world: World) -> None:
    body = {"percent": 25, "source": SOURCE}
    later = approved(world, wish(SHARE, body, restart=False, valid_from=tomorrow()))
    assert later.state == "approved" and in_force(world.hubin, today()).number(SHARE) == 10
    assert proposals.activate_due(in_days(1)) == 1
    assert in_force(world.hubin, tomorrow()).number(SHARE) == 25
    back = at_desk(proposer(world)).post(page_of(world, SHARE, "policy_back"), {"version": "0"})
    row = PolicyProposal.objects.get(state="waiting")
    assert back.status_code == 302 and row.body["percent"] == 10


def test_the_look_back_draws_the_share_of_its_district(world: World) -> None:
    approved(world, wish(SHARE, {"percent": 40, "source": SOURCE}, restart=False))
    assert Policy.objects.get(code=SHARE).area == world.hubin
    month = last_month(today())
    lookback.draw(world.hubin, month, in_days(0))
    lookback.draw(world.nanshan, month, in_days(0))
    assert list(lookback.rounds([world.hubin.pk])) != []
    shares = {one.district_id: one.share for one in lookback.rounds(
        [world.hubin.pk, world.nanshan.pk])}  # fmt: skip
    assert shares == {world.hubin.pk: 40, world.nanshan.pk: 10}
