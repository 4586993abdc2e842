"""Queues: who finds what where, page by page, and never more than may be seen."""

from datetime import timedelta

import pytest

from cases import queues
from cases.models import Case, Recusal
from cases.queues import BadQuery, Cursor, Filters, Tab
from cases.rules.lamp import LampCode
from cases.rules.workflow import Status, Verb
from cases.transitions import database_now
from grids.models import User
from grids.roles import Level, Role
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import World


def numbers(user: User, tab: Tab, **values: object) -> list[str]:
    found = queues.page(user, user.posts, tab, now=database_now(), filters=Filters(**values))
    return [line.number for line in found.lines]


def handled(world: World, case: Case) -> Case:
    """A dispute of the grid that its worker has settled; waits for verification."""
    do(case, Verb.SIGN, world.gao)
    return do(case, Verb.FINISH, world.gao, note="双方和好")


def test_a_new_dispute_waits_at_the_unit_that_holds_it(world: World) -> None:
    case = dispute(world)
    assert numbers(world.gao, Tab.TO_DO) == [case.number]
    assert numbers(world.gao, Tab.MINE) == [case.number]
    assert numbers(world.ouyang, Tab.TO_DO) == []
    assert numbers(world.ouyang, Tab.AREA) == [case.number]


def test_it_is_under_way_once_signed_for(world: World) -> None:
    case = dispute(world)
    do(case, Verb.SIGN, world.gao)
    assert numbers(world.gao, Tab.TO_DO) == []
    assert numbers(world.gao, Tab.WORKING) == [case.number]


def test_a_climb_moves_it_up_and_leaves_the_lower_unit_beside(world: World) -> None:
    case = climb(dispute(world), 2)
    assert case.holder_unit == world.qingshi_centre
    assert numbers(world.ouyang, Tab.TO_DO) == [case.number]
    assert numbers(world.cun, Tab.CO) == [case.number]
    assert numbers(world.gao, Tab.TO_DO) == []


@pytest.mark.parametrize("tab", list(Tab))
def test_the_neighbour_township_and_the_leader_find_nothing(world: World, tab: Tab) -> None:
    climb(dispute(world), 3)
    handled(world, dispute(world))
    for user in (world.bao, world.wai, world.ling, world.dou):
        assert numbers(user, tab) == []


@pytest.mark.parametrize("tab", list(Tab))
def test_no_queue_shows_what_is_hidden(world: World, tab: Tab) -> None:
    climb(dispute(world), 3)
    climb(dispute(world, world.cun, area_id=world.donghe2.pk), 1)
    handled(world, dispute(world))
    event(world, category="E09", text="邻居反映孩子挨打")
    returned = climb(dispute(world), 1)
    do(returned, Verb.RETURN, world.cun, reason="incomplete", note="缺电话")
    for user in world.people.values():
        visible = set(Case.objects.visible_to(user).values_list("number", flat=True))
        assert set(numbers(user, tab)) <= visible, user.username


def test_a_restricted_case_is_found_by_the_units_that_take_part_only(world: World) -> None:
    case = event(world, category="E09", text="邻居反映孩子挨打")
    assert case.restricted
    assert numbers(world.ouyang, Tab.TO_DO) == [case.number]
    assert numbers(world.ouyang, Tab.AREA) == []
    assert numbers(world.cun, Tab.AREA) == numbers(world.su, Tab.AREA) == []
    assert numbers(world.gao, Tab.MINE) == []  # the reporter's post does not take part


def test_a_recused_person_finds_it_nowhere(world: World) -> None:
    case = climb(dispute(world), 2)
    Recusal.objects.create(case=case, tenant=world.lb, user=world.ouyang, since=database_now())
    assert numbers(world.ouyang, Tab.TO_DO) == numbers(world.ouyang, Tab.AREA) == []
    assert numbers(world.tan, Tab.TO_DO) == [case.number]
    assert queues.figures(world.ouyang, world.ouyang.posts).tabs[Tab.TO_DO] == 0


def test_a_return_comes_back_to_unit_and_writer_once(world: World) -> None:
    case = climb(dispute(world), 1)
    do(case, Verb.RETURN, world.cun, reason="incomplete", note="缺电话")
    assert numbers(world.gao, Tab.RETURNED) == [case.number]
    assert queues.figures(world.gao, world.gao.posts).tabs[Tab.RETURNED] == 1


def test_results_wait_for_somebody_not_below(world: World) -> None:
    case = handled(world, dispute(world))
    assert case.status == Status.DONE
    assert numbers(world.gao, Tab.VERIFY) == []
    assert numbers(world.cun, Tab.VERIFY) == [case.number]
    assert numbers(world.ouyang, Tab.VERIFY) == [case.number]
    assert numbers(world.su, Tab.VERIFY) == []  # nearer posts verify it


def test_the_handler_does_not_verify_his_own(world: World) -> None:
    case = climb(dispute(world), 2)
    do(case, Verb.SIGN, world.ouyang)
    do(case, Verb.FINISH, world.ouyang, note="双方和好")
    assert numbers(world.ouyang, Tab.VERIFY) == []
    assert numbers(world.tan, Tab.VERIFY) == [case.number]


def test_a_suspension_comes_back_when_its_review_is_due(world: World) -> None:
    case = dispute(world)
    do(case, Verb.SIGN, world.gao)
    do(case, Verb.SUSPEND, world.gao, reason="weather", note="下雪", until=in_days(3))
    assert numbers(world.gao, Tab.TO_DO) == []
    later = database_now() + timedelta(days=4)
    found = queues.page(world.gao, world.gao.posts, Tab.TO_DO, now=later)
    assert [line.number for line in found.lines] == [case.number]


def test_a_mediator_finds_what_names_her(world: World) -> None:
    case = dispute(world)
    assert numbers(world.mei, Tab.TO_DO) == []
    do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)
    assert numbers(world.mei, Tab.TO_DO) == [case.number]
    assert numbers(world.mei, Tab.AREA) == []


def test_the_supervision_list_belongs_to_the_area(world: World) -> None:
    case = climb(dispute(world), 4)
    assert case.supervised_at is not None
    assert numbers(world.su, Tab.SUPERVISED) == [case.number]
    assert numbers(world.ouyang, Tab.SUPERVISED) == [case.number]
    assert numbers(world.bao, Tab.SUPERVISED) == []


def test_the_struck_off_are_finished(world: World) -> None:
    case = handled(world, dispute(world))
    do(case, Verb.VERIFY, world.cun, note="上门看过")
    do(case, Verb.STRIKE, world.cun)
    assert numbers(world.gao, Tab.FINISHED) == [case.number]
    assert numbers(world.gao, Tab.WORKING) == []


def test_filters_narrow(world: World) -> None:
    first, second = dispute(world), event(world)
    assert numbers(world.gao, Tab.TO_DO, kind="event") == [second.number]
    assert numbers(world.gao, Tab.TO_DO, categories=(first.category_id,)) == [first.number]
    assert numbers(world.gao, Tab.TO_DO, status="handling") == []
    assert len(numbers(world.gao, Tab.TO_DO, source=first.source_id)) == 2
    assert len(numbers(world.ouyang, Tab.AREA, area=(Level.GRID, world.donghe1.pk))) == 2
    assert numbers(world.ouyang, Tab.AREA, area=(Level.GRID, world.donghe2.pk)) == []


def test_lamps_in_sql_are_the_lamps_of_the_lines(world: World) -> None:
    dispute(world)
    event(world)
    suspended = dispute(world)
    do(suspended, Verb.SIGN, world.gao)
    do(suspended, Verb.SUSPEND, world.gao, reason="weather", note="下雪", until=in_days(3))
    posts = world.ouyang.posts
    for hours in (0, 1, 20, 30, 60, 24 * 5, 24 * 9):
        now = database_now() + timedelta(hours=hours)
        everything = queues.page(world.ouyang, posts, Tab.AREA, now=now).lines
        assert len(everything) == 3
        for code in (code for code in LampCode if code is not LampCode.DONE):
            lit = queues.page(world.ouyang, posts, Tab.AREA, now=now, filters=Filters(lamp=code))
            expected = [line.number for line in everything if line.lamp(now).code is code]
            assert [line.number for line in lit.lines] == expected


@pytest.mark.parametrize("tab", [Tab.TO_DO, Tab.MINE, Tab.RETURNED, Tab.FINISHED])
def test_pages_go_forth_and_back_without_a_gap(world: World, tab: Tab) -> None:
    for _ in range(7):
        case = dispute(world)
        if tab is Tab.RETURNED:
            do(climb(case), Verb.RETURN, world.cun, reason="incomplete", note="缺电话")
        if tab is Tab.FINISHED:
            do(case, Verb.VOID, world.gao, reason="test_entry", note="试录")
    now, posts = database_now(), world.gao.posts
    whole = [line.number for line in queues.page(world.gao, posts, tab, now=now).lines]
    assert len(whole) == 7
    forth, cursor, pages = [], "", []
    while True:
        read = Cursor.read(cursor)
        found = queues.page(world.gao, posts, tab, now=now, cursor=read, size=3)
        forth += [line.number for line in found.lines]
        pages.append(found)
        if not found.next:
            break
        cursor = found.next
    assert forth == whole and len(pages) == 3
    assert not pages[0].previous
    back = queues.page(world.gao, posts, tab, now=now, cursor=Cursor.read(found.previous), size=3)
    assert back.lines == pages[1].lines
    again = queues.page(world.gao, posts, tab, now=now, cursor=Cursor.read(back.previous), size=3)
    assert again.lines == pages[0].lines and not again.previous and again.next


def test_equal_due_moments_are_told_apart_by_key(world: World) -> None:
    cases = [dispute(world) for _ in range(4)]
    Case.objects.update(due_at=cases[0].due_at)
    now, posts = database_now(), world.gao.posts
    seen, cursor = [], ""
    for _ in range(4):
        found = queues.page(
            world.gao, posts, Tab.TO_DO, now=now, cursor=Cursor.read(cursor), size=1
        )
        seen += [line.id for line in found.lines]
        cursor = found.next
    assert seen == [case.pk for case in cases]


@pytest.mark.parametrize("text", ["x", "%%%", "AAAA", "-1", "é" * 24, "A" * 300, "A" * 24 + "="])
def test_a_bad_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadQuery):
        Cursor.read(text)


def test_a_cursor_far_away_is_refused() -> None:
    packed = queues.KEY.pack(False, 2**62, 1)
    text = queues.base64.urlsafe_b64encode(packed).decode()
    with pytest.raises(BadQuery):
        Cursor.read(text)


def test_all_my_posts_are_merged_in_order(world: World) -> None:
    world.person("gao", Role.GRID_WORKER, world.donghe2_team)
    user = User.objects.get(pk=world.gao.pk)
    places = [world.donghe1.pk, world.donghe2.pk, world.donghe1.pk]
    cases = [dispute(world, user, area_id=place) for place in places]
    assert len(user.posts) == 2
    assert numbers(user, Tab.TO_DO) == [case.number for case in cases]
    one = [post for post in user.posts if post.area_id == world.donghe2.pk]
    found = queues.page(user, one, Tab.TO_DO, now=database_now())
    assert [line.number for line in found.lines] == [cases[1].number]


def test_counts_stop_at_a_hundred(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "MOST", 2)
    for _ in range(3):
        dispute(world)
    now, counts, _unread = queues.figures(world.gao, world.gao.posts)
    assert counts == {Tab.TO_DO: 2, Tab.RETURNED: 0, Tab.SUPERVISED: 0}
    assert abs(now - database_now()) < timedelta(seconds=5)


def test_people_without_a_post_have_empty_queues(world: World) -> None:
    nobody = User.objects.create_user("nobody", None, "Nobody")
    assert all(numbers(nobody, tab) == [] for tab in Tab)
    assert set(queues.figures(nobody, nobody.posts).tabs.values()) == {0}
