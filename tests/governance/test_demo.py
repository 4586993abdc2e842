"""The demonstration as loaded: true chains and figures, work for every login, nobody real."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from cases import dossier, escalation, figures, intake, silence, transitions
from cases.acting import Inputs
from cases.intake import Draft
from cases.models import (
    Assignment,
    Case,
    CaseEvent,
    CaseNote,
    Clock,
    ClockExtension,
    Party,
    Policy,
    SealedMatter,
    Story,
)
from cases.policies import LADDER, in_force
from cases.rules.workflow import Kind, Status, Verb
from cases.verification import verify_all, verify_case
from governance.demo import cast as people
from governance.demo import ladders, loading, matters, places, tour
from grids import keyring
from grids.errors import WrongState
from grids.models import Area, User
from grids.roles import Level, Role

FORBIDDEN = (
    "重点人", "稳控", "黑名单", "老户", "缠访", "闹访", "非访", "风险等级", "前科", "宗教信仰",
    "政治面貌",
)  # fmt: skip
CASES, PETITIONS = 90, 7


@pytest.fixture(scope="module")
def demo(cast: bytes, django_db_blocker) -> Iterator[None]:
    """A small demonstration beside the test cast, rolled back after the last test here."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DEMO", True)
        with transaction.atomic():
            loading.load(CASES, lambda words: None)
            yield
            transaction.set_rollback(True)


@pytest.fixture
def undone(demo: None) -> Iterator[None]:
    """What one test changes is rolled back alone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def user(username: str) -> User:
    found: User = User.objects.get(username=username)
    return found


# --- truth ------------------------------------------------------------------------------
def test_every_chain_verifies_and_the_figures_are_a_recount(demo: None) -> None:
    assert Case.objects.count() == CASES + PETITIONS
    assert list(verify_all()) == []
    assert figures.differences() == []


def test_open_cases_are_due_when_their_clocks_say(demo: None) -> None:
    running = Min("clocks__step_due_at", filter=Q(clocks__stopped_at=None))
    for case in Case.objects.open().annotate(earliest=running):
        suspended = case.status == Status.SUSPENDED
        assert case.due_at == (case.review_at if suspended else case.earliest), case.number


def test_nothing_lies_in_the_future_and_nothing_waits_to_climb(demo: None) -> None:
    now = timezone.now()
    assert not Case.objects.filter(registered_at__gt=now).exists()
    assert not CaseEvent.objects.filter(at__gt=now).exists()
    assert not Clock.objects.filter(next_at__lte=now - timedelta(minutes=1)).exists()


def test_events_of_a_case_follow_each_other_in_time(demo: None) -> None:
    last: dict[int, object] = {}
    for case_id, at in CaseEvent.objects.order_by("case_id", "seq").values_list("case_id", "at"):
        assert case_id not in last or last[case_id] <= at
        last[case_id] = at


def test_the_next_days_move_the_cases_and_break_nothing(undone: None) -> None:
    climbs = CaseEvent.objects.filter(verb="climb").count()
    for days in (1, 3, 30):
        moment = timezone.now() + timedelta(days=days)
        assert escalation.sweep("test", now=moment).failed == 0
        silence.strike_silent(moment)
    assert CaseEvent.objects.filter(verb="climb").count() > climbs
    figures.fold()
    assert list(verify_all()) == []
    assert figures.differences() == []


def test_something_falls_due_within_a_day(demo: None) -> None:
    now = timezone.now()
    soon = Clock.objects.filter(next_at__gt=now, next_at__lte=now + timedelta(days=1))
    assert soon.count() >= 8


def test_silence_counted_only_after_everybody_was_told(demo: None) -> None:
    for case in Case.objects.filter(outcome="silence"):
        told = {row.party_id: row.told_at for row in case.tellings.all()}
        assert set(told) == {party.pk for party in case.parties.all()} != set()
        assert case.closed_at is not None
        assert case.closed_at - max(told.values()) > timedelta(days=7)


def test_nobody_verified_their_own_work(demo: None) -> None:
    for case in Case.objects.exclude(verified_by=None):
        assert case.verified_by_id != case.done_by_id


# --- petition matters -------------------------------------------------------------------
def test_petition_matters_stand_at_every_stage_with_their_clocks(demo: None) -> None:
    rows = Case.objects.filter(kind=Kind.PETITION)
    found = sorted(
        (case.status, *sorted(case.clocks.filter(stopped_at=None).values_list("code", flat=True)))
        for case in rows
    )
    assert found == [
        ("accepted", "handle"),
        ("accepted", "handle", "report", "sender"),
        ("forwarded", "notice_forwarded", "objection"),
        ("forwarded", "notice_forwarded", "objection", "sender"),
        ("lodged", "transfer"),
        ("replied", "execute", "review_apply"),
        ("review", "review"),
    ]
    assert len(found) == PETITIONS
    running = Clock.objects.filter(case__in=rows, stopped_at=None)
    assert set(running.filter(code="sender").values_list("set_by", flat=True)) == {
        "hotline", "above",
    }  # fmt: skip


def test_the_head_granted_one_petition_thirty_days_and_the_resident_was_told(demo: None) -> None:
    row = ClockExtension.objects.get()
    assert (row.days, row.approved_by) == (30, user("head"))
    assert row.clock.due_at - row.clock.started_at > timedelta(days=89)
    paper = row.clock.case.papers.get(sort="extension")
    assert (paper.days, paper.method) == (30, "post")


def test_every_clock_of_a_petition_says_how_it_was_counted(demo: None) -> None:
    now = timezone.now()
    for login in ("petition", "township", "district", "head"):
        seen = Case.objects.visible_to(user(login)).filter(kind=Kind.PETITION)
        assert seen.exists(), login
    for clock in Clock.objects.filter(case__kind=Kind.PETITION, stopped_at=None):
        assert dossier.deadline(clock, now).how, clock.code


# --- the tour ---------------------------------------------------------------------------
def test_the_tour_can_be_walked_with_one_number(undone: None) -> None:
    draft = Draft(Kind.DISPUTE, "两家因晒谷场边界争执。", category="D02")
    number = intake.register(draft, actor=user("grid")).case.number
    for username in ("village", "township", "district"):
        climb(number)
        case = Case.objects.visible_to(user(username)).get(number=number)
        assert case.holder_unit_id in {post.unit_id for post in user(username).posts}
        assert not Case.objects.visible_to(user("township2")).filter(number=number).exists()
    district, mediator = user("district"), user("mediator")

    def act(verb: Verb, who: User, **inputs: Any) -> None:
        transitions.act(number, verb, actor=who, inputs=Inputs(**inputs))

    act(Verb.SIGN, district)
    act(Verb.ASSIGN, district, user_id=mediator.pk)
    both = {"applicant_agrees": True, "respondent_agrees": True}
    act(Verb.MEDIATE, mediator, **both, until=timezone.now() + timedelta(hours=2))
    act(Verb.AGREE_ORAL, mediator, note="以石桩为界")
    act(Verb.VERIFY, district, note="双方都说好了")
    act(Verb.STRIKE, district)
    case = Case.objects.get(number=number)
    assert case.status == Status.STRUCK
    assert verify_case(case) == []


def climb(number: str) -> None:
    """Let the next moment of the ladder of minutes come."""
    clock = Clock.objects.get(case__number=number, ladder_code="demonstration")
    assert clock.next_at is not None
    assert clock.next_at - timezone.now() < timedelta(minutes=6)
    escalation.sweep("test", now=clock.next_at + timedelta(seconds=1))


# --- places and ladders -----------------------------------------------------------------
def test_the_towns_are_invented_and_the_ladder_of_minutes_is_the_first_one_s(demo: None) -> None:
    towns = Area.objects.filter(name__in=[places.TOWN, places.NEXT_TOWN], code="")
    towns = towns.filter(district__code=places.DISTRICT)
    assert {town.level for town in towns} == {Level.TOWNSHIP}
    today = timezone.localdate()
    codes = {town.name: in_force(town, today).ladder().code for town in towns}
    assert codes == {places.TOWN: "demonstration", places.NEXT_TOWN: "demonstration_hours"}
    assert not Clock.objects.filter(ladder_code="demonstration").exists()
    other = Area.objects.get(code=places.OTHER_DISTRICT)
    assert in_force(other, today).ladder().code == "five_level_nine_day"


def test_the_kinds_have_about_the_official_shares() -> None:
    shares = matters.MIX[matters.Kind.DISPUTE]
    assert abs(shares["D02"] / sum(shares.values()) - 0.32) < 0.01
    assert set(matters.texts()) == {code for mix in matters.MIX.values() for code in mix}
    assert sum(len(found) for found in matters.texts().values()) >= 120


# --- people -----------------------------------------------------------------------------
def test_every_login_works_with_the_one_password(demo: None) -> None:
    secret = people.password()
    assert len(secret) >= 12 and secret == people.password()
    for username, label, sentence in people.entries():
        assert authenticate(username=username, password=secret), username
        assert label and sentence
    assert {step.username for step in tour.steps()} <= {one[0] for one in people.entries()}
    assert len(tour.steps()) == 5


def test_every_login_has_the_posting_of_its_role(demo: None) -> None:
    for entry in people.CAST:
        assert {post.role for post in user(entry.username).posts} == {entry.role}


@pytest.mark.parametrize(
    "username", ["grid", "village", "township", "district", "petition", "township2", "district2"]
)
def test_every_desk_finds_work_in_its_units(demo: None, username: str) -> None:
    posts = user(username).posts
    held = Case.objects.visible_to(user(username)).open()
    assert held.filter(holder_unit__in=[post.unit_id for post in posts]).exists()


def test_the_others_see_what_their_role_shows(demo: None) -> None:
    assert Assignment.objects.filter(user=user("mediator"), until=None).exists()
    assert Case.objects.visible_to(user("mediator")).open().exists()
    assert Case.objects.countable_by(user("leader")).count() > CASES / 2
    # A leader opens what their unit supervises, and no other case.
    units = [post.unit_id for post in user("leader").posts]
    charged = Case.objects.filter(
        units__part="supervisor", units__until=None, units__unit__in=units
    )
    assert set(Case.objects.visible_to(user("leader"))) == set(charged)
    for username in ("auditor", "sysadmin", "secadmin"):
        assert not Case.objects.visible_to(user(username)).exists()


def test_neighbours_see_nothing_of_each_other(demo: None) -> None:
    towns = {"township": places.TOWN, "township2": places.NEXT_TOWN}
    for username, name in towns.items():
        seen = Case.objects.visible_to(user(username))
        assert set(seen.values_list("township__name", flat=True)) == {name}
    seen = Case.objects.visible_to(user("district2"))
    assert set(seen.values_list("district__code", flat=True)) == {places.OTHER_DISTRICT}


def test_officials_have_names_in_the_invented_town_only(demo: None) -> None:
    names = set(people.named()) | {
        entry.name for entry in people.CAST if entry.place in ("第1网格", "东河村", places.TOWN)
    }
    town = Q(postings__area__township__name=places.TOWN)
    elsewhere = User.objects.filter(username__startswith="demo-").exclude(town)
    assert elsewhere.exists()
    assert not elsewhere.filter(display_name__in=names).exists()
    colleagues = User.objects.filter(username__startswith="demo-")
    assert not any(one.has_usable_password() for one in colleagues)


def test_residents_are_nobody(demo: None) -> None:
    for party in Party.objects.all():
        assert party.name[1:] in ("某", "某某")
        if party.phone_tail:
            number = keyring.decrypt(party.phone, f"party.phone:{party.pk}")
            assert number.startswith("1380000")


def test_no_text_speaks_of_watching_people(demo: None) -> None:
    said = [*Story.objects.values_list("text", flat=True)]
    said += CaseNote.objects.values_list("text", flat=True)
    said += [text for found in matters.texts().values() for pair in found for text in pair]
    said += [text for found in matters.phrases().values() for text in found]
    for word in FORBIDDEN:
        assert not any(word in text for text in said), word


def test_restricted_cases_name_nobody(demo: None) -> None:
    assert not Party.objects.filter(case__restricted=True).exists()


def test_bodies_outside_government_hold_nothing() -> None:
    held = Case.objects.exclude(holder_unit=None)
    assert not held.filter(holder_unit__kind__government=False).exists()


def test_a_sealed_matter_waits_for_the_liaison() -> None:
    matter = SealedMatter.objects.visible_to(user("liaison")).get()
    assert matter.holder_unit.area.level == Level.DISTRICT
    assert not SealedMatter.objects.visible_to(user("township")).exists()


# --- once, and only here ----------------------------------------------------------------
def test_a_second_start_changes_nothing(undone: None, capsys: pytest.CaptureFixture[str]) -> None:
    tables = (Case, CaseEvent, Area, User, Policy)
    before = [model.objects.count() for model in tables]
    call_command("demo")
    assert [model.objects.count() for model in tables] == before
    printed = capsys.readouterr().out
    for username, _, _ in people.entries():
        assert f"  {username:<11}{people.password()}" in printed


def test_a_second_start_gives_back_a_changed_password(undone: None) -> None:
    somebody = user("grid")
    somebody.set_password("a visitor was here")
    somebody.save()
    loading.load(CASES, lambda words: None)
    assert authenticate(username="grid", password=people.password())


def test_it_is_refused_outside_demo_mode(undone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMO", False)
    with pytest.raises(CommandError):
        call_command("demo")


def test_it_is_refused_beside_real_cases(undone: None) -> None:
    Policy.objects.filter(code=ladders.MARK).update(code="another.mark")
    with pytest.raises(WrongState):
        loading.load(CASES, lambda words: None)


def test_past_cases_keep_the_ladder_they_began_with(demo: None) -> None:
    codes = Clock.objects.exclude(ladder_code="").values_list("ladder_code", "policy__code")
    assert {code for code, _ in codes} <= {
        "demonstration_hours", "five_level_nine_day", "product_default",
    }  # fmt: skip
    assert {policy for _, policy in codes} == {LADDER}


def test_no_role_of_the_readme_is_missing() -> None:
    roles = {entry.role for entry in people.CAST}
    assert {Role.AUDITOR, Role.SEC_ADMIN, Role.SYS_ADMIN, Role.LEADER} <= roles
    assert len({entry.username for entry in people.CAST}) == 14
