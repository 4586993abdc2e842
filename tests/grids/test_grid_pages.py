"""Pages of grids: list, drawing up, crew, files, the public notice."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from cases import handover
from cases.rules.workflow import Verb
from grids.errors import NotAllowed, NotVisible
from grids.models import AccessLog, Area, Change, Posting, Unit
from grids.restructuring import Order, plan
from grids.roles import AreaChangeKind, Role
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import dispute, do
from tests.grids.test_gridfile import HEADER, OTHER, VILLAGE
from tests.grids.test_outline import SQUARE, polygon

NEW = {
    "name": "第3网格", "number": "3", "kind": "general_grid", "households": "320",
    "boundary": "东至河，西至路", "outline": "", "map_approval": "",
}  # fmt: skip


def url(name, *args):
    return reverse(f"grids:{name}", args=args)


# --- list and scope -------------------------------------------------------------------------
def test_the_list_shows_the_readers_grids_by_village(world):
    page = at_desk(world.ouyang).get(url("list"))
    words = text_of(page)
    assert page.status_code == 200
    assert "东河村" in words and "第1网格" in words and "Gao" in words
    assert "渡口村" not in words


def test_the_list_finds_grids_without_a_worker(world):
    words = text_of(at_desk(world.cun).get(url("list"), {"show": "vacant"}))
    assert "第2网格" in words and "第1网格" not in words


@pytest.mark.parametrize("asked", [{"q": "第2"}, {"q": "2"}])
def test_the_list_is_searched(world, asked):
    words = text_of(at_desk(world.cun).get(url("list"), asked))
    assert "第2网格" in words and "第1网格" not in words


@pytest.mark.parametrize(
    "asked", [{"village": "x"}, {"village": "9" * 30}, {"from": "-1"}, {"from": "9" * 9}]
)
def test_a_strange_address_is_an_empty_list(world, asked):
    assert at_desk(world.cun).get(url("list"), asked).status_code == 200


@pytest.mark.parametrize("who", ["gao", "mei", "han", "ling", "dou"])
@pytest.mark.parametrize("name", ["list", "new", "import", "export"])
def test_posts_that_draw_up_nothing_are_refused(world, who, name):
    assert at_desk(world.people[who]).get(url(name)).status_code == 403


@pytest.mark.parametrize("who", ["bao", "du", "wai"])
def test_grids_elsewhere_do_not_exist(world, who):
    client = at_desk(world.people[who])
    before = Change.objects.count()
    post = world.posting(world.gao)
    for address in (url("detail", world.donghe1.pk), url("edit", world.donghe1.pk),
                    url("print", world.donghe.pk)):  # fmt: skip
        assert client.get(address).status_code == 404
    assert client.post(url("edit", world.donghe1.pk), NEW).status_code == 404
    assert client.post(url("appoint", world.donghe1.pk), {}).status_code == 404
    for name in ("grid_rename", "grid_close"):
        assert client.get(reverse(f"cases:{name}", args=[world.donghe1.pk])).status_code == 404
    assert client.get(reverse("office:end_post", args=[post.pk])).status_code == 404
    answer = client.post(url("new"), NEW | {"parent": world.donghe.pk})
    assert answer.status_code == 422
    assert Change.objects.count() == before


# --- drawing up -----------------------------------------------------------------------------
def test_a_grid_is_drawn_up_on_the_page(world):
    client = at_desk(world.cun)
    assert client.get(url("new"), follow=True).status_code == 200
    answer = client.post(url("new"), NEW | {"parent": world.donghe.pk}, follow=True)
    assert answer.status_code == 200
    grid = Area.objects.get(parent=world.donghe, number="3")
    assert grid.households == 320
    assert "The grid is drawn up." in text_of(answer)


def test_a_micro_grid_is_drawn_up_in_its_grid(world):
    values = NEW | {"parent": world.donghe2.pk, "kind": "microgrid", "name": "楼栋二"}
    assert at_desk(world.cun).post(url("new"), values).status_code == 302
    assert Area.objects.get(name="楼栋二").parent == world.donghe2


def test_a_township_chooses_the_village_first(world):
    page = at_desk(world.ouyang).get(url("new"))
    assert "石桥村" in text_of(page)
    assert "渡口村" not in text_of(page)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"number": "1"}, "number"),
        ({"households": "viele"}, "households"),
        ({"households": "-3"}, "households"),
        ({"kind": "microgrid"}, "kind"),
        ({"outline": "{"}, "outline"),
        ({"outline": json.dumps(polygon(SQUARE))}, "map_approval"),
        ({"boundary": "x" * 2001}, "boundary"),
    ],
)
def test_a_wrong_value_is_said_at_its_field_and_nothing_typed_is_lost(world, more, field):
    values = NEW | {"parent": world.donghe.pk} | more
    answer = at_desk(world.cun).post(url("new"), values)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "东至河" in answer.text or "boundary" in more
    assert not Change.objects.exists()


def test_two_people_do_not_overwrite_each_other(world):
    one, two = at_desk(world.cun), at_desk(world.ouyang)
    page = one.get(url("edit", world.donghe1.pk))
    rev = page.context["form"].initial["rev"]
    values = NEW | {"number": "1", "rev": rev}
    assert two.post(url("edit", world.donghe1.pk), values).status_code == 302
    late = one.post(url("edit", world.donghe1.pk), values | {"boundary": "南至渠"})
    assert late.status_code == 409
    assert "南至渠" in late.text
    assert Area.objects.get(pk=world.donghe1.pk).boundary == "东至河，西至路"


def test_the_page_of_a_grid_shows_outline_crew_and_log(world):
    client = at_desk(world.cun)
    drawn = {"outline": json.dumps(polygon(SQUARE)), "map_approval": "甘S(2023)27号"}
    client.post(url("edit", world.donghe1.pk), NEW | {"number": "1", "rev": 0} | drawn)
    page = client.get(url("detail", world.donghe1.pk))
    assert '<svg class="outline"' in page.text and "甘S(2023)27号" in page.text
    assert "Gao" in page.text and "Grid changed" in page.text


# --- crew -----------------------------------------------------------------------------------
def test_a_worker_is_posted_and_the_post_ends(world):
    client, today = at_desk(world.cun), timezone.localdate()
    values = {"account": "gao", "role": "grid_worker", "started_on": today.isoformat()}
    assert client.post(url("appoint", world.donghe2.pk), values).status_code == 302
    post = Posting.objects.get(area=world.donghe2, user=world.gao)
    end = reverse("office:end_post", args=[post.pk]) + "?from=grid"
    assert end in client.get(url("detail", world.donghe2.pk)).text
    tomorrow = (today + timedelta(days=1)).isoformat()
    answer = client.post(end, {"ended_on": tomorrow, "successor": ""})
    assert answer.status_code == 302 and answer["location"] == url("detail", world.donghe2.pk)
    post.refresh_from_db()
    assert post.ended_on == today + timedelta(days=1)


def test_what_is_open_goes_to_who_follows(world):
    case = do(dispute(world), Verb.ASSIGN, world.gao, user_id=world.gao.pk)
    lan = world.person("lan", Role.GRID_LEAD, world.donghe1_team)
    client, post = at_desk(world.cun), world.posting(world.gao)
    end = reverse("office:end_post", args=[post.pk]) + "?from=grid"
    assert case.number in text_of(client.get(end))
    body = {"ended_on": timezone.localdate().isoformat(), "successor": str(lan.public_id)}
    assert client.post(end, body).status_code == 302
    assert case.assignments.get(until=None).user == lan
    assert case.events.filter(verb=Verb.HAND_OVER).count() == 1
    assert Posting.objects.filter(user=lan, role=Role.GRID_WORKER, area=world.donghe1).exists()


def test_nobody_posts_themselves_or_ends_their_own_post(world):
    client = at_desk(world.cun)
    values = {"account": "cun", "role": "grid_lead", "started_on": "2026-01-01"}
    answer = client.post(url("appoint", world.donghe2.pk), values)
    assert answer.status_code == 422 and "Nobody gives themselves a post" in text_of(answer)
    lead = world.person("cun", Role.GRID_LEAD, world.donghe2_team)
    own = Posting.objects.get(user=lead, area=world.donghe2)
    end = reverse("office:end_post", args=[own.pk])
    assert end not in client.get(url("detail", world.donghe2.pk)).text
    assert client.get(end).status_code == 403
    assert end in at_desk(world.ouyang).get(url("detail", world.donghe2.pk)).text


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"account": "bao"}, "account"),
        ({"role": "triage"}, "role"),
        ({"started_on": "gestern"}, "started_on"),
        ({"ended_on": "2020-01-01"}, "ended_on"),
    ],
)
def test_a_wrong_post_is_refused_at_its_field(world, more, field):
    values = {"account": "mei", "role": "grid_worker", "started_on": "2026-01-01"} | more
    answer = at_desk(world.cun).post(url("appoint", world.donghe2.pk), values)
    assert answer.status_code == 422
    assert field in answer.context["crew_form"].errors


def test_a_post_ends_after_it_begins(world):
    post = world.posting(world.gao)
    client = at_desk(world.cun)
    for day in ("2020-01-01", "", "x"):
        body = {"ended_on": day, "successor": ""}
        answer = client.post(reverse("office:end_post", args=[post.pk]), body)
        assert answer.status_code == 422
        assert "ended_on" in answer.context["form"].errors


# --- renaming and closing -------------------------------------------------------------------
def change(name, area):
    return reverse(f"cases:grid_{name}", args=[area.pk])


def opened_yesterday(area):
    Area.objects.filter(pk=area.pk).update(valid_from=timezone.localdate() - timedelta(days=9))


@pytest.mark.parametrize("who", ["cun", "ouyang"])
def test_a_grid_is_renamed_after_a_look(world, who):
    client, address = at_desk(world.people[who]), change("rename", world.donghe1)
    wish = {"name": "河东网格", "document": "东河村〔2026〕3号"}
    shown = client.post(address, wish | {"preview": "1"})
    assert shown.status_code == 200 and "What this would do" in text_of(shown)
    assert Area.objects.get(pk=world.donghe1.pk).name == "第1网格"
    answer = client.post(address, wish | {"confirm": "1"})
    assert answer["location"] == url("detail", world.donghe1.pk)
    grid = Area.objects.get(pk=world.donghe1.pk)
    assert grid.name == "河东网格" and grid.past.get().name == "第1网格"
    assert "河东网格" in Unit.objects.get(pk=world.donghe1_team.pk).name
    log = Change.objects.get(subject="area", action="rename")
    assert (log.actor, log.reason) == (world.people[who], "东河村〔2026〕3号")
    assert "Renamed" in text_of(client.get(url("detail", grid.pk)))


@pytest.mark.parametrize("name", ["", "第2网格", "第1网格"])
def test_a_wrong_name_is_refused_at_its_field(world, name):
    answer = at_desk(world.cun).post(change("rename", world.donghe1), {"name": name})
    assert answer.status_code == 422 and "name" in answer.context["form"].errors


def test_closing_a_grid_lists_what_is_there_and_leaves_nothing_behind(world):
    case = do(dispute(world), Verb.ASSIGN, world.gao, user_id=world.gao.pk)
    opened_yesterday(world.donghe1)
    client, address = at_desk(world.cun), change("close", world.donghe1)
    words = text_of(client.get(address))
    assert case.number in words and "Gao · Grid worker" in words
    assert "What this would do" in text_of(client.post(address, {"preview": "1"}))
    assert Area.objects.get(pk=world.donghe1.pk).valid_to is None
    assert client.post(address, {"confirm": "1"})["location"] == url("list")
    case.refresh_from_db()
    assert case.holder_unit == world.donghe_committee and case.area == world.donghe
    assert case.events.filter(verb=Verb.REORGANISE, actor_id=world.cun.pk).count() == 1
    assert not Posting.objects.current().filter(area__in=[world.donghe1, world.donghe1a]).exists()
    handover.settle()
    assert not case.assignments.filter(until=None).exists()
    call_command("verify_chain", case.number)
    assert client.get(url("detail", world.donghe1.pk)).status_code == 404


def test_a_micro_grid_closes_alone(world):
    for area in (world.donghe1, world.donghe1a):
        opened_yesterday(area)
    address = change("close", world.donghe1a)
    assert "Gao" not in text_of(at_desk(world.cun).get(address))
    assert at_desk(world.cun).post(address, {"confirm": "1"}).status_code == 302
    assert Area.objects.get(pk=world.donghe1.pk).valid_to is None


def test_running_a_place_reorganises_no_more_than_its_grids(world):
    on = timezone.localdate()
    for kind, area in (("rename", world.donghe), ("close", world.donghe), ("move", world.donghe1)):
        target = world.donghe2.pk if kind == "move" else None
        order = Order(AreaChangeKind(kind), (area.pk,), name="新名", target=target)
        with pytest.raises(NotAllowed):
            plan(world.ouyang, order, on)
    with pytest.raises(NotVisible):
        plan(world.bao, Order(AreaChangeKind.CLOSE, (world.donghe1.pk,)), on)


# --- files ----------------------------------------------------------------------------------
@pytest.fixture
def coded(world):
    for area, code in ((world.shiqiao, VILLAGE), (world.dukou, OTHER)):
        Area.objects.filter(pk=area.pk).update(code=code, code_system="NBS", code_year=2023)
    return world


def upload(client, *lines, encoding="utf-8"):
    content = "\n".join([HEADER, *lines]).encode(encoding)
    return client.post(url("import"), {"file": SimpleUploadedFile("网格.csv", content)})


def test_a_file_is_looked_through_before_it_is_taken_in(coded):
    client, before = at_desk(coded.ouyang), Area.objects.count()
    page = upload(
        client, f"{VILLAGE},1,第1网格,320,东至河，西至路,综合网格,", f"{VILLAGE},1-1,楼栋,60,,,1"
    )
    assert page.status_code == 200
    assert Area.objects.count() == before
    assert "Nothing is written yet" in text_of(page)
    answer = client.post(url("import"), {"content": page.context["preview"]["content"]})
    assert answer.status_code == 302
    assert Area.objects.count() == before + 2
    assert Area.objects.get(parent=coded.shiqiao).code == f"{VILLAGE}001"
    assert Change.objects.filter(action="open", actor=coded.ouyang).count() == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"{OTHER},7,渡口,,,,", "not imported"),
        (f"{VILLAGE},9,网格,三百,,,", "Write a number of households."),
        (f"{VILLAGE},9,网格", "3 columns instead of 7"),
        (f"{VILLAGE},1,又一,,,,", "Number 1 is on line 2 already."),
    ],
)
def test_bad_lines_are_listed_and_nothing_is_half_imported(coded, line, reason):
    client, before = at_desk(coded.ouyang), Area.objects.count()
    good = f"{VILLAGE},1,第1网格,320,,,"
    page = upload(client, good, line)
    assert page.status_code == 422
    assert reason in text_of(page)
    assert [number for number, _ in page.context["preview"]["bad"]] == [3]
    assert page.context["preview"]["content"] == ""
    forced = client.post(url("import"), {"content": "\n".join([HEADER, good, line])})
    assert forced.status_code == 422
    assert Area.objects.count() == before


def test_the_reason_is_said_in_the_readers_language(coded):
    page = upload(at_desk(coded.ouyang, "zh-hans"), f"{OTHER},7,渡口,,,,")
    assert "尚未导入" in text_of(page)


def test_a_file_that_is_none_is_refused(coded):
    client = at_desk(coded.ouyang)
    assert client.post(url("import"), {}).status_code == 422
    assert upload(client, "河,村", encoding="gbk").status_code == 422
    big = SimpleUploadedFile("x.csv", b"x" * (512 * 1024 + 1))
    assert client.post(url("import"), {"file": big}).status_code == 422
    assert client.post(url("import"), {"content": "x" * (600 * 1024)}).status_code == 422


def test_the_export_is_the_readers_own_and_logged(coded):
    answer = at_desk(coded.cun).get(url("export"))
    text = answer.content.decode("utf-8-sig")
    assert text.splitlines()[0] == HEADER
    assert "第1微网格" in text and "Gao" not in text
    row = AccessLog.objects.get()
    assert (row.actor, row.action, row.subject) == (coded.cun, "export", "grids.csv")
