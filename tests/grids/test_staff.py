"""Accounts and postings: from–to, substitutes, powers that exclude each other."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from grids.errors import BadInput, WrongState
from grids.models import Area, Posting, Unit, User
from grids.roles import Role
from grids.staff import end_posting, hire, post, substitute
from tests.world import SINCE


@pytest.fixture
def today():
    return timezone.localdate()


def fresh(user):
    return User.objects.get(pk=user.pk)


# --- accounts -------------------------------------------------------------------------
def test_hiring(world):
    user = hire(username="zhao", display_name=" 赵一 ", password="a long enough phrase")
    assert user.display_name == "赵一"
    assert user.check_password("a long enough phrase")
    assert user.posts == []


def test_an_account_without_password_lets_nobody_in(world):
    assert not hire(username="zhao", display_name="赵一").has_usable_password()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("username", {"username": ""}),
        ("username", {"username": "Zhao"}),
        ("username", {"username": "赵"}),
        ("username", {"username": "zhao\x00"}),
        ("username", {"username": "z" * 41}),
        ("username", {"username": "gao"}),
        ("display_name", {"display_name": "\u200b"}),
        ("display_name", {"display_name": "赵" * 41}),
        ("password", {"password": "short"}),
    ],
)
def test_hiring_nonsense(world, field, values):
    with pytest.raises(BadInput) as caught:
        hire(**{"username": "zhao", "display_name": "赵一"} | values)
    assert caught.value.field == field


# --- postings -------------------------------------------------------------------------
def test_a_posting_grants_from_its_first_day_to_the_day_before_its_end(world, today):
    day = timedelta(days=1)
    zhao = hire(username="zhao", display_name="赵一")
    spans = {
        (today - day, today): False,
        (today - 2 * day, None): True,
        (today, today + day): True,
        (today + day, None): False,
    }
    for (start, end), running in spans.items():
        zhao.postings.all().delete()
        post(zhao, Role.HANDLER, world.land_office, world.qingshi, start, ended_on=end)
        assert bool(fresh(zhao).posts) is running, (start, end)


def test_a_new_posting_shows_at_once(world):
    assert len(world.han.posts) == 1
    post(world.han, Role.HANDLER, world.qingshi_justice, world.qingshi, SINCE)
    assert len(world.han.posts) == 2


def test_a_disabled_account_holds_no_post(world):
    world.gao.is_active = False
    world.gao.save()
    assert fresh(world.gao).posts == []


def test_a_closed_unit_posts_nobody(world):
    Unit.objects.filter(pk=world.donghe1_team.pk).update(valid_to=date(2025, 1, 1))
    assert fresh(world.gao).posts == []
    world.donghe1_team.refresh_from_db()
    with pytest.raises(BadInput) as caught:
        post(world.shui, Role.GRID_WORKER, world.donghe1_team, world.donghe1, SINCE)
    assert caught.value.field == "unit"


def test_a_unit_posts_to_its_area_or_below(world):
    post(world.han, Role.HANDLER, world.land_office, world.donghe, SINCE)
    for area in (world.liulin, world.hubin, world.city, world.songpo1):
        with pytest.raises(BadInput) as caught:
            post(world.han, Role.HANDLER, world.land_office, area, SINCE)
        assert caught.value.field == "area"


def test_no_posting_to_a_place_that_is_gone(world):
    Area.objects.filter(pk=world.shiqiao.pk).update(valid_to=date(2025, 1, 1))
    world.shiqiao.refresh_from_db()
    with pytest.raises(BadInput) as caught:
        post(world.han, Role.HANDLER, world.land_office, world.shiqiao, SINCE)
    assert caught.value.field == "area"


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.MEDIATOR, Role.PETITION_OFFICE, "boss"])
def test_roles_serve_in_their_kind_of_unit(world, role):
    with pytest.raises(BadInput) as caught:
        post(world.han, role, world.land_office, world.qingshi, SINCE)
    assert caught.value.field == "role"


@pytest.mark.parametrize(
    ("field", "start", "end"),
    [
        ("started_on", "2024-01-01", None),
        ("started_on", None, None),
        ("started_on", datetime(2024, 1, 1), None),  # noqa: DTZ001
        ("ended_on", date(2024, 1, 1), date(2024, 1, 1)),
        ("ended_on", date(2024, 1, 2), date(2024, 1, 1)),
        ("ended_on", date(2024, 1, 2), "later"),
    ],
)
def test_days_of_a_posting(world, field, start, end):
    with pytest.raises(BadInput) as caught:
        post(world.bao, Role.HANDLER, world.liulin_centre, world.liulin, start, ended_on=end)
    assert caught.value.field == field


def test_nobody_is_posted_twice_to_one_place_at_a_time(world):
    again = (world.gao, Role.GRID_WORKER, world.donghe1_team, world.donghe1)
    with pytest.raises(BadInput) as caught:
        post(*again, date(2026, 1, 1))
    assert caught.value.field == "started_on"
    post(*again, date(2023, 1, 1), ended_on=SINCE)  # before the present one
    end_posting(Posting.objects.get(user=world.gao, ended_on=None), date(2026, 1, 1))
    assert post(*again, date(2026, 1, 1)).ended_on is None


def test_two_clerks_post_one_person_at_once(committed_world):
    world, refusals = committed_world, []

    def give():
        try:
            user = fresh(world.han)
            post(user, Role.HANDLER, world.qingshi_justice, world.qingshi, SINCE)
        except BadInput as error:
            refusals.append(error.field)
        finally:
            connection.close()

    threads = [threading.Thread(target=give) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refusals == ["started_on"] * 2
    assert len(fresh(world.han).posts) == 2


@pytest.mark.parametrize("role", [Role.SYS_ADMIN, Role.SEC_ADMIN, Role.HANDLER])
def test_an_administrator_holds_nothing_else(world, role):
    unit, area = world.hubin_government, world.hubin
    with pytest.raises(BadInput) as caught:
        post(world.dou, role, unit, area, date(2026, 1, 1))
    assert caught.value.field == "role"
    with pytest.raises(BadInput):
        post(world.su, Role.AUDITOR, unit, area, date(2026, 1, 1))
    end_posting(world.posting(world.dou), date(2026, 1, 1))
    assert post(world.dou, role, unit, area, date(2026, 1, 1))


def test_an_auditor_may_audit_in_two_places(world):
    post(world.dou, Role.AUDITOR, world.qingshi_government, world.qingshi, SINCE)
    assert len(world.dou.posts) == 2


# --- the end --------------------------------------------------------------------------
def test_ending_a_posting(world, today):
    posting = world.posting(world.gao)
    end_posting(posting, today + timedelta(days=1))
    assert fresh(world.gao).posts
    end_posting(posting, today)  # an end ahead may be moved
    assert posting.ended_on == today
    assert not fresh(world.gao).posts
    with pytest.raises(WrongState):
        end_posting(posting, today + timedelta(days=1))


def test_a_posting_lasts_a_day_at_least(world):
    with pytest.raises(BadInput) as caught:
        end_posting(world.posting(world.gao), SINCE)
    assert caught.value.field == "ended_on"


# --- substitutes ----------------------------------------------------------------------
def test_a_substitute_has_the_same_powers_for_a_time(world, today):
    zhao = hire(username="zhao", display_name="赵一")
    mine = world.posting(world.gao)
    stand_in = substitute(mine, zhao, today, today + timedelta(days=7))
    assert stand_in.substitute_for == mine
    assert [post.area_id for post in fresh(zhao).posts] == [world.donghe1.pk]
    assert Area.objects.visible_to(zhao).filter(pk=world.donghe1a.pk).exists()
    assert fresh(world.gao).posts  # the person on leave keeps theirs
    end_posting(mine, today)
    assert fresh(zhao).posts  # and the place stays covered when they go


def test_substitutes_that_make_no_sense(world, today):
    mine = world.posting(world.gao)
    with pytest.raises(BadInput) as caught:
        substitute(mine, world.gao, today, today + timedelta(days=7))
    assert caught.value.field == "user"
    with pytest.raises(BadInput) as caught:
        substitute(mine, world.dou, today, today + timedelta(days=7))
    assert caught.value.field == "role"
    end_posting(mine, today)
    with pytest.raises(BadInput) as caught:
        substitute(mine, world.shui, today, today + timedelta(days=7))
    assert caught.value.field == "started_on"
