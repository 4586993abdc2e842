"""The one door: every change of a case by a person goes through ``act``.

Lock the row, ask the table, check the stand, let the act do its work, write case, clocks and
event together. Pages, API and imports all call it, so they give the same answers.
"""

import hashlib
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from cases import clocks, driving
from cases.acting import MOVED_ON, Act, Inputs
from cases.acts import EFFECTS, supervising
from cases.acts.ruling import DECIDED, decided
from cases.events import Before, Happening, Words, chain
from cases.holders import out_of_date
from cases.idling import idle_acts
from cases.models import Case, IdempotencyKey
from cases.rules import workflow
from cases.rules.workflow import CLOSED, Kind, Need, Stand, Status, Step, Verb
from cases.standing import Standing, standing
from cases.writing import insert_all
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import User


@transaction.atomic
def act(
    number: str, verb: Verb, *, actor: User, inputs: Inputs | None = None,
    rev: int | None = None, key: str = "",
) -> Case:  # fmt: skip
    """Apply ``verb`` to the case ``number`` on behalf of ``actor``; return the case.

    ``rev`` is the revision the person saw; ``key`` makes a retry harmless. Raises
    ``NotVisible`` outside the scope, ``NotAllowed`` for the wrong post, ``WrongState`` when
    the table has no such arrow or somebody was faster, ``BadInput`` naming a field. Nothing
    is written on any of them.
    """
    case = found_for(actor, number, verb)
    case = case and lock(case.pk)
    # Whoever waited for the lock may have been kept away from the case meanwhile.
    if case is None or case.recusals.filter(user=actor, until=None).exists():
        raise NotVisible("There is no such case in your area.")
    scope = f"user:{actor.pk}:act"
    if key and done_before(scope, key, case, verb):
        return case
    found = standing(actor, case)
    step = allowed(case, verb, found)
    if rev is not None and rev != case.last_seq:
        raise WrongState("Somebody else has changed this case. Please look again.")
    unit_id = next(
        found.units[stand] for stand in STAND_ORDER if stand in step.stands & found.stands
    )
    inputs = inputs or Inputs()
    now = database_now()
    perform(Act(case, step, actor, unit_id, inputs, now))
    if key:
        IdempotencyKey.objects.create(
            tenant_id=case.tenant_id, scope=scope, key=key, body_digest=key_body(case, verb),
            result=f"{case.number}:{case.last_seq}", at=now,
        )  # fmt: skip
    return case


def found_for(actor: User, number: str, verb: Verb) -> Case | None:
    """The case as ``actor`` may see it; to be supervised also one of which a leader sees no more
    than number, unit and lamp: the order puts the leader's unit on it (decisions.md 25)."""
    found = Case.objects.visible_to(actor).filter(number=number).first()
    if found is None and verb is Verb.ORDER:
        found = Case.objects.countable_by(actor).filter(number=number, closed_at=None).first()
    return found


def done_before(scope: str, key: str, case: Case, verb: Verb) -> bool:
    """Whether ``key`` was answered already; raises ``BadInput`` if it was for another act."""
    row = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if row is None:
        return False
    if bytes(row.body_digest) != key_body(case, verb):
        raise BadInput("This key was already used for another matter.", field="key")
    return True


def key_body(case: Case, verb: Verb) -> bytes:
    """What a key stands for: one verb on one case."""
    return hashlib.sha256(f"{case.number} {verb.value}".encode()).digest()


# What a unit named by a ruling cannot do with it.
BARRED = frozenset({Verb.RETURN, Verb.TRANSFER})
STAND_ORDER = (
    Stand.DECIDER, Stand.HEAD, Stand.HOLDER, Stand.MEDIATOR, Stand.VERIFIER, Stand.COORDINATOR,
    Stand.CO_HANDLER, Stand.ADDRESSEE, Stand.ISSUER, Stand.SUPERVISOR, Stand.WRITER,
)  # fmt: skip


def lock(case_id: int) -> Case | None:
    """The case with its row locked; the only lock any door takes first."""
    return (
        Case.objects.select_for_update(of=["self"])
        .select_related("story", "category", "area")
        .filter(pk=case_id)
        .first()
    )


def database_now() -> datetime:
    """The moment by the database's clock, asked under the lock.

    Not the transaction's start: whoever waited for the lock acts after whoever held it, and
    the moments of a case must never run backwards.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def allowed(case: Case, verb: Verb, found: Standing) -> Step:
    """The arrow for ``verb``; raises ``WrongState`` or ``NotAllowed``."""
    kind, status = Kind(case.kind), Status(case.status)
    possible = [step for step in workflow.STEPS[kind] if step.verb == verb]
    if not any(step.stands & found.stands for step in possible):
        if possible and (Stand.VERIFIER in possible[0].stands):
            raise NotAllowed("Somebody other than the handler, and not below, must do this.")
        raise NotAllowed("Your post does not allow this on this case.")
    step = workflow.find(kind, status, verb)
    if step is None or not step.stands & found.stands:
        raise WrongState(MOVED_ON)
    if verb in BARRED and decided(case):
        raise WrongState(DECIDED)
    return step


def perform(act: Act) -> None:
    """Let an allowed act do its work and write everything that belongs to it."""
    case, before = act.case, Before.of(act.case)
    if act.step.target is not None:
        case.status = act.step.target.value
    if function := EFFECTS.get(act.verb):
        function(act)
    if act.target is not None:
        case.status = act.target.value
    if case.kind == Kind.PETITION:
        driving.drive(act)
    if act.inputs.note.strip():
        act.words.append(Words("note", act.inputs.note.strip()))
    settle(act)
    happening = Happening(
        act.verb, act.now, actor_id=act.actor.pk if act.actor else None, unit_id=act.unit_id,
        reason=act.inputs.reason if Need.REASON in act.step.needs else "",
        other_id=act.other_id, words=act.words, messages=act.messages,
    )  # fmt: skip
    insert_all(chain(case, happening, before))
    try:
        case.save()
    except IntegrityError as error:
        if out_of_date(error):
            raise WrongState(
                "Places or units have just been reorganised. Please look again."
            ) from error
        raise


def settle(act: Act) -> None:
    """Bring the row in line with status and clocks: closed moment and earliest due."""
    case = act.case
    if Status(case.status) in CLOSED:
        clocks.stop(case, act.now, outcome="ended")
        # A revisit or a note on a closed case leaves the moment it was closed.
        case.closed_at, case.due_at, case.amber_at = case.closed_at or act.now, None, None
        case.provisional_from = case.sender_due_at = case.resident_due_at = None
        issuers = supervising.close_all(case, act.now)
        if case.status != Status.SEALED:  # of a sealed matter nobody hears
            for unit_id in issuers:
                act.tell_unit(unit_id)
        case.units.filter(until=None).exclude(part="reader").update(until=act.now)
        if case.urgent:
            case.assignments.filter(until=None, task="duty").update(until=act.now)
        return
    case.closed_at = None
    found = clocks.dues(case)
    due, case.amber_at, case.provisional_from = (
        found.due_at, found.amber_at, found.provisional_from,
    )  # fmt: skip
    if case.status == Status.SUSPENDED:
        case.provisional_from = None  # the day of review is chosen by a person
        if case.review_at and case.review_at > act.now:
            due = case.amber_at = min(case.review_at, due or case.review_at)
    if due is None:
        raise WrongState("An open case needs a running deadline.")
    case.due_at, case.sender_due_at, case.resident_due_at = due, found.sender, found.resident


def possible_verbs(case: Case, user: User) -> list[Step]:
    """The arrows ``user`` may take on ``case`` now and the act would not refuse; the page draws
    one button each, the API lists them."""
    found = standing(user, case)
    steps = workflow.open_to(Kind(case.kind), Status(case.status), found.stands)
    barred = BARRED if {step.verb for step in steps} & BARRED and decided(case) else frozenset()
    barred |= supervising.idle(case, user) | idle_acts(case)
    return [step for step in steps if step.verb not in barred]
