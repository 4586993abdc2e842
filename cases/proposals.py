"""A district's policies change by two people: one proposes, another approves what was simulated.

Every step locks the proposal's row, checks what the person saw (``rev``) and logs itself. An
approved proposal is a version of the policy from its day on; old versions are never changed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from cases import restarting, simulation
from cases.clocks import ZONE
from cases.doorbell import BELL
from cases.escalation import database_clock
from cases.models import Policy, PolicyProposal
from cases.models.proposal import OPEN_STATES, READERS, ProposalState
from cases.policies import set_policy
from cases.wishes import REASON, Wish, checked, default_body, today
from grids import plaintext
from grids.changes import changed
from grids.errors import NotAllowed, NotVisible, WrongState
from grids.models import Area, User
from grids.roles import Level, Role
from grids.staffing import Post

AT_ONCE = 500  # named clocks that are moved before the approval returns


NO_PROPOSAL = "There is no such proposal in your area."
MOVED_ON = "Somebody else has changed this proposal. Please look again."
PLACES = (Level.CITY, Level.DISTRICT)


# --- who ------------------------------------------------------------------------------------
def reads(user: User) -> bool:
    """Whether ``user`` reads proposals anywhere."""
    return any(post.role in READERS and post.tenant_id for post in user.posts)


def holding(user: User, role: Role, area: Area) -> Post | None:
    """The post as ``role`` that answers for ``area``, of its own customer."""
    for post in user.posts:
        within = area.path.startswith(post.area_path) and post.tenant_id == area.tenant_id
        if post.role is role and post.tenant_id and within:
            return post
    return None


def proposing_places(user: User) -> list[Area]:
    """Districts, and cities above them, whose system administrator ``user`` is."""
    reach = Q(pk__in=[])
    for post in user.posts:
        if post.role is Role.SYS_ADMIN and post.tenant_id:
            reach |= Q(tenant=post.tenant_id, path__startswith=post.area_path)
    rows = Area.objects.current().filter(reach, level__in=PLACES)
    return list(rows.order_by("path"))


def reading_places(user: User) -> list[Area]:
    """Places whose policies ``user`` may read."""
    reach = Q(pk__in=[])
    for post in user.posts:
        if post.role in READERS and post.tenant_id:
            reach |= Q(tenant=post.tenant_id, path__startswith=post.area_path)
    return list(Area.objects.current().filter(reach, level__in=PLACES).order_by("path"))


def need_reader(user: User) -> None:
    if not reads(user):
        raise NotAllowed("Policies are kept by the administrators.")


def place_for(user: User, pk: int) -> Area:
    """The place whose policies are asked for; raises ``NotAllowed`` and ``NotVisible``."""
    need_reader(user)
    found = next((area for area in reading_places(user) if area.pk == pk), None)
    if found is None:
        raise NotVisible("There is no such place in your area.")
    return found


def place_or_first(user: User, pk: int | None) -> Area | None:
    """The place asked for, the first one without ``pk``; None where a person's posts reach no
    district. Raises as ``place_for``."""
    need_reader(user)
    if pk is not None:
        return place_for(user, pk)
    return next(iter(reading_places(user)), None)


def proposal_for(user: User, pk: int, *, lock: bool = False) -> PolicyProposal:
    """The proposal, locked if told; raises ``NotAllowed`` and ``NotVisible``."""
    need_reader(user)
    rows = PolicyProposal.objects.visible_to(user).filter(pk=pk)
    if lock:
        rows = PolicyProposal.objects.filter(pk__in=rows.values("pk")).select_for_update(
            of=("self",)
        )
    found = rows.select_related("area", "author", "approver", "policy", "back_to").first()
    if found is None:
        raise NotVisible(NO_PROPOSAL)
    return found


def may_propose(user: User, area: Area) -> bool:
    return area.level in PLACES and holding(user, Role.SYS_ADMIN, area) is not None


def may_decide(user: User, proposal: PolicyProposal) -> bool:
    """Whether ``user`` is the second person for this proposal."""
    second = holding(user, Role.SEC_ADMIN, proposal.area) is not None
    return second and user.pk != proposal.author_id


def need_proposer(user: User, area: Area) -> None:
    if not may_propose(user, area):
        raise NotAllowed("The system administrator of the district proposes its policies.")


def need_decider(user: User, proposal: PolicyProposal) -> None:
    if user.pk == proposal.author_id:
        raise NotAllowed("Nobody approves what they proposed themselves.")
    if not may_decide(user, proposal):
        raise NotAllowed("The security administrator of the place approves policies.")


# --- proposing ------------------------------------------------------------------------------
@transaction.atomic
def propose(
    user: User, area: Area, wish: Wish, back_to: Policy | None = None, *, own: bool = True
) -> PolicyProposal:
    """Write a draft of the next version. Raises ``WrongValues`` by field, ``NotAllowed``, and
    ``WrongState`` while another proposal for the same policy is open.

    ``own``: it is the district's, which names its document; the product's default has none.
    """
    need_proposer(user, area)
    assert area.tenant_id is not None
    values = checked(area, wish, own=own)
    try:
        with transaction.atomic():
            row = PolicyProposal.objects.create(
                tenant_id=area.tenant_id, area=area, code=wish.code, author=user,
                proposed_at=Now(), back_to=back_to, **values,
            )  # fmt: skip
    except IntegrityError as error:
        if "policy_proposed_once" in str(error):
            raise WrongState("Another proposal for this is open. Finish that one first.") from error
        raise
    log(user, "propose", row, after=values)
    return row


@transaction.atomic
def rewrite(user: User, pk: int, wish: Wish, rev: int | None = None) -> PolicyProposal:
    """Change a draft; what was simulated counts no longer. Raises as ``propose``."""
    row = proposal_for(user, pk, lock=True)
    need_proposer(user, row.area)
    open_for_changes(row, rev)
    values = checked(row.area, wish, own=True)
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.rev, row.state = row.rev + 1, ProposalState.DRAFT.value
    row.author = user
    row.save()
    log(user, "rewrite", row, before=before, after=values)
    return row


@transaction.atomic
def simulate(user: User, pk: int, rev: int | None = None) -> PolicyProposal:
    """Have the proposal simulated, again if it was; it waits for approval once that is done."""
    row = proposal_for(user, pk, lock=True)
    need_proposer(user, row.area)
    open_for_changes(row, rev)
    not_past(row)
    if row.state == ProposalState.WAITING.value:  # what was seen is not what will be approved
        row.rev, row.state = row.rev + 1, ProposalState.DRAFT.value
        row.save(update_fields=["rev", "state"])
    simulation.ask(row)
    row.refresh_from_db()
    return row


def back_to(user: User, area: Area, code: str, version: int) -> PolicyProposal:
    """Propose an older version of ``area`` again, from today on; 0 is the product's default."""
    row = None
    if version:
        row = Policy.objects.filter(area=area, code=code, version=version).first()
        if row is None:
            raise NotVisible("There is no such version.")
    body = row.body if row else default_body(code)
    wish = Wish(code, body, today(), restart=False, reason=_("Back to an older version"))
    return propose(user, area, wish, back_to=row, own=False)


@transaction.atomic
def withdraw(user: User, pk: int, answer: str = "", rev: int | None = None) -> PolicyProposal:
    """Take a proposal back before it is in force; an approved version then never is."""
    row = proposal_for(user, pk, lock=True)
    need_proposer(user, row.area)
    same(row, rev)
    if row.state not in OPEN_STATES:
        raise WrongState("This proposal is finished.")
    if row.policy is not None:
        if row.valid_from <= today():
            raise WrongState("It is in force already. Go back to the version before instead.")
        Policy.objects.filter(pk=row.policy.pk).update(valid_to=F("valid_from"))
    row.answer = plaintext.line(answer, "reason", longest=REASON, required=False)
    ended(user, row, ProposalState.WITHDRAWN)
    return row


def ended(user: User, row: PolicyProposal, state: ProposalState) -> None:
    row.state, row.rev = state.value, row.rev + 1
    row.save()
    log(user, state.value, row, after={"state": state.value}, reason=row.answer)


def open_for_changes(row: PolicyProposal, rev: int | None) -> None:
    same(row, rev)
    if row.state not in (ProposalState.DRAFT.value, ProposalState.WAITING.value):
        raise WrongState("This proposal is decided.")


def same(row: PolicyProposal, rev: int | None) -> None:
    if rev is not None and rev != row.rev:
        raise WrongState(MOVED_ON)


# --- deciding -------------------------------------------------------------------------------
@transaction.atomic
def approve(user: User, pk: int, rev: int | None = None) -> PolicyProposal:
    """Make the proposal a version of the policy, in force from its day.

    Raises ``NotAllowed`` for its author and for anybody but the second administrator,
    ``WrongState`` when somebody was faster, without a simulation of what stands there now, or
    when its day has passed.
    """
    row = proposal_for(user, pk, lock=True)
    need_decider(user, row)
    if row.state in (ProposalState.APPROVED.value, ProposalState.ACTIVE.value):
        raise WrongState("This proposal is approved already.")
    same(row, rev)
    if row.state != ProposalState.WAITING.value:
        raise WrongState("This proposal does not wait for approval.")
    not_past(row)
    if restarting.unfinished_at(row):
        raise WrongState("Clocks are still being moved by the version before. Wait for the end.")
    seen = simulation.checked(row)
    Area.objects.select_for_update(no_key=True).get(pk=row.area_id)  # one version after the other
    row.policy = set_policy(row.area, row.code, dict(row.body), row.valid_from)
    row.approver, row.decided_at = user, database_clock()
    row.rev, row.state = row.rev + 1, ProposalState.APPROVED.value
    row.save()
    after = {"version": row.policy.version, "digest": seen.digest, "clocks": seen.clocks}
    log(user, "approve", row, after=after)
    if row.valid_from <= today():
        activate(row)
        if seen.clocks - seen.kept <= AT_ONCE:
            restarting.carry_out(seconds=20, rest=0, only=row.pk)
        else:
            BELL.after_commit("change_policies")
        row.refresh_from_db()
    return row


@transaction.atomic
def reject(user: User, pk: int, answer: str, rev: int | None = None) -> PolicyProposal:
    """Turn a proposal down, with the reason."""
    row = proposal_for(user, pk, lock=True)
    need_decider(user, row)
    same(row, rev)
    if row.state != ProposalState.WAITING.value:
        raise WrongState("This proposal does not wait for approval.")
    row.answer = plaintext.line(answer, "reason", longest=REASON)
    row.approver, row.decided_at = user, database_clock()
    ended(user, row, ProposalState.REJECTED)
    return row


def not_past(row: PolicyProposal) -> None:
    if row.valid_from < today():
        raise WrongState("The day it was to begin has passed. Choose another day.")


# --- its day has come -----------------------------------------------------------------------
def activate_due(now: datetime | None = None) -> int:
    """Begin what was approved and whose day has come; how many. Safe to run twice at once."""
    on = (now or database_clock()).astimezone(ZONE).date()
    waiting = PolicyProposal.objects.filter(state=ProposalState.APPROVED.value, valid_from__lte=on)
    count = 0
    for pk in waiting.order_by("id").values_list("pk", flat=True):
        with transaction.atomic():
            rows = waiting.select_for_update(skip_locked=True, of=("self",))
            row = rows.select_related("area", "policy").filter(pk=pk).first()
            if row is not None:
                activate(row)
                count += 1
    return count


def activate(row: PolicyProposal) -> None:
    """Note that the version is in force, and cut the work on running clocks into batches."""
    row.state, row.activated_at = ProposalState.ACTIVE.value, database_clock()
    if row.restart:
        seen = row.simulations.filter(digest__gt="").first()
        if seen is None or not restarting.cut(seen):
            row.finished_at = row.activated_at
    else:
        row.finished_at = row.activated_at
    row.save()
    log(None, "activate", row, after={"version": row.policy.version if row.policy else 0})


def run_all() -> int:
    """Everything a worker does for policies; how much was done."""
    simulated = simulation.run_waiting()
    return simulated + activate_due() + restarting.carry_out()


# --- looking ----------------------------------------------------------------------------------
def proposals_at(user: User, area: Area, code: str = "") -> QuerySet[PolicyProposal]:
    """Proposals for a place that ``user`` may see, the newest first."""
    rows = PolicyProposal.objects.visible_to(user).filter(area=area)
    rows = rows.filter(code=code) if code else rows
    return rows.select_related("author", "approver", "policy")


def versions_at(area: Area, code: str) -> list[Policy]:
    """The versions a place had of one policy, the newest first, with who answers for them."""
    rows = Policy.objects.filter(area=area, code=code).order_by("-version")
    return list(rows.select_related("proposal__author", "proposal__approver"))


def taken_out(user: User, row: PolicyProposal) -> None:
    """Log that the list of named clocks was taken out as a file."""
    log(user, "export", row)


def log(
    user: User | None, action: str, row: PolicyProposal, *,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:  # fmt: skip
    changed(
        user, action, "policy", row.pk, area=row.area,
        before=before, after={"code": row.code, **(after or {})} if before is None else after,
        reason=reason,
    )  # fmt: skip
