"""Interests, recusals and rulings by the API; lists taken out; crews, tables, the task list."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import gridtasks
from cases.models import Case, Recusal
from cases.rules.workflow import Verb
from governance import tokens
from grids import access
from grids.models import AccessLog, Alarm, Area, Posting, User
from grids.roles import Role
from tests.cases.matters import dispute, do
from tests.cases.test_rulings import contested
from tests.world import World


def caller(user: User, language: str = "en") -> Client:
    key, _row = tokens.issue(User.objects.get(pk=user.pk))
    return Client(headers={"Authorization": f"Token {key}", "Accept-Language": language})


def at(name: str, *args: object) -> str:
    return reverse(f"api:{name}", args=args)


def send(user: User, url: str, key: str = "", /, **body: object):
    headers = {"Idempotency-Key": (key or f"key:{url}:{body.get('verb', '')}")[:80]}
    return caller(user).post(url, body, "application/json", headers=headers)


def day(days: int = 0) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


# --- conflict of interest -----------------------------------------------------------------
def signed(world: World) -> Case:
    """A dispute in the hands of the centre, where two triage officers work."""
    case = do(dispute(world), Verb.SIGN, world.gao)
    return do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)


def test_an_interest_is_declared_listed_and_decided(world: World) -> None:
    case = signed(world)
    act = at("act", case.number)
    assert send(world.mei, act, verb="declare_interest").status_code == 422
    declared = send(world.mei, act, "declare-1", verb="declare_interest", note="一方是我表兄")
    assert declared.status_code == 200, declared.json()
    waiting = Case.objects.get(pk=case.pk).recusal_requests.get().decider_unit
    heads = [post.user for post in Posting.objects.running().filter(unit=waiting)]
    head = next(one for one in heads if caller(one).get(at("recusals")).json()["results"])
    (one,) = caller(head).get(at("recusals")).json()["results"]
    assert (one["number"], one["sort"], one["why"], one["mine"]) == (
        case.number, "own", "一方是我表兄", True,
    )  # fmt: skip
    (asked,) = caller(world.mei).get(at("case_recusals", case.number)).json()["results"]
    assert (asked["id"], asked["mine"]) == (one["id"], False)
    granted = send(head, act, verb="recuse", request=one["id"], note="属实")
    assert granted.status_code == 200, granted.json()
    assert Recusal.objects.filter(case=case, user=world.mei, until=None).exists()
    for name in ("case", "case_recusals"):
        assert caller(world.mei).get(at(name, case.number)).status_code == 404
    assert caller(head).get(at("recusals")).json()["results"] == []


def test_a_colleague_names_somebody_from_the_list_and_is_refused(world: World) -> None:
    case = signed(world)
    listed = caller(world.gao).get(at("case_recusals", case.number)).json()
    named = {one["name"].split(" · ")[0]: one["id"] for one in listed["officials"]}
    assert named["Mei"] == world.mei.pk and "Bao" not in named
    act = at("act", case.number)
    stranger = send(
        world.gao, act, "x-stranger", verb="ask_recusal", user=world.bao.pk, note="亲戚"
    )
    assert (stranger.status_code, list(stranger.json()["fields"])) == (422, ["user"])
    asked = send(world.gao, act, verb="ask_recusal", user=world.mei.pk, note="亲戚")
    assert asked.status_code == 200, asked.json()
    request = Case.objects.get(pk=case.pk).recusal_requests.get()
    decider = next(
        post.user for post in Posting.objects.running().filter(unit=request.decider_unit)
        if caller(post.user).get(at("recusals")).json()["results"]
    )  # fmt: skip
    silent = send(decider, act, "x-silent", verb="deny_recusal", request=request.pk)
    assert (silent.status_code, list(silent.json()["fields"])) == (422, ["note"])
    denied = send(decider, act, verb="deny_recusal", request=request.pk, note="并无亲属关系")
    assert denied.status_code == 200
    (one,) = caller(world.gao).get(at("case_recusals", case.number)).json()["results"]
    assert (one["granted"], one["answer"]) == (False, "并无亲属关系")


def test_after_two_returns_somebody_rules(world: World) -> None:
    act = at("act", contested(world).number)
    unit = world.land_office.pk
    assert send(world.ouyang, act, verb="rule", unit=unit, note="x").status_code in (403, 404)
    reasons = send(world.su, act, "x-silent", verb="rule", unit=unit)
    assert (reasons.status_code, list(reasons.json()["fields"])) == (422, ["note"])
    ruled = send(world.su, act, verb="rule", unit=unit, note="属自然资源所职责")
    assert (ruled.status_code, ruled.json()["status"]) == (200, "registered")
    back = send(world.han, act, verb="return", reason="not_ours", note="不属本单位职责")
    assert (back.status_code, back.json()["code"]) == (409, "wrong_state")


def test_who_decides_on_none_is_told_so(world: World) -> None:
    assert caller(world.dou).get(at("recusals")).status_code == 403
    case = signed(world)
    assert caller(world.bao).get(at("case_recusals", case.number)).status_code == 404


# --- lists taken out ------------------------------------------------------------------------
def test_a_list_is_taken_out_masked_and_logged(world: World) -> None:
    case = dispute(world)
    answer = send(world.ouyang, at("export"), why="meeting", tab="area")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert case.number in answer.text and "13800138000" not in answer.text
    row = AccessLog.objects.filter(actor=world.ouyang, action="export").latest("pk")
    assert (row.rows, row.reason) == (1, "meeting")
    assert send(world.ouyang, at("export"), why="fun").status_code == 422
    assert list(send(world.ouyang, at("export"), why="other").json()["fields"]) == ["reason"]
    assert send(world.ouyang, at("export"), why="meeting", lamp="x").status_code == 400
    assert send(world.gao, at("export"), why="meeting").status_code == 403


def test_the_access_log_is_taken_out_by_the_auditor(world: World) -> None:
    caller(world.ouyang).get(at("case", dispute(world).number))
    answer = send(world.dou, at("log_export"), why="report", since=day(-1))
    assert answer.status_code == 200 and "Ouyang" in answer.text
    assert AccessLog.objects.filter(actor=world.dou, subject="access log").exists()
    assert send(world.ouyang, at("log_export"), why="report").status_code == 403
    assert list(send(world.dou, at("log_export")).json()["fields"]) == ["why"]


def test_an_alarm_is_looked_at_once(world: World) -> None:
    row = Alarm.objects.create(
        tenant=world.lb, actor=world.ouyang, unit=world.qingshi_centre, sort="export",
        amount=access.MOST["export"] + 1, raised_at=timezone.now(), last_at=timezone.now(),
    )  # fmt: skip
    url = at("alarm_seen", row.pk)
    assert list(send(world.dou, url, note=" ").json()["fields"]) == ["note"]
    seen = send(world.dou, url, note="属正常汇总")
    assert (seen.status_code, seen.json()["note"]) == (200, "属正常汇总")
    assert send(world.dou, url, note="再看").status_code == 409
    assert send(world.ouyang, url, note="x").status_code == 403


# --- grids --------------------------------------------------------------------------------
def test_a_crew_is_posted_and_released(world: World) -> None:
    url = at("crew", world.donghe2.pk)
    body = {"account": "gao", "role": "grid_worker", "started_on": day()}
    made = send(world.cun, url, **body)
    assert made.status_code == 201, made.json()
    (one,) = made.json()["results"]
    assert (one["username"], one["area_name"]) == ("gao", "第2网格")
    assert send(world.cun, url, **body).status_code == 200
    assert caller(world.cun).get(url).json()["results"] == [one]
    stranger = send(world.cun, url, "other-key", **body | {"account": "shui"})
    assert (stranger.status_code, list(stranger.json()["fields"])) == (422, ["account"])
    end = at("release", world.donghe2.pk, one["id"])
    released = send(world.cun, end, on=day(1))
    assert released.json()["results"][0]["ended_on"] == day(1)
    assert send(world.cun, at("release", world.donghe1.pk, one["id"]), on=day(1)).status_code == 404
    assert send(world.bao, url, **body).status_code == 404


def test_a_table_of_grids_goes_out_and_in(world: World) -> None:
    Area.objects.filter(pk=world.donghe.pk).update(
        code="350203001001", code_system="NBS", code_year=2023
    )
    url = at("grid_table")
    out = caller(world.cun).get(url)
    assert out.status_code == 200 and "渡口村" not in out.text
    head, *lines = out.text.lstrip("\ufeff").splitlines()
    assert len(lines) >= 2
    looked = send(world.cun, url, content=out.text).json()
    assert looked == {"done": False, "new": 0, "changed": 0, "bad": []}
    broken = f"{head}\n{lines[0]}\n{lines[0]}\n"
    bad = send(world.cun, url, content=broken).json()["bad"]
    assert bad and send(world.cun, url, content=broken, confirm=True).status_code == 422
    assert list(send(world.cun, url, content=7).json()["fields"]) == ["content"]
    assert Area.objects.current().filter(parent=world.donghe).count() == 2


def test_the_district_keeps_its_list_of_tasks(world: World) -> None:
    settings = at("grid_task_settings")
    assert send(world.ouyang, settings, days=30).status_code == 403
    assert list(send(world.su, settings).json()["fields"]) == ["days"]
    begun = send(world.su, settings, adopt=True, days=30).json()
    assert begun == {"area": world.hubin.pk, "days": 30, "own": True}
    assert send(world.su, settings, adopt=True).status_code == 409
    task = gridtasks.in_force(world.qingshi, gridtasks.today())[0]
    end = at("grid_task_end", task.pk)
    assert send(world.ouyang, end, on=day(1)).status_code == 403
    assert send(world.wai, end, on=day(1)).status_code == 404
    assert list(send(world.su, end, on=day(-1)).json()["fields"]) == ["on"]
    ended = send(world.su, end, on=day(1)).json()
    assert (ended["valid_to"], ended["in_force"]) == (day(1), True)
    assert send(world.su, end, on=day(1)).status_code == 409


@pytest.mark.parametrize("role", [Role.SYS_ADMIN, Role.AUDITOR])
def test_administrators_take_no_lists_out(world: World, role: Role) -> None:
    admin = world.person("xi", role, world.hubin_government)
    assert send(admin, at("export"), why="report").status_code == 403
