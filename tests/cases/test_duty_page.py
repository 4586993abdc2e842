"""The page and the API of substitutes out of hours: who names whom, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from cases import duty
from cases.duty import Roster
from cases.models import DutySubstitute
from cases.rules.hours import TimeOff
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import Change, Posting, Unit
from grids.models.staff import today as posted_today
from grids.roles import Role, UnitKindCode
from grids.units import open_unit
from tests.cases.desk import at_desk, text_of
from tests.cases.nights import on_roster
from tests.world import SINCE, World

LIST, NEW = reverse("cases:duty"), reverse("cases:duty_new")


def wanted(world: World, **more: Any) -> dict[str, Any]:
    return {
        "unit": world.qingshi_centre.pk, "person": str(world.tan.public_id), "stand_in": "",
        "valid_from": duty.today().isoformat(),
        "valid_to": (duty.today() + timedelta(30)).isoformat(), "sorts": ["evening", "weekend"],
    } | more  # fmt: skip


# --- page ---------------------------------------------------------------------------------
def test_the_whole_way_of_a_substitute(world: World) -> None:
    client = at_desk(world.ouyang)
    assert "Nobody is named" in text_of(client.get(LIST))
    assert client.post(NEW, wanted(world)).status_code == 302
    row = DutySubstitute.objects.get()
    assert (row.person, row.evening, row.weekend, row.holiday) == (world.tan, True, True, False)
    words = text_of(client.get(LIST))
    assert "Tan" in words and "Substitute named" in words
    end = reverse("cases:duty_end", args=[row.pk])
    on = (duty.today() + timedelta(1)).isoformat()
    assert at_desk(world.bao).post(end, {"on": on}).status_code == 404
    assert at_desk(world.han).get(LIST).status_code == 200
    assert client.post(end, {"on": "x"}).status_code == 422
    assert client.post(end, {"on": on}).status_code == 302
    assert client.post(end, {"on": duty.today().isoformat()}).status_code == 302
    assert client.post(end, {"on": on}).status_code == 409
    row.refresh_from_db()
    assert row.valid_to == row.valid_from == duty.today()
    assert "Ended" in text_of(client.get(LIST))
    log = Change.objects.filter(subject="duty", subject_id=row.pk).order_by("pk")
    assert [(one.actor, one.action) for one in log] == [
        (world.ouyang, "open"), (world.ouyang, "close"), (world.ouyang, "close"),
    ]  # fmt: skip


def test_a_colleague_reads_and_may_not_end(world: World) -> None:
    row = on_roster(world.land_office, person=world.tan)
    client = at_desk(world.han)
    words = text_of(client.get(LIST))
    assert "Tan" in words and "First day without the substitute" not in words
    assert client.get(NEW).status_code == 403
    on = duty.today().isoformat()
    assert client.post(reverse("cases:duty_end", args=[row.pk]), {"on": on}).status_code == 403


@pytest.mark.parametrize("who", ["dou", "mei"])
def test_others_do_not_read_it(world: World, who: str) -> None:
    assert at_desk(world.people[who]).get(LIST).status_code == 403


def test_the_head_of_a_unit_names_its_own_substitute_only(world: World) -> None:
    names = {unit.pk for unit in duty.units_named_by(world.ling)}
    assert names == {world.hubin_government.pk}
    client = at_desk(world.ling)
    body = wanted(world, unit=world.hubin_centre.pk, person="", stand_in=world.hubin_petition.pk)
    assert client.post(NEW, body).status_code == 422
    body["unit"] = world.hubin_government.pk
    assert client.post(NEW, body).status_code == 302


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"unit": ""}, "unit"),
        ({"unit": "999999999999"}, "unit"),
        ({"person": ""}, "person"),
        ({"person": "zhang"}, "person"),
        ({"stand_in": "self"}, "stand_in"),
        ({"person": "", "stand_in": "self"}, "stand_in"),
        ({"sorts": []}, "sorts"),
        ({"sorts": ["noon"]}, "sorts"),
        ({"valid_from": "2020-01-01"}, "valid_from"),
        ({"valid_from": "2999-01-01", "valid_to": ""}, "valid_from"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_to": "2020-01-01"}, "valid_to"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(world: World, more: dict[str, Any], field: str) -> None:
    body = wanted(world, **more)
    if body["stand_in"] == "self":
        body["stand_in"] = str(world.qingshi_centre.pk)
        field = "stand_in" if not body["person"] else "person"
    answer = at_desk(world.ouyang).post(NEW, body)
    assert answer.status_code == 422 and field in answer.context["form"].errors
    assert not DutySubstitute.objects.exists()


def test_finding_a_name_keeps_what_was_typed(world: World) -> None:
    body = wanted(world, search="1", q="tan", sorts=["holiday"])
    answer = at_desk(world.ouyang).post(NEW, body)
    assert answer.status_code == 200
    form = answer.context["form"]
    assert str(form["sorts"]).count("checked") == 1 and form["valid_to"].value()
    assert [name for key, name in form.fields["person"].choices if key] == ["Tan · tan"]


def test_the_page_reads_in_chinese(world: World) -> None:
    on_roster(world.qingshi_centre, stand_in=world.qingshi_police)
    words = text_of(at_desk(world.ouyang, "zh-hans").get(LIST))
    assert "值班" in words and "工作日夜间" in words
    assert "值班" in text_of(at_desk(world.ouyang, "zh-hans").get(NEW))


# --- rules of naming ------------------------------------------------------------------------
def roster(world: World, **more: Any) -> Roster:
    values: dict[str, Any] = {
        "valid_from": duty.today(), "valid_to": None, "sorts": list(TimeOff), "person": world.tan,
    }  # fmt: skip
    return Roster(**(values | more))


def test_one_substitute_at_a_time(world: World) -> None:
    day = duty.today()
    duty.name(world.ouyang, world.qingshi_centre, roster(world, valid_to=day + timedelta(7)))
    with pytest.raises(BadInput, match="stands in already"):
        duty.name(world.ouyang, world.qingshi_centre, roster(world, valid_from=day + timedelta(6)))
    duty.name(world.ouyang, world.qingshi_centre, roster(world, valid_from=day + timedelta(7)))
    duty.name(world.ouyang, world.land_office, roster(world))


def test_two_may_share_a_week_by_the_sort_of_shift(world: World) -> None:
    duty.name(world.ouyang, world.qingshi_centre, roster(world, sorts=[TimeOff.EVENING]))
    other = roster(world, person=world.ouyang, sorts=[TimeOff.WEEKEND, TimeOff.HOLIDAY])
    duty.name(world.ouyang, world.qingshi_centre, other)
    with pytest.raises(BadInput):
        duty.name(world.ouyang, world.qingshi_centre, roster(world, sorts=[TimeOff.HOLIDAY]))


def test_who_may_not_be_named(world: World) -> None:
    company = open_unit(area=world.qingshi, kind=UnitKindCode.PROPERTY_COMPANY, name="幸福物业",
                        valid_from=SINCE)  # fmt: skip
    for bad in (
        {"person": world.mei},  # no member of a unit that holds matters
        {"person": world.wai},  # of another customer
        {"person": None, "stand_in": company},
        {"person": None, "stand_in": world.nanshan_centre},
        {"person": None},
    ):
        with pytest.raises(BadInput):
            duty.name(world.ouyang, world.qingshi_centre, roster(world, **bad))


@pytest.mark.parametrize("who", ["bao", "wai", "han", "gao", "cun"])
def test_who_may_not_name(world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        duty.name(world.people[who], world.qingshi_centre, roster(world))


def test_ending_is_dated_and_never_in_the_past(world: World) -> None:
    row = on_roster(world.qingshi_centre, person=world.tan)
    with pytest.raises(BadInput):
        duty.end(world.ouyang, row.pk, duty.today() - timedelta(1))
    with pytest.raises(NotVisible):
        duty.end(world.bao, row.pk, duty.today())
    duty.end(world.ouyang, row.pk, duty.today() + timedelta(3))
    with pytest.raises(BadInput):
        duty.end(world.ouyang, row.pk, duty.today() + timedelta(4))
    duty.end(world.ouyang, row.pk, duty.today())
    with pytest.raises(WrongState):
        duty.end(world.ouyang, row.pk, duty.today())


def test_a_roster_is_never_deleted(world: World) -> None:
    row = on_roster(world.qingshi_centre, person=world.tan)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_dutysubstitute WHERE id = %s", [row.pk])


def test_somebody_who_serves_no_longer_cannot_be_named(world: World) -> None:
    Posting.objects.filter(user=world.tan).update(ended_on=posted_today())
    with pytest.raises(BadInput):
        duty.name(world.ouyang, world.qingshi_centre, roster(world))


def test_a_grid_lead_names_for_the_own_team(world: World) -> None:
    lead = world.person("lead", Role.GRID_LEAD, world.donghe1_team)
    duty.name(lead, Unit.objects.get(pk=world.donghe1_team.pk), roster(world, person=world.gao))
    with pytest.raises(NotAllowed):
        duty.name(lead, world.donghe2_team, roster(world, person=world.gao))


# --- API ----------------------------------------------------------------------------------
def test_the_api_names_lists_and_ends(world: World) -> None:
    client = at_desk(world.ouyang)
    body = {
        "unit": world.qingshi_centre.pk, "stand_in": world.qingshi_police.pk,
        "valid_from": duty.today().isoformat(), "sorts": ["evening"],
    }  # fmt: skip
    made = client.post("/api/v1/duty/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    row = made.json()
    assert row["name"] == world.qingshi_police.name and row["valid_to"] is None
    listed = client.get(f"/api/v1/duty/?unit={world.qingshi_centre.pk}").json()
    assert listed == {"results": [row], "next": None}
    assert at_desk(world.bao).get("/api/v1/duty/").json()["results"] == []
    end = f"/api/v1/duty/{row['id']}/end/"
    on = {"on": duty.today().isoformat()}
    assert at_desk(world.bao).post(end, on, content_type="application/json").status_code == 404
    assert client.post(end, {}, content_type="application/json").status_code == 422
    ended = client.post(end, on, content_type="application/json")
    assert ended.status_code == 200 and ended.json()["valid_to"] == on["on"]
    assert client.post(end, on, content_type="application/json").status_code == 409


def test_the_api_names_the_wrong_fields(world: World) -> None:
    client = at_desk(world.ouyang)
    answer = client.post(
        "/api/v1/duty/",
        {"unit": 0, "person": "x", "stand_in": 0, "valid_to": "x", "sorts": "evening"},
        content_type="application/json",
    )
    assert answer.status_code == 422
    wrong = set(answer.json()["fields"])
    assert wrong == {"unit", "person", "stand_in", "valid_from", "valid_to", "sorts"}
    assert client.get("/api/v1/duty/?unit=x").status_code == 422
    assert client.get("/api/v1/duty/?x=1").status_code == 400
    assert at_desk(world.dou).get("/api/v1/duty/").status_code == 403
