"""The changes of a later edition are decided by people and carried out, one by one.

Who administers a place decides on the changes of it; a command on the server decides on places
that belong to no customer. What is ordered is carried out through ``cases.reorganising``, each
change in a transaction of its own, by whoever gets hold of it: a page, a worker, a second
worker. What cannot be done says why and waits.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from cases.doorbell import BELL
from cases.escalation import database_clock
from cases.reorganising import Preview, consequences, reorganise, today
from grids import edition_tree, tree
from grids.changes import changed
from grids.edition_tree import as_proposed, check_below, check_movable, coded, kind_of, parent_of
from grids.editions import step
from grids.errors import BadInput, BrokenRule, NotAllowed, NotVisible, WrongState
from grids.matching import ChangeKind
from grids.models import Area, AreaEdition, Change, EditionChange, EditionLine, User
from grids.models.edition import ChangeState, EditionState
from grids.restructuring import Order, Plan, administers, plan
from grids.roles import AreaChangeKind, Level, Role

AT_ONCE = 20  # changes that a page carries out itself; more are a worker's
SECONDS = 200  # how long a worker goes on before it lets others in
MOST_PREVIEWED = 400  # changes worked out together
DECIDED = tuple(
    state.value for state in (ChangeState.WAITING, ChangeState.ACCEPTED, ChangeState.REFUSED)
)  # what may still be decided otherwise
NO_EDITION = "There is no such edition in your area."
NO_CHANGE = "There is no such change in your area."


# --- who ------------------------------------------------------------------------------------
def administering(user: User) -> bool:
    """Whether ``user`` reorganises places anywhere: a customer's system administrator."""
    return any(post.role is Role.SYS_ADMIN and post.tenant_id for post in user.posts)


def edition_for(user: User, pk: int) -> AreaEdition:
    """The edition; raises ``NotAllowed`` and ``NotVisible``."""
    if not administering(user):
        raise NotAllowed("Places are reorganised by the system administrator in charge.")
    found = AreaEdition.objects.visible_to(user).select_related("root").filter(pk=pk).first()
    if found is None:
        raise NotVisible(NO_EDITION)
    return found


def check_own(user: User, edition: AreaEdition) -> None:
    """Raise ``NotAllowed`` unless ``user`` administers the place the edition was read for."""
    if edition.root is None or not administers(user, edition.root):
        raise NotAllowed("Whoever administers the place it was read for discards an edition.")


def changes_for(user: User | None, edition: AreaEdition) -> QuerySet[EditionChange]:
    """The changes ``user`` decides on; without one, those of places that are no customer's."""
    if user is None:
        rows = EditionChange.objects.filter(Q(place=None) | Q(place__tenant=None))
    else:
        rows = EditionChange.objects.visible_to(user)
    return rows.filter(edition=edition)


def reading_roots(user: User) -> list[Area]:
    """Places an edition may be read in for: those of the administrator's posts."""
    ids = [post.area_id for post in user.posts if post.role is Role.SYS_ADMIN and post.tenant_id]
    rows = Area.objects.current().filter(pk__in=ids, level__lt=Level.VILLAGE)
    return list(rows.order_by("path"))


# --- deciding -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Choice:
    """What is decided: ``accept`` or refuse, or neither: back to waiting."""

    state: ChangeState
    heir: Area | None = None


def decide(
    user: User | None, edition: AreaEdition, rows: QuerySet[EditionChange], choice: Choice
) -> int:
    """Decide on those of ``rows`` that are not being applied; how many.

    Raises ``WrongState`` when the edition is not compared yet or was discarded.
    """
    if edition.state != EditionState.COMPARED.value:
        raise WrongState("This edition is not open for decisions.")
    states = set(DECIDED) - {choice.state.value}
    with transaction.atomic():
        ids = rows.filter(state__in=states).select_for_update(of=("self",))
        found = list(ids.order_by("pk").values_list("pk", flat=True))
        waiting = choice.state is ChangeState.WAITING
        EditionChange.objects.filter(pk__in=found).update(
            state=choice.state.value, heir=choice.heir, problem="", problem_values={},
            decided_by=None if waiting else user, decided_at=None if waiting else Now(),
        )  # fmt: skip
        if found:
            changed(
                user, "decide", "edition", edition.pk, area=where(user, edition),
                after={"state": choice.state.value, "changes": found[:500], "n": len(found)},
            )  # fmt: skip
    return len(found)


def where(user: User | None, edition: AreaEdition) -> Area | None:
    """The place whose log a decision belongs to."""
    if edition.root is not None or user is None:
        return edition.root
    return next(iter(reading_roots(user)), None)


def heir_for(user: User | None, change: EditionChange, heir_id: int | None) -> Area | None:
    """The place that takes over what is gone. Raises ``BadInput`` unless it is a current place
    of the same level and customer."""
    if heir_id is None or change.kind != ChangeKind.GONE:
        return None
    rows = Area.objects.current() if user is None else Area.objects.visible_to(user).current()
    place = change.place
    found = rows.filter(pk=heir_id, level=change.level).exclude(pk=change.place_id or 0).first()
    if found is None or place is None or found.tenant_id != place.tenant_id:
        raise BadInput("Choose a place of the same level.", field="heir")
    return found


def twins_for(user: User | None, gone: EditionChange) -> list[EditionChange]:
    """The new places that may be the gone one under another name and code: of its level, under
    the same place (a village that became a community)."""
    place = gone.place
    if gone.kind != ChangeKind.GONE or place is None:
        return []
    parent = place.stat_parent_id or place.parent_id
    above = EditionLine.objects.filter(edition=gone.edition_id, area=parent, bad="")
    rows = changes_for(user, gone.edition).filter(
        kind=ChangeKind.NEW.value, level=gone.level, state__in=DECIDED,
        line__parent_code__in=above.values("code"),
    )  # fmt: skip
    return list(rows.select_related("line").order_by("new_name"))


def join(user: User | None, gone: EditionChange, new_id: int) -> None:
    """Say that a gone and a new place are one: the two changes become one accepted renaming.

    Raises ``BadInput`` unless the new one is among ``twins_for``, ``WrongState`` when either is
    being carried out.
    """
    with transaction.atomic():
        ids = [gone.pk, new_id]
        held = EditionChange.objects.filter(pk__in=ids, state__in=DECIDED)
        if len(held.select_for_update(of=("self",)).order_by("pk")) != len(set(ids)):
            raise WrongState("This change is carried out already.")
        twin = next((one for one in twins_for(user, gone) if one.pk == new_id), None)
        if twin is None or twin.line is None:
            raise BadInput("Choose a new place under the same one.", field="twin")
        line = twin.line
        twin.delete()
        EditionLine.objects.filter(pk=line.pk).update(
            verdict=ChangeKind.RENAMED.value, area=gone.place
        )
        EditionChange.objects.filter(pk=gone.pk).update(
            kind=ChangeKind.RENAMED.value, step=step(ChangeKind.RENAMED, gone.level), line=line,
            new_name=line.name, new_code=line.code, new_parent=twin.new_parent, heir=None,
            unsure=False, state=ChangeState.ACCEPTED.value, decided_by=user, decided_at=Now(),
            problem="", problem_values={},
        )  # fmt: skip
        changed(
            user, "join", "edition", gone.edition_id, area=where(user, gone.edition),
            after={"change": gone.pk, "code": line.code},
        )  # fmt: skip


# --- what it would do -------------------------------------------------------------------------
def preview(user: User, rows: Sequence[EditionChange], now: datetime | None = None) -> Preview:
    """What the changes would do together, in numbers; nothing is written. A change that the
    tree would refuse counts for nothing here and says so itself."""
    on = today(now or database_clock())
    whole = Plan(Order(AreaChangeKind.CLOSE, ()), on, [])
    for row in rows[:MOST_PREVIEWED]:
        try:
            if (order := order_of(row)) is None:
                continue
            found = plan(user, order, on)
        except BrokenRule:
            continue
        ending = {area.pk for area, _ in whole.closing}
        whole.areas += found.areas
        whole.closing += [pair for pair in found.closing if pair[0].pk not in ending]
        whole.moving += found.moving
    whole.moving = [pair for pair in whole.moving if pair[1].pk]
    return consequences(whole)


def trial(user: User, change: EditionChange) -> Plan | None:
    """What the tree would make of a change today; raises what ``carry_out`` would meet."""
    if change.kind == ChangeKind.NEW:
        parent_of(change)
        return None
    ordered = order_of(change)
    return plan(user, ordered, today(database_clock())) if ordered else None


def order_of(change: EditionChange) -> Order | None:
    """The reorganisation a change amounts to; None for a new place and a new code.

    Raises ``BadInput`` when the tree has changed since the comparison.
    """
    area = as_proposed(change)
    document = change.edition.document
    if change.kind == ChangeKind.MOVED and area is not None:
        check_movable(area)
        parent = parent_of(change)
        target = parent.pk if parent else None
        return Order(AreaChangeKind.MOVE, (area.pk,), target=target, document=document)
    if change.kind == ChangeKind.RENAMED and area is not None:
        return Order(AreaChangeKind.RENAME, (area.pk,), name=change.new_name, document=document)
    if change.kind == ChangeKind.GONE and area is not None:
        check_below(area)
        if change.heir_id:
            return Order(AreaChangeKind.MERGE, (area.pk,), target=change.heir_id, document=document)
        return Order(AreaChangeKind.CLOSE, (area.pk,), document=document)
    return None


# --- carrying out -----------------------------------------------------------------------------
def order(user: User | None, edition: AreaEdition) -> int:
    """Order everything accepted in the reach of ``user`` to be carried out; how many changes.

    What the edition left as it was follows it at once. Few changes are carried out before this
    returns, more by a worker; the beat finds what a lost message left.
    """
    if edition.state != EditionState.COMPARED.value:
        raise WrongState("This edition is not open for decisions.")
    with transaction.atomic():
        rows = changes_for(user, edition).filter(state=ChangeState.ACCEPTED.value)
        ids = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
        EditionChange.objects.filter(pk__in=ids).update(
            state=ChangeState.ORDERED.value, ordered_by=user, problem="", problem_values={}
        )
        paths = [root.path for root in reading_roots(user)] if user else [""]
        if sum(edition_tree.confirm(edition, path) for path in paths) or ids:
            edition_tree.last_event(edition, user, where(user, edition), ordered=len(ids))
    if user is not None and len(ids) <= AT_ONCE:
        carry_out(user, edition)
    elif user is not None:
        BELL.after_commit("apply_editions")
    return len(ids)


def carry_out(user: User | None, edition: AreaEdition, seconds: float = SECONDS) -> int:
    """Carry out what ``user`` ordered until nothing is left or the time is over; how many
    changes were looked at."""
    end, looked_at = monotonic() + seconds, 0
    on = today(database_clock())
    while monotonic() < end:
        count = next_of(user, edition) if user else edition_tree.apply_batch(edition, on)
        if not count:
            break
        looked_at += count
    return looked_at


def next_of(user: User, edition: AreaEdition) -> int:
    """Carry out the next change ``user`` ordered; 0 when none is left or somebody else holds
    the tree. Two at once take different changes; one after the other in each place, because
    every reorganisation holds its customer's tree."""
    with transaction.atomic():
        rows = EditionChange.objects.filter(
            edition=edition, ordered_by=user, state=ChangeState.ORDERED.value
        )
        first = rows.order_by("step", "id").first()
        if first is None:
            return 0
        held = rows.select_related("edition", "line", "place", "heir").filter(pk=first.pk)
        change = held.select_for_update(of=("self",), skip_locked=True).first()
        if change is None:
            return 0
        try:
            with transaction.atomic():
                apply(user, change)
        except WrongState:
            return 0  # somebody is changing the tree; the beat comes again
        except BrokenRule as error:
            edition_tree.not_applied(change, error)
    return 1


def apply(user: User, change: EditionChange) -> None:
    """Carry out one change through the one writer of the tree, log it, write what came of it."""
    place = change.place
    vars(user).pop("posts", None)
    if place is None or place.tenant_id is None or not administers(user, place):
        raise NotAllowed("Places are reorganised by the system administrator in charge.")
    edition, on = change.edition, today(database_clock())
    if change.kind == ChangeKind.NEW:
        area = made(user, change, on)
    else:
        ordered = order_of(change)
        if ordered is not None:
            reorganise(user, ordered)
        area = Area.objects.select_related("parent", "stat_parent").get(pk=place.pk)
        if change.kind != ChangeKind.GONE:
            before = {"code": area.code, "code_system": area.code_system}
            tree.recode([coded(area, change, edition)], on, edition.document)
            changed(
                user, "recode", "area", area.pk, area=area, before=before,
                after={"code": area.code, "code_system": area.code_system},
                reason=edition.document,
            )  # fmt: skip
    rows = Change.objects.filter(subject="area", subject_id=area.pk).order_by("-pk")
    edition_tree.applied([(change, area)], rows.values_list("pk", flat=True).first())


def made(user: User, change: EditionChange, on: date) -> Area:
    """Add a new place of the edition with the units every place of its level has."""
    edition, parent = change.edition, parent_of(change)
    if parent is None or not administers(user, parent) or parent.tenant_id is None:
        raise NotAllowed("Places are reorganised by the system administrator in charge.")
    if Area.objects.current().filter(parent=parent, name=change.new_name).exists():
        raise BadInput("This name is taken there.", field="name")
    area = tree.add_area(
        parent=parent, level=Level(change.level), name=change.new_name, valid_from=on,
        kind=kind_of(change, edition.system), code=change.new_code, code_system=edition.system,
        code_year=edition.year,
    )  # fmt: skip
    changed(
        user, "open", "area", area.pk, area=area, after={"name": area.name, "code": area.code},
        reason=edition.document,
    )  # fmt: skip
    return area


def apply_waiting() -> int:
    """Carry out whatever is ordered, of every edition and person; how many changes."""
    rows = EditionChange.objects.filter(state=ChangeState.ORDERED.value)
    pairs = rows.order_by().values_list("edition", "ordered_by").distinct()
    count = 0
    for edition_id, user_id in pairs:
        edition = AreaEdition.objects.select_related("root").get(pk=edition_id)
        user = User.objects.get(pk=user_id) if user_id else None
        count += carry_out(user, edition)
    return count


# --- counts -----------------------------------------------------------------------------------
def counts(rows: QuerySet[EditionChange]) -> Counter[tuple[str, str]]:
    """How many changes there are by kind and state."""
    grouped = rows.order_by().values_list("kind", "state").annotate(n=Count("pk"))
    return Counter({(kind, state): n for kind, state, n in grouped})
