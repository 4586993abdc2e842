"""Policies on pages and by the API: written, refused at the field, simulated, approved."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import policy_words
from cases.models import Policy, PolicyProposal
from cases.policy_forms import initial_of
from cases.wishes import today
from governance import tokens
from grids.models import Change, User
from tests.cases.matters import dispute, event
from tests.cases.proposing import approved, decider, ladder, limit, proposed, proposer, wish
from tests.world import World

LIST = reverse("cases:policies")


def client(user: User) -> Client:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(user)
    return browser


def at(name: str, *args: object) -> str:
    return reverse(f"cases:{name}", args=args)


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def form(body: dict[str, Any], code: str = "ladder.dispute", **values: Any) -> dict[str, Any]:
    return {
        **initial_of(code, body), "valid_from": today().isoformat(),
        "restart": "restart", "reason": "按区规程调整", "rows": len(body.get("rungs", ())),
    } | values  # fmt: skip


# --- the ladder ---------------------------------------------------------------------------
def test_a_ladder_is_written_simulated_and_approved_by_another(world: World) -> None:
    dispute(world)
    xi, an = client(proposer(world)), client(decider(world))
    assert "Ladder of disputes" in text(xi.get(LIST)) or "阶梯" in text(xi.get(LIST))
    new = at("policy_new", world.hubin.pk, "ladder.dispute")
    assert xi.get(new).context["form"].rows == 4 and an.get(new).status_code == 403
    shown = xi.post(new, form(ladder()), follow=True)
    row = PolicyProposal.objects.get()
    assert shown.redirect_chain[-1][0] == at("proposal", row.pk)
    assert (row.state, row.restart, row.body) == ("waiting", True, ladder() | {
        "name": row.body["name"]})  # fmt: skip
    assert shown.context["simulation"].later == 1
    decide = at("proposal_decide", row.pk)
    assert xi.post(decide, {"do": "approve", "rev": row.rev}).status_code == 403
    stale = an.post(decide, {"do": "approve", "rev": row.rev - 1})
    assert stale.status_code == 409 and "data-focus" in text(stale)
    assert an.post(decide, {"do": "wave", "rev": row.rev, "answer": "嗯"}).status_code == 422
    done = an.post(decide, {"do": "approve", "rev": row.rev}, follow=True)
    assert done.context["moved"] == 1 and Policy.objects.filter(area=world.hubin).count() == 1
    assert an.post(decide, {"do": "approve", "rev": row.rev}).status_code == 409


def test_what_is_refused_stands_at_its_field_and_nothing_typed_is_lost(world: World) -> None:
    xi, url = client(proposer(world)), at("policy_new", world.hubin.pk, "ladder.dispute")
    wrong = form(
        ladder(),
        r1_amount="0",
        r2_level="grid",
        valid_from="2020-01-01",
        reason="",
        r3_source="某文",
    )
    answer = xi.post(url, wrong)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert {"r1_amount", "reason"} <= errors.keys() and "某文" in text(answer)
    wrong |= {"r1_amount": "2", "reason": "调整"}
    answer = xi.post(url, wrong)
    assert set(answer.context["form"].errors) == {"valid_from", "r2_unit_kind"}
    wrong |= {"valid_from": today().isoformat()}
    errors = xi.post(url, wrong).context["form"].errors
    assert list(errors) == ["r2_unit_kind"]
    assert xi.post(url, {"r0_level": "x" * 9, "rows": "999999999"}).status_code == 422
    assert not PolicyProposal.objects.exists()


def test_rows_are_added_and_left_out(world: World) -> None:
    xi, url = client(proposer(world)), at("policy_new", world.hubin.pk, "ladder.dispute")
    more = xi.post(url, form(ladder(), more="1"))
    assert more.status_code == 200 and more.context["form"].rows == 5
    # The row in the middle says "no rung": problems still find the rows they are about.
    gap = form(ladder(), r1_level="", r2_amount="")
    assert list(xi.post(url, gap).context["form"].errors) == ["r2_amount"]
    xi.post(url, gap | {"r2_amount": "4"})
    rungs = PolicyProposal.objects.get().body["rungs"]
    assert [one["level"] for one in rungs] == ["grid", "township", "district"]


def test_a_limit_is_held_to_its_statutory_maximum_in_every_unit(world: World) -> None:
    code = "limit.mediation_month"
    xi, url = client(proposer(world)), at("policy_new", world.hubin.pk, code)
    answer = xi.post(url, form(limit(30, "calendar_day"), code))
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["amount"]
    assert 'value="30"' in text(answer)
    xi.post(url, form(limit(28, "calendar_day"), code))
    row = PolicyProposal.objects.get()
    edit = at("proposal_edit", row.pk)
    assert 'value="28"' in text(xi.get(edit))
    stale = xi.post(edit, form(limit(20, "calendar_day"), code, rev=row.rev + 5))
    assert stale.status_code == 422 and 'value="20"' in text(stale)
    xi.post(edit, form(limit(20, "calendar_day"), code, rev=row.rev))
    row.refresh_from_db()
    assert (row.rev, row.body["span"]["amount"]) == (2, 20)


# --- lists and history ----------------------------------------------------------------------
def test_the_named_clocks_are_listed_by_kind_and_unit_and_as_a_file(world: World) -> None:
    case, hidden = event(world), event(world, category="E09", text="有线索", violence=False)
    row = proposed(world, wish("limit.event_general", limit(2)))
    xi = client(proposer(world))
    moves, file = at("proposal_moves", row.pk), at("proposal_file", row.pk)
    shown = xi.get(moves, {"view": "earlier"})
    assert case.number in text(shown) and hidden.number not in text(shown)
    assert len(shown.context["lines"]) == 1 and shown.context["units"]
    assert xi.get(moves, {"view": "nothing", "unit": "x", "after": "x"}).status_code == 200
    assert xi.get(moves, {"unit": "1"}).context["lines"] == []
    answer = xi.get(file)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and lines[1].startswith(case.number)
    assert Change.objects.filter(subject="policy", action="export").count() == 1
    for stranger, status in ((world.su, 403), (world.dou, 200)):
        assert client(stranger).get(moves).status_code == status


def test_the_history_says_in_words_what_changed_and_goes_back(world: World) -> None:
    approved(world, wish(restart=False))
    approved(world, wish(body=ladder(2, 3, 5, 6, leave_out=1), restart=False))
    xi = client(proposer(world))
    page = xi.get(at("policy", world.hubin.pk, "ladder.dispute"))
    first, second = reversed(page.context["history"])
    assert len(first[3]) >= 4 and second[3] == policy_words.differences(
        "ladder.dispute", first[0].body, second[0].body)  # fmt: skip
    assert len(second[3]) == 2
    back = xi.post(at("policy_back", world.hubin.pk, "ladder.dispute"), {"version": "1"})
    row = PolicyProposal.objects.get(state="waiting")
    assert back.url == at("proposal", row.pk) and row.back_to.version == 1
    again = xi.post(at("policy_back", world.hubin.pk, "ladder.dispute"), {"version": "1"})
    assert again.status_code == 409
    assert xi.get(at("policy", world.hubin.pk, "limit.nothing")).status_code == 404


@pytest.mark.parametrize("state", ["draft", "waiting", "rejected", "withdrawn"])
def test_every_state_has_its_page(world: World, state: str) -> None:
    row = proposed(world)
    PolicyProposal.objects.filter(pk=row.pk).update(state=state)
    for user in (proposer(world), decider(world), world.dou):
        assert client(user).get(at("proposal", row.pk)).status_code == 200
    decide = at("proposal_decide", row.pk)
    answer = client(decider(world)).post(decide, {"do": "reject", "rev": row.rev, "answer": ""})
    assert answer.status_code == (422 if state == "waiting" else 409)


# --- by program -----------------------------------------------------------------------------
def test_a_program_proposes_simulates_and_approves(world: World) -> None:
    event(world)
    base = reverse("api:proposals")

    def call(user: User, url: str, body: Any = None, scopes: Any = ("settings",)) -> Any:
        key, _row = tokens.issue(user, scopes=scopes)
        headers = {"Authorization": f"Token {key}", "Idempotency-Key": "policy-key-1"}
        if body is None:
            return Client().get(url, headers=headers)
        return Client().post(url, body, content_type="application/json", headers=headers)

    told = {
        "place": world.hubin.pk, "code": "limit.event_general", "body": limit(2),
        "valid_from": today().isoformat(), "restart": True, "reason": "区规程",
    }  # fmt: skip
    xi, an = proposer(world), decider(world)
    assert call(xi, base, told, scopes=("places",)).status_code == 403
    for change, field in (
        ({"body": limit(0)}, "amount"), ({"body": []}, "body"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"code": "limit.silence"}, "code"), ({"restart": 1}, "restart"),
        ({"reason": 7}, "reason"), ({"place": "x"}, "place"),
    ):  # fmt: skip
        answer = call(xi, base, told | change)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert call(xi, base, told | {"place": world.nanshan.pk}).status_code == 404
    made = call(xi, base, told)
    assert made.status_code == 201 and call(xi, base, told).status_code == 200
    one = reverse("api:proposal", args=[made.json()["id"]])
    assert call(xi, one, {"do": "simulate"}).status_code == 422
    row = call(xi, one, {"do": "simulate", "rev": 1}).json()
    assert (row["state"], row["simulation"]["earlier"]) == ("waiting", 1)
    clocks = call(an, reverse("api:proposal_clocks", args=[row["id"]]) + "?view=earlier").json()
    assert len(clocks["results"]) == 1 and clocks["next"] is None
    assert call(xi, one, {"do": "approve", "rev": row["rev"]}).status_code == 403
    assert call(an, one, {"do": "approve", "rev": 9}).status_code == 409
    done = call(an, one, {"do": "approve", "rev": row["rev"]}).json()
    assert (done["state"], done["version"], done["moved"]) == ("active", 1, 1)
    listed = call(an, reverse("api:policies")).json()["results"]
    ours = next(one for one in listed if one["code"] == "limit.event_general")
    assert (ours["version"], ours["body"]) == (1, limit(2))
    assert call(an, base).json()["results"][0]["id"] == row["id"]
