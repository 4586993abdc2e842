"""Supervision orders: issued, answered, judged, ended; who may; what the system does by itself."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from cases import orders, outbox, supervision_rounds
from cases.models import (
    Attachment,
    Case,
    CaseNote,
    Clock,
    DocumentCounter,
    Notice,
    Nudge,
    Recusal,
    SupervisionOrder,
)
from cases.orders import Asked, Show
from cases.policies import set_policy
from cases.reorganising import reorganise
from cases.rules.supervision import Cause, OrderState
from cases.rules.workflow import Status, Verb
from cases.transitions import database_now, possible_verbs
from cases.verification import verify_case
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import User
from grids.restructuring import Order
from grids.roles import AreaChangeKind, Role
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.cases.sealed import liaisons
from tests.cases.test_two_people import Thread, acting, locked, until, waiting_for_a_lock
from tests.world import World

DEMAND = {"reason": "shirking", "note": "请查清原因并书面报告。"}
ANSWER = {"note": "已勘界并签字。"}


def in_township(world: World) -> Case:
    return climb(dispute(world), 2)


def ordered(world: World, case: Case | None = None, **inputs: object) -> SupervisionOrder:
    """An order of the district's centre to who is responsible."""
    case = do(case or in_township(world), Verb.ORDER, world.su, **DEMAND | inputs)
    return SupervisionOrder.objects.get(case=case, issuer=world.hubin_centre, delisted_at=None)


def listing(user: User, show: Show = Show.OPEN) -> list[int]:
    fresh = User.objects.get(pk=user.pk)
    return [one.row.pk for one in orders.page(fresh, Asked(show), database_now(), None)[0]]


# --- one order from beginning to end ----------------------------------------------------
def test_an_order_goes_its_whole_way_in_the_chain(world: World) -> None:
    row = ordered(world, days=3)
    case = Case.objects.get(pk=row.case_id)
    assert (row.unit, row.days, row.state) == (world.qingshi_centre, 3, OrderState.ISSUED)
    assert case.holder_unit == world.qingshi_centre and case.supervised_at is not None
    assert case.status == Status.REGISTERED  # responsibility stays
    assert row.due_at > row.issued_at
    assert listing(world.ouyang, Show.ANSWER) == [row.pk] == listing(world.su)
    do(case, Verb.REPLY_ORDER, world.ouyang, **ANSWER)
    assert listing(world.su, Show.JUDGE) == [row.pk] and listing(world.ouyang, Show.ANSWER) == []
    before = row.due_at
    do(case, Verb.REJECT_REPLY, world.su, note="缺照片")
    row.refresh_from_db()
    assert (row.state, row.due_at) == (OrderState.ISSUED, before)  # the deadline stays
    do(case, Verb.REPLY_ORDER, world.tan, **ANSWER)
    SupervisionOrder.objects.update(due_at=row.issued_at)
    with pytest.raises(BadInput, match="deadline has passed") as refused:
        do(case, Verb.REJECT_REPLY, world.su, note="再补")
    assert refused.value.field == "days"
    do(case, Verb.REJECT_REPLY, world.su, note="再补", days=9)
    row.refresh_from_db()
    assert row.due_at > before and row.days == 9
    do(case, Verb.REPLY_ORDER, world.tan, **ANSWER)
    do(case, Verb.ACCEPT_REPLY, world.su)
    case = do(case, Verb.DELIST, world.su, reason="order_solved", note="已解决")
    row.refresh_from_db()
    assert row.state is OrderState.DELISTED and row.delist_reason == "order_solved"
    assert case.supervised_at is None and verify_case(case) == []
    assert listing(world.su) == [] and listing(world.su, Show.ENDED) == [row.pk]
    assert not case.units.filter(part__in=["supervisor", "addressee"], until=None).exists()
    thread = orders.whole(world.su, case, row, database_now()).entries
    assert [one.verb for one in thread] == [
        Verb.ORDER, Verb.REPLY_ORDER, Verb.REJECT_REPLY, Verb.REPLY_ORDER, Verb.REJECT_REPLY,
        Verb.REPLY_ORDER, Verb.ACCEPT_REPLY, Verb.DELIST,
    ]  # fmt: skip
    assert DEMAND["note"] in thread[0].words


def test_both_units_hear_of_every_step(world: World) -> None:
    row = ordered(world)
    do(row.case, Verb.REPLY_ORDER, world.ouyang, **ANSWER)
    outbox.deliver()
    heard = set(Notice.objects.filter(case=row.case).values_list("user", "verb"))
    assert {(world.tan.pk, "order"), (world.su.pk, "reply_order")} <= heard


def test_numbers_are_gapless_by_unit_and_year(world: World) -> None:
    rows = [ordered(world) for _ in range(3)]
    assert [row.number[-3:] for row in rows] == ["〕1号", "〕2号", "〕3号"]
    with pytest.raises(RuntimeError), transaction.atomic():
        ordered(world)
        raise RuntimeError  # taken back: the number is given back
    village = do(climb(dispute(world)), Verb.ORDER, world.ouyang, **DEMAND)
    assert village.supervisions.get().serial == 1
    assert ordered(world).serial == 4
    assert sorted(DocumentCounter.objects.values_list("last", flat=True)) == [1, 4]


def test_the_district_chooses_the_days_and_the_first_day_is_not_counted(world: World) -> None:
    set_policy(world.hubin, "supervision.days", {"days": 2}, in_days(-1).date())
    row = ordered(world)
    assert row.days == 2 and row.due_at > database_now() + timedelta(days=1)
    with pytest.raises(BadInput) as refusal:
        ordered(world, days=61)
    assert refusal.value.field == "days"


def test_photos_are_evidence_of_the_answer_and_counted_apart(world: World) -> None:
    row = ordered(world)
    photo = SimpleUploadedFile("x.jpg", b"\xff\xd8\xff\xe0" + b"x" * 20, "image/jpeg")
    case = do(row.case, Verb.REPLY_ORDER, world.ouyang, **ANSWER, photos=(photo,))
    found = Attachment.objects.get(case=case)
    assert found.seq == case.last_seq and found.state == "quarantined"
    assert orders.whole(world.su, case, row, database_now()).photos == [found]
    assert CaseNote.objects.filter(case=case, field="order.photos", text="1").exists()


# --- who may ----------------------------------------------------------------------------
def test_an_instruction_logs_the_leaders_office_onto_the_case(world: World) -> None:
    case = in_township(world)
    assert not Case.objects.visible_to(world.ling).exists()
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.ORDER, world.su, reason="leader", note="请督办")
    assert refusal.value.field == "office"
    ordered(world, case, reason="leader", office_id=world.hubin_government.pk)
    ling = User.objects.get(pk=world.ling.pk)
    assert list(Case.objects.visible_to(ling)) == [case]


def test_nobody_supervises_themselves_a_unit_above_or_a_stranger(world: World) -> None:
    case = in_township(world)
    for user in (world.cun, world.gao, world.ouyang):  # below, below, responsible
        with pytest.raises(NotAllowed):
            do(case, Verb.ORDER, user, **DEMAND)
    with pytest.raises(NotVisible):
        do(case, Verb.ORDER, world.bao, **DEMAND)
    for unit in (world.hubin_centre, world.liulin_centre):
        with pytest.raises(BadInput):
            do(case, Verb.ORDER, world.su, unit_id=unit.pk, **DEMAND)


def test_one_open_order_for_each_issuer_and_history_stays(world: World) -> None:
    row = ordered(world)
    with pytest.raises(WrongState, match="open order"):
        do(row.case, Verb.ORDER, world.su, **DEMAND)
    do(row.case, Verb.DELIST, world.su, reason="order_solved", note="已解决")
    assert ordered(world, row.case).pk != row.pk
    assert SupervisionOrder.objects.filter(case=row.case).count() == 2
    again = SupervisionOrder.objects.filter(case=row.case, delisted_at=None).get()
    again.pk, again.serial = None, 99
    with pytest.raises(IntegrityError, match="supervision_order_once"), transaction.atomic():
        again.save(force_insert=True)


def test_only_the_issuer_judges_and_only_the_addressee_answers(world: World) -> None:
    row = ordered(world)
    with pytest.raises(NotAllowed):
        do(row.case, Verb.REPLY_ORDER, world.su, **ANSWER)
    with pytest.raises(WrongState, match="No answer"):
        do(row.case, Verb.ACCEPT_REPLY, world.su)
    do(row.case, Verb.REPLY_ORDER, world.ouyang, **ANSWER)
    with pytest.raises(NotAllowed):
        do(row.case, Verb.ACCEPT_REPLY, world.ouyang)
    with pytest.raises(WrongState, match="answered already"):
        do(row.case, Verb.REPLY_ORDER, world.tan, **ANSWER)
    verbs = {step.verb for step in possible_verbs(Case.objects.get(pk=row.case_id), world.su)}
    assert {Verb.ACCEPT_REPLY, Verb.REJECT_REPLY, Verb.DELIST} <= verbs
    assert Verb.ORDER not in verbs


def test_who_stays_away_sees_no_order(world: World) -> None:
    row = ordered(world)
    Recusal.objects.create(
        case=row.case, tenant_id=row.tenant_id, user=world.su, since=database_now()
    )
    assert listing(world.su) == [] and orders.by_unit(world.su, database_now()) == []
    assert orders.counts(world.su, database_now())[Show.OPEN] == 0
    with pytest.raises(NotVisible):
        do(row.case, Verb.DELIST, world.su, reason="order_solved", note="已解决")
    assert listing(world.ouyang) == [row.pk]


def test_lists_of_units_and_areas(world: World) -> None:
    row = ordered(world)
    assert listing(world.ling) == [row.pk]  # a leader, without words and without opening it
    assert orders.page(world.ling, Asked(), database_now(), None)[0][0].seen is False
    assert listing(world.bao) == [] == listing(world.wai)
    [figure] = orders.by_unit(world.su, row.due_at + timedelta(seconds=1))
    assert (figure.unit, figure.open, figure.over) == (world.qingshi_centre, 1, 1)


# --- closed, merged, sealed -------------------------------------------------------------
@pytest.mark.parametrize("verb", [Verb.REFUSE, Verb.MERGE])
def test_a_closed_case_takes_no_order_and_its_orders_end(world: World, verb: Verb) -> None:
    row = ordered(world)
    other = dispute(world)
    case = do(row.case, verb, world.ouyang, note="说明", other=other.number)
    row.refresh_from_db()
    assert (row.delist_reason, row.delisted_at) == ("closed", case.closed_at)
    with pytest.raises((WrongState, NotAllowed)):
        do(case, Verb.REPLY_ORDER, world.ouyang, **ANSWER)
    with pytest.raises(WrongState):
        do(case, Verb.ORDER, world.su, **DEMAND)
    assert not SupervisionOrder.objects.filter(case=case, delisted_at=None).exists()


def test_an_answer_after_the_order_was_taken_off_is_refused(world: World) -> None:
    row = ordered(world)
    do(row.case, Verb.DELIST, world.su, reason="order_explained", note="已说明")
    with pytest.raises(NotAllowed):
        do(row.case, Verb.REPLY_ORDER, world.ouyang, **ANSWER, order_id=row.pk)


def test_sealing_takes_the_order_out_of_every_list(world: World) -> None:
    liaisons(world)
    row = ordered(world)
    do(row.case, Verb.SEAL, world.ouyang, unit_id=world.donghe_committee.pk)
    for user in (world.su, world.ouyang, world.ling):
        assert all(listing(user, show) == [] for show in Show)
        assert not any(orders.counts(User.objects.get(pk=user.pk), database_now()).values())
    outbox.deliver()
    told = Notice.objects.filter(case=row.case_id).exclude(verb=Verb.SEAL.value)
    assert not told.exists()


# --- the system -------------------------------------------------------------------------
def test_what_the_sweep_listed_gets_its_order_off_its_path(world: World) -> None:
    case = climb(dispute(world), 3)
    case = climb(case)  # the top: listed by the sweep, without issuer
    row = case.supervisions.get()
    assert (row.cause, row.state, row.number) == (Cause.LADDER_TOP, OrderState.LISTED, "")
    assert supervision_rounds.issue_listed(database_now()) == 1
    row.refresh_from_db()
    assert row.state is OrderState.ISSUED and row.issuer_id not in (None, row.unit_id)
    assert supervision_rounds.issue_listed(database_now()) == 0
    assert verify_case(Case.objects.get(pk=case.pk)) == []


def test_a_person_may_take_up_what_the_system_listed(world: World) -> None:
    case = climb(event(world))
    assert case.supervisions.get().cause == Cause.LIMIT
    row = ordered(world, case)
    assert row.by_rule and row.serial == 1
    assert SupervisionOrder.objects.filter(case=case).count() == 1


def test_a_listing_joins_the_order_its_issuer_has_already(world: World) -> None:
    case = in_township(world)
    row = SupervisionOrder.objects.create(
        case=case, tenant_id=case.tenant_id, unit=world.qingshi_centre, cause="report_up",
        by_rule=True, listed_at=database_now(),
    )  # fmt: skip
    issuer = supervision_rounds.act_alone
    assert issuer(case.pk, Verb.ISSUE_LISTED, database_now(), supervision_rounds.unissued)
    row.refresh_from_db()
    again = SupervisionOrder.objects.create(
        case=case, tenant_id=case.tenant_id, unit=world.qingshi_centre, cause="limit",
        listed_at=database_now(),
    )  # fmt: skip
    assert supervision_rounds.issue_listed(database_now()) == 1
    again.refresh_from_db()
    assert (again.delist_reason, row.delisted_at) == ("joined", None)


def test_three_days_red_list_a_case_once_and_never_again_for_that_clock(world: World) -> None:
    case = in_township(world)
    now = case.due_at + timedelta(days=3)
    Clock.objects.filter(case=case).update(ladder=[], holders=[], levels=[], actions=[])
    Clock.objects.filter(case=case, stopped_at=None).update(rung=0, due_at=case.due_at)
    assert supervision_rounds.list_red(now - timedelta(seconds=1)) == 0
    assert supervision_rounds.list_red(now) == 1
    row = case.supervisions.get()
    assert (row.cause, row.by_rule, row.unit) == (
        Cause.LATE_CLOSURE, True, world.qingshi_centre,
    )  # fmt: skip
    assert supervision_rounds.list_red(now) == 0
    do(case, Verb.ORDER, world.su, **DEMAND)
    do(case, Verb.DELIST, world.su, reason="order_solved", note="已说明")
    assert supervision_rounds.list_red(now + timedelta(days=9)) == 0


def test_an_entry_nobody_signs_for_in_time_is_listed_by_its_own_rule(world: World) -> None:
    case = event(world)
    sign = case.clocks.get(code="sign")
    assert supervision_rounds.list_red(sign.due_at) == 1
    assert case.supervisions.get().cause == Cause.LATE_NOTICE


def test_a_late_answer_is_noted_once_for_each_deadline(world: World) -> None:
    row = ordered(world)
    assert supervision_rounds.note_late(database_now()) == 0
    after = row.due_at + timedelta(seconds=1)
    assert supervision_rounds.note_late(after) == 1
    assert supervision_rounds.note_late(after + timedelta(days=9)) == 0
    row.refresh_from_db()
    assert row.late_at == after
    do(row.case, Verb.REPLY_ORDER, world.ouyang, **ANSWER)
    do(row.case, Verb.REJECT_REPLY, world.su, note="再报", days=30)
    row.refresh_from_db()
    assert row.late_at is None


def test_a_merged_unit_carries_its_orders(world: World) -> None:
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    case = climb(dispute(world))
    do(case, Verb.TRANSFER, world.cun, unit_id=world.donghe_committee.pk, note="归口")
    do(case, Verb.ORDER, world.ouyang, **DEMAND)
    order = Order(
        AreaChangeKind.MERGE,
        (world.donghe.pk,),
        target=world.shiqiao.pk,
        document="湖政〔2026〕3号",
    )
    reorganise(xi, order)
    row = SupervisionOrder.objects.get(case=case)
    assert (row.unit, row.issuer) == (world.shiqiao_committee, world.qingshi_centre)
    assert row.state is OrderState.ISSUED and verify_case(Case.objects.get(pk=case.pk)) == []


def test_two_issuers_that_become_one_keep_one_order(world: World) -> None:
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    case = in_township(world)
    rows = [
        SupervisionOrder.objects.create(
            case=case, tenant_id=case.tenant_id, unit=world.qingshi_centre, issuer=unit,
            cause="by_hand", listed_at=database_now(), issued_at=database_now(), days=5,
            due_at=in_days(5), series_unit=unit, year=2026, serial=1,
        )
        for unit in (world.donghe_committee, world.shiqiao_committee)
    ]  # fmt: skip
    for unit in (world.donghe_committee, world.shiqiao_committee):
        case.units.create(
            tenant_id=case.tenant_id, unit=unit, part="supervisor", since=database_now()
        )
    reorganise(xi, Order(
        AreaChangeKind.MERGE, (world.donghe.pk,), target=world.shiqiao.pk, document="湖政〔2026〕3"
    ))  # fmt: skip
    first, second = (SupervisionOrder.objects.get(pk=row.pk) for row in rows)
    assert (first.delist_reason, second.delisted_at) == ("joined", None)
    assert second.issuer == world.shiqiao_committee


# --- two at once ------------------------------------------------------------------------
def test_two_judge_at_once_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    second = world.person("er", Role.TRIAGE, world.hubin_centre)
    row = ordered(world)
    do(row.case, Verb.REPLY_ORDER, world.ouyang, **ANSWER)
    with locked(row.case):
        threads = [
            Thread(acting(row.case, Verb.ACCEPT_REPLY, world.su)),
            Thread(acting(row.case, Verb.REJECT_REPLY, second, note="再补")),
        ]
        until(lambda: waiting_for_a_lock() == 2)
    answers = [thread.end() for thread in threads]
    assert sorted(isinstance(one, WrongState) for one in answers) == [False, True]
    row.refresh_from_db()
    assert row.state in (OrderState.ACCEPTED, OrderState.ISSUED)


# --- reminders --------------------------------------------------------------------------
def test_a_reminder_says_when_the_next_is_possible(world: World) -> None:
    case = dispute(world)
    do(case, Verb.NUDGE, world.ouyang)
    with pytest.raises(WrongState, match=r"possible from \d{4}-\d\d-\d\d \d\d:\d\d"):
        do(case, Verb.NUDGE, world.ouyang)
    do(case, Verb.NUDGE, world.tan)  # another person may
    Nudge.objects.filter(user=world.ouyang).update(at=in_days(-1.01))
    do(case, Verb.NUDGE, world.ouyang)


def test_the_database_lets_nobody_remind_twice_either(world: World) -> None:
    case = dispute(world)
    do(case, Verb.NUDGE, world.ouyang)
    with pytest.raises(IntegrityError, match="24 hours"), transaction.atomic():
        Nudge.objects.create(
            case=case, tenant_id=case.tenant_id, user=world.ouyang, at=database_now()
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_nudge")
        assert cursor.fetchone() == (1,)
