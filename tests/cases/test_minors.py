"""Minors by initials everywhere, and first sentences masked where they are written."""

import csv
import io
import json

import pytest
from django.http import HttpResponse
from django.urls import reverse

from cases.headlines import summary
from cases.intake import PartyDraft
from cases.models import Case, CaseSearch
from cases.rules.workflow import Verb
from grids.models import AccessLog, User
from grids.roles import Role, UnitKindCode
from grids.units import open_unit
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import dispute, do
from tests.world import PASSWORD, SINCE, World

CHILD, PHONE, HOME = "欧阳小满", "13912344321", "东河村2组15号"
GROWN = "李四维"
TEXT = f"{CHILD}和{GROWN}在村口争执，电话{PHONE}。{CHILD}受了惊吓。"


@pytest.fixture
def case(world: World) -> Case:
    child = PartyDraft(CHILD, PHONE, HOME, minor=True)
    return dispute(
        world, text=TEXT, place=f"{CHILD}家门口",
        parties=(child, PartyDraft(GROWN, "13800005678", "", "respondent")),
    )  # fmt: skip


def got(user: User, name: str, *args: object, **query: str) -> str:
    answer = at_desk(user).get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


@pytest.mark.parametrize("reader", ["gao", "cun", "ouyang"])
def test_no_page_names_the_child(world: World, case: Case, reader: str) -> None:
    user = world.people[reader]
    for name, args, query in (
        ("cases:queue", (), {"tab": "area"}),
        ("cases:queue", (), {"tab": "area", "q": "争执"}),
        ("cases:detail", (case.number,), {}),
        ("cases:print", (case.number,), {}),
    ):
        page = got(user, name, *args, **query)
        assert CHILD not in page and PHONE not in page, (name, query)
        assert HOME not in page, (name, query)
    assert "欧阳某某" in got(user, "cases:detail", case.number)


def test_who_works_on_it_reads_the_grown_in_full_and_others_masked(
    world: World, case: Case
) -> None:
    assert f"欧阳某某和{GROWN}" in got(world.gao, "cases:detail", case.number)
    other = got(world.ouyang, "cases:detail", case.number)
    assert GROWN not in other and "欧阳某某和李*维" in other
    paper = got(world.gao, "cases:print", case.number)
    assert PHONE not in paper and "欧阳某某" in paper


def test_the_list_of_a_program_and_the_whole_case(world: World, case: Case) -> None:
    client = at_desk(world.ouyang)
    listed = client.get("/api/v1/cases/", {"tab": "area"}).content.decode()
    assert "欧阳某某和李*维在村口争执" in json.loads(listed)["results"][0]["summary"]
    shown = client.get(f"/api/v1/cases/{case.number}/").json()
    assert [(one["name"], one["phone"], one["minor"]) for one in shown["parties"]] == [
        ("欧阳某某", "****", True), ("李*维", "138****5678", False),
    ]  # fmt: skip
    assert CHILD not in json.dumps(shown, ensure_ascii=False)


def test_nobody_finds_the_case_by_the_childs_name(world: World, case: Case) -> None:
    words = CaseSearch.objects.get(case=case).text
    assert GROWN in words
    for hidden in (CHILD, HOME, "欧阳小"):
        assert hidden not in words


def unmask(user: User, case: Case) -> HttpResponse:
    address = reverse("cases:unmask", args=[case.number, case.parties.get(minor=True).pk])
    return at_desk(user).post(address, {"why": "contact", "password": PASSWORD})


def test_the_details_for_a_reason_and_only_to_who_works_on_it(world: World, case: Case) -> None:
    assert unmask(world.ouyang, case).status_code == 403
    assert not AccessLog.objects.filter(action="unmask").exists()
    assert (
        "Show phone and address"
        not in got(world.ouyang, "cases:detail", case.number).partition("李*维")[0]
    )
    shown = text_of(unmask(world.gao, case))
    assert CHILD in shown and PHONE in shown and HOME in shown
    assert AccessLog.objects.get(action="unmask").reason == "contact"


def test_an_export_tells_nothing_of_the_child(world: World, case: Case) -> None:
    answer = at_desk(world.ouyang).post(f"{reverse('cases:export')}?tab=area", {"why": "report"})
    [row] = list(csv.reader(io.StringIO(answer.content.decode()[1:])))[1:]
    whole = " ".join(row)
    for hidden in (CHILD, "欧阳", PHONE, "4321", HOME):
        assert hidden not in whole
    assert "Concerns a minor" in row


def test_an_extract_tells_nothing_of_the_child(world: World, case: Case) -> None:
    firm = open_unit(area=world.qingshi, kind=UnitKindCode.PROPERTY_COMPANY, name="安居物业",
                     valid_from=SINCE)  # fmt: skip
    helper = world.person("wu", Role.PARTNER, firm)
    do(do(case, Verb.SIGN, world.gao), Verb.CO_HANDLE, world.gao, unit_id=firm.pk, note="请协助")
    page = got(helper, "cases:extract", case.number)
    assert "欧阳" not in page and "李*维" in page


def test_marked_later_everything_kept_is_written_anew(world: World) -> None:
    case = dispute(world, text=TEXT, parties=(PartyDraft(CHILD, PHONE, HOME),))
    party = case.parties.get()
    address = reverse("cases:minor", args=[case.number, party.pk])
    assert at_desk(world.ouyang).post(address, {"minor": "1"}).status_code == 403
    assert at_desk(world.bao).post(address, {"minor": "1"}).status_code == 404
    assert at_desk(world.gao).post(address, {"minor": "1"}).status_code == 302
    case = Case.objects.select_related("story").get(pk=case.pk)
    assert case.parties.get().minor and case.story.summary.startswith("欧阳某某和")
    assert CHILD not in CaseSearch.objects.get(case=case).text
    page = text_of(at_desk(world.gao).get(reverse("cases:detail", args=[case.number])))
    assert "申请人登记为未成年人" in page and CHILD not in page
    count = case.last_seq
    api = f"/api/v1/cases/{case.number}/minor/"
    again = at_desk(world.gao).post(
        api, {"party": party.pk, "minor": True}, content_type="application/json"
    )
    assert again.status_code == 200
    case.refresh_from_db()
    assert case.last_seq == count, "nothing changed, nothing is written"


def test_a_corrected_text_is_masked_too(world: World, case: Case) -> None:
    do(case, Verb.CORRECT, world.gao, text=f"更正：{CHILD}与{GROWN}已经和好。")
    case = Case.objects.select_related("story").get(pk=case.pk)
    assert case.story.summary == "更正：欧阳某某与李*维已经和好"
    assert CHILD not in CaseSearch.objects.get(case=case).text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("证件350521198001011234丢了。", "证件350521********34丢了"),
        ("座机0595-87654321打不通。", "座机059****4321打不通"),
        ("一" * 36 + "13912344321", "一" * 36 + "139…"),
        ("张三说张三丰欠款。", "张*说张*丰欠款"),
    ],
)
def test_first_sentences_hide_names_and_numbers(text: str, shown: str) -> None:
    parties = (PartyDraft("张三"), PartyDraft("张三丰"))
    assert summary(text, parties) == shown


def test_a_form_marks_a_minor(world: World) -> None:
    client = at_desk(world.gao)
    page = client.get(reverse("cases:new"), {"kind": "dispute"})
    assert 'name="minor_1"' in page.text
    sent = {
        "kind": "dispute", "key": str(page.context["form"]["key"].value()), "text": TEXT,
        "area": str(world.donghe1.pk), "source": "grid", "name_1": CHILD, "minor_1": "on",
        "side_1": "applicant", "name_2": GROWN, "side_2": "respondent",
    }  # fmt: skip
    assert client.post(reverse("cases:new"), sent).status_code == 302
    told = {party.name: party.minor for party in Case.objects.get().parties.all()}
    assert told == {CHILD: True, GROWN: False}
