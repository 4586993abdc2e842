"""Acts within the unit that is responsible: sign, assign, finish, tell, suspend …"""

from django.db.models import Max

from cases import clocks, headlines
from cases.acting import MOVED_ON, Act
from cases.events import Words
from cases.intake import MAX_TEXT
from cases.models import Assignment, ClockStep, Nudge, Story, Telling
from cases.rules.limits import LimitCode
from cases.rules.supervision import next_nudge
from cases.rules.workflow import ClockCode, Outcome, TellingChannel, Verb
from grids.errors import BadInput, WrongState
from grids.models import Posting
from grids.roles import Role

# Clocks that stand still while a result is being verified.
WORK_CLOCKS = (
    ClockCode.LADDER, ClockCode.HANDED_DOWN, ClockCode.SENDER, LimitCode.EVENT_EMERGENCY,
    LimitCode.EVENT_UTILITY, LimitCode.EVENT_GENERAL, LimitCode.EVENT_COMPLEX, LimitCode.HOTLINE,
    LimitCode.URGENT,
)  # fmt: skip


def correct(act: Act) -> None:
    """Replace the text before anybody signed for it; old and new are kept as notes."""
    if act.happened(Verb.SIGN):
        raise WrongState(MOVED_ON)
    text = act.inputs.text.strip()
    act.need(text, "text", "Please write a sentence about what happened.")
    if len(text) > MAX_TEXT:
        raise BadInput("At most %(most)s characters.", field="text", most=MAX_TEXT)
    story = Story.objects.get(case=act.case)
    act.words += [Words("story.old", story.text), Words("story.new", text)]
    story.text = text
    story.save(update_fields=["text"])
    headlines.renew(act.case)


def supplement(act: Act) -> None:
    """Add words to what was written; both stay."""
    act.need(act.inputs.note, "note", "Please write what you add.")
    act.tell_unit(act.case.holder_unit_id)


def sign(act: Act) -> None:
    """Note who is at it now: the sign-for limit stops, the step is signed."""
    clocks.stop(act.case, act.now, [LimitCode.SIGN.value, LimitCode.URGENT.value])
    if not clocks.running(act.case).exists():
        limit = LimitCode.EVENT_GENERAL
        clocks.start_limit(act.case, limit, act.case.received_at, watched=True)
    ClockStep.objects.filter(
        clock__case=act.case, clock__stopped_at=None, left_at=None, signed_at=None
    ).update(signed_at=act.now)


def assign(act: Act) -> None:
    """Give the case to a person of the unit, or to a mediator of the place."""
    act.need(act.inputs.user_id, "user", "Choose a person.")
    act.other_id = give(act, act.inputs.user_id or 0, "user")


def give(act: Act, user_id: int, field: str) -> int:
    """Let a person of the unit, or a mediator of the place, work on the case by name, and tell
    them; their id. Raises ``BadInput`` at ``field`` for anybody else."""
    postings = Posting.objects.running().filter(user_id=user_id)
    posting = postings.filter(unit_id=act.case.holder_unit_id or 0).first()
    around = [int(part) for part in act.case.area.path.split(".") if part]
    posting = posting or postings.filter(role=Role.MEDIATOR.value, area__in=around).first()
    if posting is None:
        raise BadInput("This person has no post in the unit.", field=field)
    if act.case.recusals.filter(user_id=posting.user_id, until=None).exists():
        raise BadInput("This person stays away from the case.", field=field)
    task = "mediate" if posting.role == Role.MEDIATOR else "handle"
    Assignment.objects.get_or_create(
        case=act.case, user_id=posting.user_id, until=None,
        defaults={"tenant_id": act.case.tenant_id, "task": task, "since": act.now},
    )  # fmt: skip
    act.tell_user(posting.user_id)
    return posting.user_id


def finish(act: Act) -> None:
    """The work is done and waits for somebody else to verify it."""
    act.need(act.inputs.note, "note", "Please write the result.")
    done(act, Outcome.HANDLED)


def done(act: Act, outcome: Outcome) -> None:
    """Hold the clocks of the work, start the one of verification."""
    case = act.case
    case.outcome, case.done_at, case.verified_by = outcome.value, act.now, None
    case.done_by, case.on_the_spot = act.actor, False  # it took work: nobody's silence ends it
    clocks.hold(case, act.now, [code.value for code in WORK_CLOCKS])
    clocks.stop(case, act.now, [LimitCode.SIGN.value, LimitCode.MEDIATION_MONTH.value])
    clocks.start_limit(case, LimitCode.VERIFY, act.now)
    act.tell_user(case.reporter_id)


def tell(act: Act) -> None:
    """Record that a party was told; silence counts only after it."""
    if act.inputs.channel not in TellingChannel.values():
        raise BadInput("Choose how the party was told.", field="channel")
    parties = act.case.parties.filter(erased_at=None)
    if act.inputs.party_id:
        parties = parties.filter(pk=act.inputs.party_id)
    ids = list(parties.values_list("pk", flat=True))
    if not ids:
        raise BadInput("Choose a party of this case.", field="party")
    Telling.objects.bulk_create(
        Telling(
            case=act.case, tenant_id=act.case.tenant_id, party_id=pk,
            channel=act.inputs.channel, told_at=act.now, told_by=act.actor,
        )
        for pk in ids
    )  # fmt: skip


def nudge(act: Act) -> None:
    """Remind the unit responsible; once per case, person and 24 hours, which a trigger of the
    database holds to as well. Units with a supervision order to answer hear of it too."""
    if act.actor is None:
        raise WrongState(MOVED_ON)
    last = Nudge.objects.filter(case=act.case, user=act.actor).aggregate(last=Max("at"))["last"]
    if coming := next_nudge(last, act.now):
        raise WrongState(
            "You reminded them within the last 24 hours. The next reminder is possible from "
            "%(next)s.",
            next=f"{coming.astimezone(clocks.ZONE):%Y-%m-%d %H:%M}",
        )
    Nudge.objects.create(case=act.case, tenant_id=act.case.tenant_id, user=act.actor, at=act.now)
    act.tell_unit(act.case.holder_unit_id)
    if act.case.supervised_at is not None:
        rows = act.case.supervisions.filter(delisted_at=None, issued_at__isnull=False)
        for unit_id in rows.values_list("unit_id", flat=True):
            act.tell_unit(unit_id)
