"""Conflict of interest: who must not see a case asks, or is asked, to stay away; the head
decides, and the case is never left without somebody who can act."""

from dataclasses import replace
from datetime import datetime

from cases import clocks, workcalendar
from cases.acting import Act
from cases.acts.handling import give
from cases.acts.moving import keep, pass_rungs, take_over
from cases.deciders import (
    HEADS,
    NOBODY_DECIDES,
    decided_by,
    decider_for,
    officials,
    people_of,
    waiting,
)
from cases.events import Words
from cases.models import CaseUnit, Notice, Recusal, RecusalRequest
from cases.rules.limits import LimitCode
from cases.rules.workflow import CLIMBING, Status
from cases.superiors import WORKERS, staffed, superior_of
from grids.errors import BadInput, WrongState
from grids.models import Posting, Unit, User
from grids.roles import Role

WHOM, WHY, ANSWER = "recusal.whom", "recusal.why", "recusal.answer"
MOST_OF_PARTIES = 3  # requests of parties that wait at once, per case


def declare(act: Act) -> None:
    """I have an interest of my own in this."""
    act.need(act.inputs.note, "note", "Please write which interest it is.")
    ask(act, "own", act.actor)


def ask_for(act: Act) -> None:
    """A colleague points out that somebody has an interest."""
    act.need(act.inputs.note, "note", "Please write why.")
    ask(act, "colleague", chosen(act))


def apply_for(act: Act) -> None:
    """A party names an official by name, post or unit; who that is finds out who decides."""
    act.need(act.inputs.text, "whom", "Please write which official you mean.")
    act.need(act.inputs.note, "why", "Please write why.")
    if waiting(act.case).filter(sort="party").count() >= MOST_OF_PARTIES:
        raise WrongState("Your earlier requests are still being decided.")
    act.words.append(Words(WHOM, act.inputs.text.strip()))
    ask(act, "party", None)


def chosen(act: Act) -> User:
    """The member of staff named, among those who act or may act on the case."""
    user_id = act.inputs.user_id or 0
    if not officials(act.case, user_id):
        raise BadInput("Choose somebody who works on this case.", field="user")
    found: User = User.objects.get(pk=user_id)
    return found


def ask(act: Act, sort: str, user: User | None) -> None:
    """Write the request down for the unit that decides, which sees the case from now on."""
    case = act.case
    if user and waiting(case).filter(user=user).exists():
        raise WrongState("A request about this person is being decided already.")
    unit = decider_for(case, user, act.now)
    RecusalRequest.objects.create(
        case=case, tenant_id=case.tenant_id, seq=case.last_seq + 1, sort=sort, user=user,
        asked_by=act.actor, decider_unit=unit, asked_at=act.now, due_at=decision_due(act),
    )  # fmt: skip
    move_words(act, WHY)
    give_to(act, unit, user.pk if user else None)


def decision_due(act: Act) -> datetime:
    calendar = workcalendar.of_district(act.case.district_id)
    limit = clocks.policies_of(act.case, act.now).limit(LimitCode.RECUSAL)
    return limit.due(act.now, calendar, zone=clocks.ZONE).at


def move_words(act: Act, field: str) -> None:
    """Keep what was written beside the event, out of the timeline everybody reads."""
    act.words.append(Words(field, act.inputs.note.strip()))
    act.inputs = replace(act.inputs, note="")


def give_to(act: Act, unit: Unit, user_id: int | None) -> None:
    """Let ``unit`` see the case and tell those of its people who may decide."""
    keep(act.case, unit.pk, "decider", act)
    act.other_id = unit.pk
    people = people_of(unit, act.case, user_id)
    for person in people:
        act.tell_user(person)
    if not staffed(act.case, [unit.pk], HEADS | WORKERS, without=[user_id] if user_id else []):
        tell_to_post_somebody(act, unit)


def tell_to_post_somebody(act: Act, unit: Unit) -> None:
    """Nobody can decide in ``unit``: the security administrators above it hear that somebody
    must be posted there, not about which matter."""
    over = [int(part) for part in unit.area.path.split(".") if part]
    rows = Posting.objects.running().filter(
        role=Role.SEC_ADMIN.value, area__in=over, user__is_active=True
    )
    Notice.objects.bulk_create(
        [
            Notice(
                tenant_id=act.case.tenant_id,
                user_id=pk,
                at=act.now,
                verb=NOBODY_DECIDES,
                dedupe_key=f"nobody:{unit.pk}:{act.now:%Y%m%d}",
                unit_id=unit.pk,
            )
            for pk in set(rows.values_list("user_id", flat=True))
        ],
        ignore_conflicts=True,
    )


# --- deciding ---------------------------------------------------------------------------
def request_of(act: Act) -> RecusalRequest:
    """The waiting request the decider means; the only one when none is named."""
    if act.actor is None:
        raise WrongState("Only staff decide.")
    rows = decided_by(act.actor, waiting(act.case).select_related("user"))
    if act.inputs.request_id:
        rows = [row for row in rows if row.pk == act.inputs.request_id]
    if len(rows) != 1:
        raise BadInput("Choose the request you decide.", field="request")
    return rows[0]


def close(act: Act, request: RecusalRequest, *, granted: bool) -> None:
    request.granted, request.decided_at, request.decided_by = granted, act.now, act.actor
    request.decided_seq = act.case.last_seq + 1
    request.save()


def deny(act: Act) -> None:
    """The person stays; whoever asked reads the reasons."""
    act.need(act.inputs.note, "note", "Please write the reasons of the decision.")
    request = request_of(act)
    close(act, request, granted=False)
    move_words(act, ANSWER)
    act.tell_user(request.asked_by_id)
    relieve_deciders(act)


def recuse(act: Act) -> None:
    """From now on the person sees nothing of the case, wherever they look."""
    act.need(act.inputs.note, "note", "Please write the reasons of the decision.")
    request = request_of(act)
    user = request.user or chosen(act)
    if act.actor is not None and user.pk == act.actor.pk:
        raise BadInput("Nobody decides about themselves.", field="user")
    request.user = user
    earlier = waiting(act.case).filter(user=user).exclude(pk=request.pk)
    for row in [*earlier, request]:
        close(act, row, granted=True)
        if row.asked_by_id != user.pk:
            act.tell_user(row.asked_by_id)
    keep_away(act, user)
    hand_on(act)
    move_words(act, ANSWER)
    act.other_id = user.pk


def hand_on(act: Act) -> None:
    """Give the case to whom the head names; without a name it is the unit's own to give."""
    if act.inputs.successor_id is None:
        return
    person = User.objects.get(pk=give(act, act.inputs.successor_id, "successor"))
    act.words.append(Words("handed_to", str(person)))


def keep_away(act: Act, user: User) -> None:
    """Write the recusal and everything that follows from it."""
    case = act.case
    Recusal.objects.get_or_create(
        case=case, user=user, until=None,
        defaults={"tenant_id": case.tenant_id, "since": act.now},
    )  # fmt: skip
    case.assignments.filter(user=user, until=None).update(until=act.now)
    secure_holder(act)
    relieve_deciders(act)
    for row in waiting(case).select_related("user", "decider_unit__area"):
        if not people_left(act, row):
            pass_on(act, row)


def secure_holder(act: Act) -> None:
    """Move the case up when the holder has nobody left who can act on it."""
    case = act.case
    holder = Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    if staffed(case, [holder.pk], WORKERS):
        act.tell_unit(holder.pk)
        return
    above = superior_of(case, holder, act.now)
    if above.pk == holder.pk:
        raise WrongState("Nobody above can act on this. Post somebody there first.")
    take_over(act, above)
    pass_rungs(act, above)
    if Status(case.status) in CLIMBING:
        act.target = Status.REGISTERED


def people_left(act: Act, request: RecusalRequest) -> bool:
    """Whether somebody in the deciding unit may still decide ``request``."""
    people = set(people_of(request.decider_unit, act.case, request.user_id))
    away = act.case.recusals.filter(until=None, user__in=people)
    return bool(people - set(away.values_list("user_id", flat=True)))


def pass_on(act: Act, request: RecusalRequest) -> bool:
    """Give a waiting request to the unit above; False when nobody is there."""
    without = [request.user_id] if request.user_id else []
    above = superior_of(act.case, request.decider_unit, act.now, without=without)
    if above.pk == request.decider_unit_id:
        return False
    request.decider_unit, request.due_at = above, decision_due(act)
    request.save(update_fields=["decider_unit", "due_at"])
    relieve_deciders(act)
    give_to(act, above, request.user_id)
    return True


def relieve_deciders(act: Act) -> None:
    """Who has nothing left to decide no longer sees the case for that."""
    running = CaseUnit.objects.filter(case=act.case, part="decider", until=None)
    units = waiting(act.case).values("decider_unit")
    running.exclude(unit__in=units).update(until=act.now)


def pass_overdue(act: Act) -> None:
    """Requests nobody decided in time go to the unit above."""
    late = waiting(act.case).filter(due_at__lte=act.now)
    for row in late.select_related("user", "decider_unit__area"):
        pass_on(act, row)
