"""Accounts, posts, one-time passwords and sessions through the pages."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Assignment, Case, CaseEvent
from cases.rules.workflow import Verb
from grids.models import ApiToken, Change, Posting, SignIn, Unit, User
from grids.roles import Role, UnitKindCode
from grids.stafffile import MOST_ROWS
from grids.units import open_unit
from tests.cases.matters import dispute, do
from tests.world import PASSWORD, SINCE, World

OWN = "a sentence of my own"


def page(name: str, *args: object) -> str:
    return reverse(f"office:{name}", args=args)


def signed_in(user: User, password: str = PASSWORD) -> Client:
    client = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0"})
    answer = client.post("/login/", {"username": user.username, "password": password})
    assert answer.status_code == 302
    return client


def password_on(text: str) -> str:
    found = re.search(r'class="code">([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})<', text)
    assert found, "no slip"
    return found[1]


def reset(manager: User, user: User) -> str:
    client = Client()
    client.force_login(manager)
    answer = client.post(page("reset", user.public_id), {"words": "本人到场，核对身份证"})
    assert answer.status_code == 200
    return password_on(answer.text)


# --- one-time passwords -----------------------------------------------------------------
def test_a_one_time_password_is_on_the_slip_and_nowhere_else(world: World, caplog) -> None:
    password = reset(world.cun, world.gao)
    row = User.objects.get(pk=world.gao.pk)
    assert row.check_password(password)
    kept = [row.password, caplog.text]
    kept += [str(one) for one in Change.objects.values_list("before", "after", "reason")]
    kept += [str(one.get_decoded()) for one in Session.objects.all()]
    assert not [text for text in kept if password in text]
    client = Client()
    client.force_login(world.cun)
    assert password not in client.get(page("person", world.gao.public_id)).text


def test_it_opens_nothing_until_an_own_one_is_chosen(world: World) -> None:
    password = reset(world.cun, world.gao)
    client = signed_in(world.gao, password)
    for address in ("/f/", "/new/", "/sessions/", "/home/"):
        assert client.get(address).headers["Location"] == reverse("password")
    assert client.get("/api/v1/cases/").status_code == 403
    form = {"old": password, "new": password, "again": password}
    assert client.post("/password/", form).status_code == 422
    assert client.post("/password/", form | {"new": OWN, "again": OWN}).status_code == 302
    assert client.get("/f/").status_code == 200
    assert User.objects.get(pk=world.gao.pk).one_time_until is None


def test_no_key_for_a_program_before_the_own_password(world: World) -> None:
    values = {"username": "gao", "password": reset(world.cun, world.gao)}
    answer = Client().post("/api/v1/token/", values, "application/json")
    assert answer.status_code == 403
    assert not ApiToken.objects.filter(user=world.gao).exists()


def test_it_runs_out(world: World) -> None:
    password = reset(world.cun, world.gao)
    User.objects.filter(pk=world.gao.pk).update(one_time_until=timezone.now())
    answer = Client().post("/login/", {"username": "gao", "password": password})
    assert answer.status_code == 422


def test_a_reset_ends_sessions_and_is_logged_with_its_reason(world: World) -> None:
    before = signed_in(world.gao)
    reset(world.cun, world.gao)
    assert before.get("/f/").status_code == 302
    row = Change.objects.get(subject="user", subject_id=world.gao.pk, action="reset")
    assert (row.actor, row.reason) == (world.cun, "本人到场，核对身份证")


@pytest.mark.parametrize(
    ("manager", "person", "status"),
    [
        ("cun", "ouyang", 404),  # a higher role in another place
        ("ouyang", "tan", 403),  # a peer
        ("ouyang", "ouyang", 403),
        ("ouyang", "bao", 404),
        ("bao", "gao", 404),
        ("su", "wai", 404),
        ("gao", "mei", 404),
        ("su", "dou", 404),  # administrators: by the security administrator alone
    ],
)
def test_never_for_peers_higher_roles_or_elsewhere(
    world: World, manager: str, person: str, status: int
) -> None:
    client = Client()
    client.force_login(world.people[manager])
    one = world.people[person]
    hashed = User.objects.get(pk=one.pk).password
    for name in ("reset", "switch", "sign_out"):
        answer = client.post(page(name, one.public_id), {"words": "x", "active": "0"})
        assert answer.status_code == status, name
    assert User.objects.get(pk=one.pk).password == hashed
    assert User.objects.get(pk=one.pk).is_active


def test_a_second_post_above_takes_the_person_out_of_the_village_s_hands(world: World) -> None:
    world.person("mei", Role.HANDLER, world.land_office)
    client = Client()
    client.force_login(world.cun)
    answer = client.post(page("reset", world.mei.public_id), {"words": "x"})
    assert answer.status_code == 403


def test_the_security_administrator_keeps_administrators_only(world: World) -> None:
    sec = world.person("sec", Role.SEC_ADMIN, world.hubin_government)
    client = Client()
    client.force_login(sec)
    assert client.get(page("person", world.dou.public_id)).status_code == 200
    assert client.get(page("person", world.gao.public_id)).status_code == 404
    form = {
        "name": "新管理员", "username": "sysone", "role": Role.SYS_ADMIN.value,
        "unit": world.hubin_government.pk, "started_on": timezone.localdate().isoformat(),
        "ended_on": "",
    }  # fmt: skip
    assert password_on(client.post(page("engage"), form).text)
    answer = client.post(page("engage"), form | {"username": "x1", "role": "handler"})
    assert answer.status_code == 422


# --- sessions ---------------------------------------------------------------------------
def test_a_session_is_listed_to_its_owner_and_ended_at_once(world: World) -> None:
    first, second = signed_in(world.cun), signed_in(world.cun)
    text = first.get("/sessions/").text
    assert text.count("Chrome · Windows") == 2
    other = SignIn.objects.filter(user=world.cun).latest("pk")
    stranger = signed_in(world.du)
    assert stranger.post(reverse("session_end", args=[other.pk])).status_code == 404
    assert second.get("/queue/").status_code == 200
    assert first.post(reverse("session_end", args=[other.pk])).status_code == 302
    assert second.get("/queue/").status_code == 302
    assert first.get("/queue/").status_code == 200


def test_all_others_end_and_this_one_goes_on(world: World) -> None:
    first, second = signed_in(world.cun), signed_in(world.cun)
    assert first.post(reverse("sessions_end")).status_code == 302
    assert second.get("/queue/").status_code == 302
    assert first.get("/queue/").status_code == 200


def test_an_own_new_password_keeps_this_session_listed(world: World) -> None:
    client, other = signed_in(world.cun), signed_in(world.cun)
    form = {"old": PASSWORD, "new": OWN, "again": OWN}
    assert client.post("/password/", form).status_code == 302
    assert client.get("/sessions/").text.count("Chrome · Windows") == 1
    assert other.get("/queue/").status_code == 302


@pytest.mark.parametrize("name", ["sign_out", "switch"])
def test_remote_sign_out_and_disabling_end_the_very_next_request(world: World, name: str) -> None:
    person, client = signed_in(world.gao), Client()
    client.force_login(world.cun)
    assert person.get("/f/").status_code == 200
    assert client.post(page(name, world.gao.public_id), {"active": "0"}).status_code == 302
    assert person.get("/f/").status_code == 302


# --- import -----------------------------------------------------------------------------
GOOD = """账号,姓名,岗位,单位,所在地
li.si,李四,网格员,第2网格,东河村/第2网格
wu,吴五,人民调解员,{mediation},
"""


def sent(world: World, text: str, **more: str):
    client = Client()
    client.force_login(world.ouyang)
    return client.post(page("staff_import"), {"table": text, **more})


def table(world: World) -> str:
    return GOOD.format(mediation=world.donghe_mediation.name)


def test_a_table_is_looked_at_before_anything_is_written(world: World) -> None:
    before = User.objects.count()
    answer = sent(world, table(world))
    assert answer.status_code == 200
    assert "李四" in answer.text
    assert User.objects.count() == before
    slips = sent(world, table(world), take_in="1")
    assert slips.text.count("li.si") == 1
    assert User.objects.count() == before + 2
    assert Posting.objects.get(user__username="li.si").unit == world.donghe2_team


@pytest.mark.parametrize(
    "line",
    [
        "gao,高二,grid_worker,第2网格,东河村",  # taken
        "Li,李,grid_worker,第2网格,东河村",  # capital letter
        "li.si,李四,grid_worker,第2网格,东河村",  # twice in the file
        "li6,李六,emperor,第2网格,东河村",
        "li6,李六,triage,柳林镇综治中心,",  # elsewhere
        "li6,李六,triage,青石镇综治中心,",  # a peer
        "li6,李六,sys_admin,青石镇人民政府,",
        "li6,李六,grid_worker,第1网格,",  # several are called so? only one in 青石镇: wrong kind
        "li6,\u202e李六,grid_worker,第2网格,东河村",
        "li6,李六,grid_worker,第2网格",  # a column is missing
        "li6,李六,grid_worker,没有这个单位,",
    ],
)
def test_one_bad_line_and_nothing_is_imported(world: World, line: str) -> None:
    if line.startswith("li6,李六,grid_worker,第1网格"):
        open_unit(area=world.shiqiao, kind=UnitKindCode.DEPARTMENT, name="第1网格",
                  valid_from=SINCE)  # fmt: skip
    before = User.objects.count()
    answer = sent(world, table(world) + line + "\n", take_in="1")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert User.objects.count() == before


def test_too_many_and_nobody(world: World) -> None:
    head = "username,name,role,unit\n"
    rows = "".join(f"n{n},人,handler,青石镇自然资源所\n" for n in range(MOST_ROWS + 1))
    assert sent(world, head + rows).status_code == 422
    assert sent(world, head).status_code == 422
    assert sent(world, "\x00").status_code == 400
    assert sent(world, '"').status_code == 422


# --- ending a post ----------------------------------------------------------------------
def end(world: World, manager: User, posting: Posting, **form: str):
    client = Client()
    client.force_login(manager)
    values = {"ended_on": timezone.localdate().isoformat(), "successor": ""} | form
    return client.post(page("end_post", posting.pk), values)


def given(world: World) -> Case:
    case = do(dispute(world), Verb.SIGN, world.gao)
    return do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)


def test_what_was_given_by_name_goes_back_to_the_unit(world: World) -> None:
    case, client = given(world), signed_in(world.mei)
    assert client.get(f"/case/{case.number}/").status_code == 200
    assert end(world, world.cun, world.posting(world.mei)).status_code == 302
    assert client.get(f"/case/{case.number}/").status_code == 404
    assert not Assignment.objects.filter(case=case, until=None).exists()
    event = CaseEvent.objects.filter(case=case).latest("seq")
    assert (event.verb, event.actor_id) == (Verb.HAND_OVER, world.cun.pk)
    assert event.target == case.status


def test_a_successor_gets_post_and_matters(world: World) -> None:
    case = given(world)
    heir = world.person("tao", Role.MEDIATOR, world.unit(world.shiqiao, UnitKindCode(
        "mediation_committee")))  # fmt: skip
    answer = end(world, world.ouyang, world.posting(world.mei), successor=str(heir.public_id))
    assert answer.status_code == 302
    assert Assignment.objects.get(case=case, until=None).user == heir
    assert Posting.objects.filter(user=heir, unit=world.donghe_mediation, ended_on=None).exists()
    assert Case.objects.visible_to(User.objects.get(pk=heir.pk)).filter(pk=case.pk).exists()


def test_the_last_one_of_a_unit_leaves_its_matters_to_the_unit_above(world: World) -> None:
    case = dispute(world)
    assert case.holder_unit == world.donghe1_team
    assert end(world, world.cun, world.posting(world.gao)).status_code == 302
    case.refresh_from_db()
    assert case.holder_unit == world.donghe_committee
    assert CaseEvent.objects.filter(case=case, verb=Verb.HAND_OVER).count() == 1


def test_nothing_moves_when_one_of_them_cannot(world: World, monkeypatch) -> None:
    first, second = dispute(world), dispute(world)
    posting = world.posting(world.gao)
    Posting.objects.exclude(user__in=[world.gao, world.cun]).filter(
        user__in=[world.ouyang, world.tan, world.su]
    ).update(ended_on=timezone.localdate())
    Posting.objects.filter(user=world.cun).update(ended_on=timezone.localdate())
    boss = world.person("sys", Role.SYS_ADMIN, world.hubin_government)
    assert end(world, boss, posting).status_code == 422
    posting.refresh_from_db()
    assert posting.ended_on is None
    for case in (first, second):
        case.refresh_from_db()
        assert case.holder_unit == world.donghe1_team
    assert not CaseEvent.objects.filter(verb=Verb.HAND_OVER).exists()


def test_a_day_in_the_past_and_the_own_post_are_refused(world: World) -> None:
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    mei = world.posting(world.mei)
    assert end(world, world.cun, mei, ended_on=yesterday).status_code == 422
    own = Posting.objects.filter(user=world.cun).first()
    assert own is not None
    assert end(world, world.cun, own).status_code == 403


# --- units ------------------------------------------------------------------------------
def test_a_unit_is_opened_changed_related_and_closed(world: World) -> None:
    client = Client()
    client.force_login(world.ouyang)
    today = timezone.localdate()
    form = {"area": world.qingshi.pk, "kind": "property_company", "name": "安居物业", "phone": "",
            "valid_from": (today - timedelta(days=9)).isoformat()}  # fmt: skip
    assert client.post(page("unit_new"), form).status_code == 302
    unit = Unit.objects.get(name="安居物业")
    assert "安居物业" in client.get(page("units"), {"kind": "property_company"}).text
    edited = {"name": "安居物业服务", "phone": "0000-1"}
    assert client.post(page("unit_edit", unit.pk), edited).status_code == 302
    above = {"line": "business", "superior": world.land_office.pk,
             "valid_from": (today - timedelta(days=5)).isoformat()}  # fmt: skip
    assert client.post(page("relate", unit.pk), above).status_code == 302
    back = above | {"superior": unit.pk}
    assert client.post(page("relate", world.land_office.pk), back).status_code == 422  # a cycle
    relation = unit.relations.get(valid_to=None)
    assert client.post(page("unrelate", unit.pk, relation.pk)).status_code == 302
    closing = {"on": today.isoformat(), "heir": ""}
    assert client.post(page("unit_close", unit.pk), closing).status_code == 302
    unit.refresh_from_db()
    assert unit.valid_to == today
    changes = Change.objects.filter(subject="unit", subject_id=unit.pk)
    assert set(changes.values_list("action", flat=True)) == {"open", "change", "close"}


def test_a_unit_with_people_or_one_every_place_has_is_not_closed(world: World) -> None:
    client = Client()
    client.force_login(world.su)
    closing = {"on": timezone.localdate().isoformat(), "heir": ""}
    for unit in (world.land_office, world.qingshi_centre, world.shiqiao_committee):
        assert client.post(page("unit_close", unit.pk), closing).status_code == 422
        unit.refresh_from_db()
        assert unit.valid_to is None
