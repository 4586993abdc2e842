"""The public notice of a grid: read without an account, telling no more than it must."""

import re
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from grids.models import Area, Posting, Unit, User
from grids.roles import Role
from tests.cases.desk import at_desk, stands_alone, text_of
from tests.cases.matters import dispute
from tests.grids.test_outline import SQUARE, polygon


def notice_of(area):
    return reverse("grids:notice", args=[area.public_id])


def test_the_notice_is_read_without_an_account(world):
    Unit.objects.filter(pk=world.qingshi_centre.pk).update(phone="0000-7654321")
    answer = Client().get(notice_of(world.donghe1))
    assert answer.status_code == 200
    for said in ("东河村", "第1网格", "Gao", "0000-7654321", "青石镇综治中心"):
        assert said in answer.text
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert 'content="noindex' in answer.text


def test_the_notice_leaks_nothing_else(world):
    case = dispute(world)
    User.objects.filter(pk=world.gao.pk).update(display_name="高小满")
    world.person("zhang", Role.GRID_LEAD, world.donghe1_team)
    text = Client().get(notice_of(world.donghe1)).text
    secret = [
        "gao", "zhang", "Zhang", "Cun", "Ouyang", case.number, "张三", "李四",
        "0000-1234567", str(Case.objects.get().public_id),
    ]  # fmt: skip
    assert [one for one in secret if one in text] == []
    assert not stands_alone("5678", text)
    assert "高小满" in text
    assert str(world.gao.public_id) not in text
    assert not re.search(r'href="/(case|office|queue)', text)


def test_a_notice_names_who_works_there_today(world):
    today = timezone.localdate()
    world.person("mingtian", Role.GRID_WORKER, world.donghe1_team, None, today + timedelta(days=1))
    gone = world.person("gone", Role.GRID_WORKER, world.donghe1_team)
    Posting.objects.filter(user=gone).update(ended_on=today)
    away = world.person("away", Role.GRID_WORKER, world.donghe1_team)
    User.objects.filter(pk=away.pk).update(is_active=False)
    text = Client().get(notice_of(world.donghe1)).text
    assert "Gao" in text
    assert not [one for one in ("Mingtian", "Gone", "Away") if one in text]


def test_an_empty_grid_says_whom_to_call(world):
    assert "正在选配" in Client().get(notice_of(world.donghe2)).text


def test_only_grids_have_a_notice(world):
    assert Client().get(notice_of(world.donghe)).status_code == 404
    Unit.objects.filter(area=world.donghe2).update(valid_to=timezone.localdate())
    Area.objects.filter(pk=world.donghe2.pk).update(valid_to=timezone.localdate())
    assert Client().get(notice_of(world.donghe2)).status_code == 404


def test_an_outline_without_approval_is_not_shown(world):
    Area.objects.filter(pk=world.donghe1.pk).update(boundary_geojson=polygon(SQUARE))
    assert "outline" not in Client().get(notice_of(world.donghe1)).text.split("<main")[1]


def test_a_village_prints_all_its_notices(world):
    page = at_desk(world.cun).get(reverse("grids:print", args=[world.donghe.pk]))
    assert page.status_code == 200
    assert page.text.count('<article class="sheet') == 3
    assert text_of(page).count("http://testserver/grids/") == 2
