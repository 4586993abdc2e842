"""Supervision orders: issued, answered with evidence, judged, taken off the list.

An order never moves the case: for petitions that is all escalation there is (the unit stays
responsible), for disputes responsibility climbs beside it. Every step is an event whose
``other_id`` is the order; what was written lies in the event's notes.
"""

from collections.abc import Collection
from datetime import datetime

from cases import attachments, clocks, numbering, workcalendar
from cases.acting import MOVED_ON, Act
from cases.acts.moving import keep
from cases.events import Words
from cases.models import Case, CaseUnit, SupervisionOrder
from cases.rules.clock import Moment, Span, SpanUnit, moments
from cases.rules.numbers import ORDER_DAYS
from cases.rules.supervision import MOST_DAYS, Cause, Ended, OrderState
from cases.rules.workflow import Verb
from cases.superiors import superior_of
from grids.errors import BadInput, WrongState
from grids.models import Posting, Unit, User
from grids.roles import FIGURE_ROLES, Role, UnitKindCode

ORDER, ANSWER = "order.named", "order.answer"  # fields of notes
ISSUER, ADDRESSEE = "supervisor", "addressee"  # parts of units that take part


# --- what a person does -----------------------------------------------------------------
def order(act: Act) -> None:
    """Issue an order by hand. What the system had listed becomes this order."""
    act.need_reason()
    act.need(act.inputs.note, "note", "Please write what is to be done and answered.")
    case, issuer = act.case, Unit.objects.select_related("area").get(pk=act.unit_id or 0)
    unit = addressee(act, issuer)
    office = leaders_office(act)
    days = checked(act.inputs.days or answer_days(case, act.now))
    if case.supervisions.filter(issuer=issuer, delisted_at=None).exists():
        raise WrongState("Your unit has an open order on this matter already.")
    row = case.supervisions.filter(issuer=None, delisted_at=None).first()
    row = row or SupervisionOrder(case=case, tenant_id=case.tenant_id, listed_at=act.now)
    row.unit, row.cause = unit, act.inputs.reason
    issue(act, row, issuer, days)
    if office is not None:
        keep(case, office.pk, ISSUER, act)
        act.words.append(Words("order.office", office.name))
        if office.pk != issuer.pk:  # whoever issues it knows
            act.tell_unit(office.pk)


def addressee(act: Act, issuer: Unit) -> Unit:
    """The unit that must answer: responsible or taking part, and not above the issuer."""
    wanted = act.inputs.unit_id or act.case.holder_unit_id
    rows = Unit.objects.filter(pk__in=addressees(act.case)).select_related("area", "kind")
    unit = rows.filter(pk=wanted or 0).first()
    if unit is None or not unit.kind.government:
        raise BadInput("Choose the unit responsible, or one that takes part.", field="unit")
    if unit.pk == issuer.pk:
        raise BadInput("A unit does not supervise itself.", field="unit")
    if unit.area.level < issuer.area.level:
        raise BadInput("Nobody supervises a unit above.", field="unit")
    return unit


def addressees(case: Case) -> set[int]:
    """The units an order may be addressed to."""
    parts = ("co_handler", "co_responsible", ADDRESSEE)
    found = set(case.units.filter(until=None, part__in=parts).values_list("unit_id", flat=True))
    return found | ({case.holder_unit_id} if case.holder_unit_id else set())


def leaders_office(act: Act) -> Unit | None:
    """The leader's unit behind an instruction: from now on it sees the case (decisions.md 25)."""
    if act.inputs.reason != Cause.LEADER:
        return None
    offices = leaders_offices(act.case)
    wanted = act.inputs.office_id or next(iter(leading(act.actor, offices)), 0)
    found = Unit.objects.filter(pk__in=offices, pk=wanted).first()
    if found is None:
        raise BadInput("Choose whose instruction it is.", field="office")
    return found


def leaders_offices(case: Case) -> list[int]:
    """Units at and above the place of the case in which a leader is posted today."""
    around = [int(part) for part in case.area.path.split(".") if part]
    rows = Posting.objects.running().filter(
        role=Role.LEADER.value, area__in=around, unit__tenant=case.tenant_id
    )
    return sorted(set(rows.values_list("unit_id", flat=True)))


def leading(user: User | None, offices: Collection[int]) -> list[int]:
    """Of these units those that ``user`` leads: an own instruction names nobody else's."""
    posts = user.posts if user else ()
    return [one.unit_id for one in posts if one.role in FIGURE_ROLES and one.unit_id in offices]


def reply(act: Act) -> None:
    """The written answer, with photos as evidence; the issuer judges it."""
    act.need(act.inputs.note, "note", "Please write what was done and what was found.")
    row = chosen(act, [one for one in open_orders(act.case) if one.unit_id in own_units(act)])
    if row.state is not OrderState.ISSUED:
        raise WrongState("This order was answered already.")
    if act.inputs.photos and act.actor is not None:
        found = attachments.accept(
            act.case, act.inputs.photos, actor=act.actor, seq=act.case.last_seq + 1
        )
        act.words.append(Words("order.photos", str(len(found))))
    row.replied_at = act.now
    row.save(update_fields=["replied_at"])
    act.other_id = row.pk
    act.tell_unit(row.issuer_id)


def accept(act: Act) -> None:
    """The issuer takes the answer; the case stays on the list until it is taken off."""
    row = to_judge(act)
    row.accepted_at = act.now
    row.save(update_fields=["accepted_at"])
    act.tell_unit(row.unit_id)


def send_back(act: Act) -> None:
    """The answer is not enough: once more, by a new deadline or by the one there was, unless it
    has passed while the answer lay with the issuer."""
    act.need(act.inputs.note, "note", "Please write what is missing.")
    row = to_judge(act)
    row.replied_at = None
    if not act.inputs.days and row.due_at is not None and row.due_at <= act.now:
        raise BadInput("The deadline has passed: choose how many working days there are now.",
                       field="days")  # fmt: skip
    if act.inputs.days:
        set_due(row, checked(act.inputs.days), act.now)
        row.late_at = None
    row.save()
    act.tell_unit(row.unit_id)


def to_judge(act: Act) -> SupervisionOrder:
    rows = [one for one in open_orders(act.case) if one.issuer_id in own_units(act)]
    row = chosen(act, rows)
    if row.state is not OrderState.REPLIED:
        raise WrongState("No answer waits to be judged.")
    act.other_id = row.pk
    return row


def delist(act: Act) -> None:
    """Take the case off the list, with a reason; who issued the order alone does. What the
    system listed is an order within a minute, or once somebody takes it up."""
    act.need_reason()
    act.need(act.inputs.note, "note", "Please write why.")
    rows = [one for one in open_orders(act.case) if one.issuer_id in own_units(act)]
    row = chosen(act, rows)
    end(act.case, row, act.now, act.inputs.reason)
    if not open_orders(act.case):
        act.case.supervised_at = None
    act.other_id = row.pk
    act.tell_unit(row.unit_id)


# --- what the system does ---------------------------------------------------------------
def list_by_rule(act: Act) -> None:
    """A rule found the case; a job issues the order afterwards. Once per clock and rule."""
    cause, clock_id = Cause(act.inputs.reason), act.inputs.request_id
    unit = act.inputs.unit_id or act.case.holder_unit_id or 0
    SupervisionOrder.objects.create(
        case=act.case, tenant_id=act.case.tenant_id, unit_id=unit, cause=cause.value,
        by_rule=True, clock_id=clock_id, listed_at=act.now,
    )  # fmt: skip
    act.case.supervised_at = act.case.supervised_at or act.now
    act.tell_unit(act.case.holder_unit_id)


def issue_listed(act: Act) -> None:
    """Give what the system listed an issuer, a number and a deadline. Where that unit supervises
    the case already, the listing joins its order."""
    case = act.case
    row = next((one for one in open_orders(case) if one.issuer_id is None), None)
    if row is None:
        raise WrongState(MOVED_ON)
    issuer = supervisor_of(case, Unit.objects.select_related("area").get(pk=row.unit_id), act.now)
    other = case.supervisions.filter(issuer=issuer, delisted_at=None).first()
    if other is not None:
        end(case, row, act.now, Ended.JOINED.value)
        act.other_id = other.pk
        return
    issue(act, row, issuer, answer_days(case, act.now))


def supervisor_of(case: Case, unit: Unit, now: datetime) -> Unit:
    """Who supervises ``unit``: the nearest unit above that has people; at the top a unit with a
    leader at the customer's topmost place, or the government there."""
    try:
        above = superior_of(case, unit, now)
    except WrongState:
        above = unit
    if above.pk != unit.pk:
        return above
    around = [int(part) for part in case.area.path.split(".") if part]
    rows = Unit.objects.current().filter(area__in=around, tenant_id=case.tenant_id)
    rows = rows.exclude(pk=unit.pk).select_related("area").order_by("area__level", "pk")
    led = rows.filter(pk__in=leaders_offices(case)).first()
    found = led or rows.filter(kind=UnitKindCode.GOVERNMENT.value).first()
    if found is None:
        raise WrongState("Nobody above can act on this. Post somebody there first.")
    return found


def note_late(act: Act) -> None:
    """The answer did not come in time: both units hear of it, once for each deadline."""
    late = [
        one for one in open_orders(act.case)
        if one.state is OrderState.ISSUED and one.late_at is None
        and one.due_at is not None and one.due_at < act.now
    ]  # fmt: skip
    if not late:
        raise WrongState(MOVED_ON)
    for row in late:
        row.late_at = act.now
        row.save(update_fields=["late_at"])
        act.tell_unit(row.unit_id)
        act.tell_unit(row.issuer_id)
    act.other_id = late[0].pk


def recount(act: Act) -> None:
    """Days off were announced or given: the answer is due by the same working days counted anew.
    The unit hears of it when that is earlier."""
    row = chosen(act, open_orders(act.case))
    before, due = row.due_at, due_anew(row)
    if before is None or due is None or due.at == before:
        raise WrongState(MOVED_ON)
    row.due_at, row.provisional = due.at, due.provisional
    row.save(update_fields=["due_at", "provisional"])
    act.other_id = row.pk
    days = " → ".join(f"{one.astimezone(clocks.ZONE):%Y-%m-%d}" for one in (before, due.at))
    act.words.append(Words("order.due", days))
    if due.at < before:
        act.tell_unit(row.unit_id)


def due_anew(
    row: SupervisionOrder, calendars: workcalendar.Calendars | None = None
) -> Moment | None:
    """When the answer is due by the days of today; None when nothing is counted any more: it was
    answered, noted as late, or nobody knows what it was counted from."""
    started, days = row.counted_from, row.days
    if row.state is not OrderState.ISSUED or row.late_at or started is None or days is None:
        return None
    calendar = (calendars or workcalendar.read()).of(row.case.district_id)
    return moments(started, (Span(days, SpanUnit.WORKING_DAY),), calendar, zone=clocks.ZONE)[0]


def close_all(case: Case, now: datetime) -> list[int]:
    """End every open order of a case that closes; the units that issued one."""
    rows = open_orders(case)
    for row in rows:
        end(case, row, now, Ended.CLOSED.value)
    return [row.issuer_id for row in rows if row.issuer_id]


# --- what is possible -------------------------------------------------------------------
ORDER_VERBS = (
    Verb.ORDER, Verb.REPLY_ORDER, Verb.ACCEPT_REPLY, Verb.REJECT_REPLY, Verb.DELIST,
)  # fmt: skip


def possible(row: SupervisionOrder, units: Collection[int]) -> set[Verb]:
    """What somebody who acts for ``units`` can do about one open order now."""
    found: set[Verb] = set()
    if row.state is OrderState.ISSUED and row.unit_id in units:
        found.add(Verb.REPLY_ORDER)
    if row.issuer_id in units:
        found.add(Verb.DELIST)
        if row.state is OrderState.REPLIED:
            found |= {Verb.ACCEPT_REPLY, Verb.REJECT_REPLY}
    return found


def idle(case: Case, user: User) -> frozenset[Verb]:
    """The verbs of orders that ``user`` cannot use on ``case`` now; no query while the case is
    not on the list."""
    rows = open_orders(case) if case.supervised_at is not None else []
    units = units_of(user)
    able = {verb for row in rows for verb in possible(row, units)}
    if not any(row.issuer_id in units for row in rows):
        able.add(Verb.ORDER)
    return frozenset(ORDER_VERBS) - able


# --- shared -----------------------------------------------------------------------------
def open_orders(case: Case) -> list[SupervisionOrder]:
    return list(case.supervisions.filter(delisted_at=None).order_by("pk"))


def own_units(act: Act) -> set[int]:
    """The units for which the person acts on orders."""
    return units_of(act.actor) if act.actor else set()


def units_of(user: User) -> set[int]:
    return {post.unit_id for post in user.posts if post.sees_unit or post.role in FIGURE_ROLES}


def chosen(act: Act, rows: list[SupervisionOrder]) -> SupervisionOrder:
    """The order the person means; the only one when none is named."""
    if act.inputs.order_id:
        rows = [row for row in rows if row.pk == act.inputs.order_id]
    if len(rows) != 1:
        raise BadInput("Choose the order you mean.", field="order")
    return rows[0]


def issue(act: Act, row: SupervisionOrder, issuer: Unit, days: int) -> None:
    """Make ``row`` an order of ``issuer``: deadline, who takes part, and, last, its number."""
    case = act.case
    row.issuer, row.issued_at = issuer, act.now
    set_due(row, checked(days), act.now)
    held = case.units.filter(unit=issuer, part=ISSUER, until=None)
    row.logged_on = not held.exists()
    keep(case, issuer.pk, ISSUER, act)
    keep(case, row.unit_id, ADDRESSEE, act)
    row.series_unit = issuer
    row.year, row.serial = numbering.take(case.tenant_id, issuer.pk, numbering.SUPERVISION, act.now)
    row.save()
    case.supervised_at = case.supervised_at or act.now
    act.other_id = row.pk
    act.words.append(Words(ORDER, f"{issuer.name}{row.number} → {row.unit.name}"))
    act.tell_unit(row.unit_id)
    if act.actor is None:
        act.tell_unit(issuer.pk)


def checked(days: int) -> int:
    if not 1 <= days <= MOST_DAYS:
        raise BadInput("Between 1 and %(most)s working days.", field="days", most=MOST_DAYS)
    return days


def set_due(row: SupervisionOrder, days: int, now: datetime) -> None:
    due = answer_due(row.case.district_id, days, now)
    row.days, row.counted_from = days, now
    row.due_at, row.provisional = due.at, due.provisional


def answer_due(district_id: int | None, days: int, now: datetime) -> Moment:
    """When an answer is due: an agency's deadline, which never rolls over a day off."""
    span = (Span(days, SpanUnit.WORKING_DAY),)
    calendar = workcalendar.of_district(district_id)
    return moments(now, span, calendar, zone=clocks.ZONE)[0]


def answer_days(case: Case, now: datetime) -> int:
    """Working days for an answer: the district's choice, else the product's default."""
    return clocks.policies_of(case, now).number(ORDER_DAYS)


def end(case: Case, row: SupervisionOrder, now: datetime, reason: str) -> None:
    """Take one order off the list; who saw the case through it alone does not any more."""
    row.delisted_at, row.delist_reason = now, reason
    row.save(update_fields=["delisted_at", "delist_reason"])
    parts = CaseUnit.objects.filter(case=case, until=None)
    left = [one for one in open_orders(case) if one.pk != row.pk]
    if row.unit_id not in {one.unit_id for one in left if one.issuer_id}:
        parts.filter(unit=row.unit_id, part=ADDRESSEE).update(until=now)
    if row.logged_on:
        parts.filter(unit=row.issuer_id, part=ISSUER).update(until=now)
