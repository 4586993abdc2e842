"""Accepted changes of an edition become part of the tree where no customer is.

What lies in a customer's place has cases, units and people, and goes through
``cases.reorganising`` one by one. Places that belong to nobody have none of that; they are
changed a batch at a time, each with its past as every other change of the tree.
"""

from collections.abc import Callable, Sequence
from datetime import date

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from grids import tree
from grids.changes import changed
from grids.errors import BadInput, BrokenRule
from grids.importing import STATISTICS_ONLY, one_import_at_a_time
from grids.matching import ChangeKind
from grids.models import Area, AreaEdition, Change, EditionChange, EditionLine, User
from grids.models.edition import ChangeState
from grids.roles import AreaKind, Level

BATCH = 500
# The newest edition whose code names a place is the year of its code. What an edition only
# confirms has no past of its own: its lines say which code named the place in which edition.
CONFIRM = """
UPDATE grids_area AS area SET code_year = %(year)s
FROM grids_editionline AS line
WHERE line.edition_id = %(edition)s AND line.verdict = 'same' AND line.area_id = area.id
AND area.valid_to IS NULL AND area.code = line.code AND area.code_system = %(system)s
AND area.code_year < %(year)s AND {scope}
"""


# --- what every change needs ----------------------------------------------------------------
def as_proposed(change: EditionChange) -> Area | None:
    """The place a change is about, as it still is; None for a new one.

    Raises ``BadInput`` when the tree has changed since the comparison.
    """
    if change.kind == ChangeKind.NEW:
        return None
    area = Area.objects.select_related("parent", "stat_parent").get(pk=change.place_id or 0)
    if area.valid_to is not None:
        raise BadInput("%(area)s no longer exists.", area=area.name)
    if area.name != change.old_name:
        raise BadInput("%(area)s has another name since; look again.", area=area.name)
    return area


def parent_of(change: EditionChange) -> Area | None:
    """The place of the tree that the edition gives as parent; None for a province.

    Raises ``BadInput`` when that is a new place which is not made.
    """
    line = change.line
    assert line is not None  # only what is gone has none
    if not line.parent_code:
        return None
    above = EditionLine.objects.select_related("area").filter(
        edition=change.edition_id, code=line.parent_code, bad=""
    )
    found = above.first()
    if found is None or found.area is None:
        raise BadInput("%(place)s is not there yet; decide on it first.", place=change.new_parent)
    return tree.place_in_force(found.area)


def coded(area: Area, change: EditionChange, edition: AreaEdition) -> Area:
    """``area`` with the code that the edition gives it, unsaved."""
    area.code, area.code_system = change.new_code, edition.system
    area.code_year = edition.year
    return area


def kind_of(change: EditionChange, system: str) -> str:
    """The kind of a new place: counties of some numbers exist in statistics only."""
    zone = change.level == Level.DISTRICT and system == "NBS"
    if zone and int(change.new_code[4:6]) in STATISTICS_ONLY:
        return AreaKind.FUNCTIONAL_ZONE.value
    return AreaKind.OFFICIAL.value


def check_below(area: Area) -> None:
    """Raise ``BadInput`` when an official place still lies in one that is gone."""
    below = Area.objects.within(area).current().exclude(pk=area.pk)
    if below.filter(level__lte=Level.VILLAGE).exists():
        raise BadInput("Places that lie in it stay; decide on them first.")


def check_movable(area: Area) -> None:
    """Raise ``BadInput`` for a place that is managed elsewhere than the law puts it."""
    if area.stat_parent_id is not None:
        raise BadInput("A functional zone manages this place; move it by hand.")


def applied(change: EditionChange, area: Area, event: int | None) -> None:
    """Write that ``change`` is part of the tree, as ``area``."""
    EditionLine.objects.filter(pk=change.line_id or 0).update(area=area)
    EditionChange.objects.filter(pk=change.pk).update(
        state=ChangeState.APPLIED.value, applied_at=Now(), result=area, event=event,
        problem="", problem_values={},
    )  # fmt: skip


def not_applied(change: EditionChange, error: BrokenRule) -> None:
    """Write why an accepted change was not applied; it waits to be ordered again."""
    values = {name: str(value) for name, value in error.values.items()}
    EditionChange.objects.filter(pk=change.pk).update(
        state=ChangeState.ACCEPTED.value, problem=error.message[:200], problem_values=values
    )


def confirm(edition: AreaEdition, path: str) -> int:
    """Let what the edition left as it was follow it: below ``path``, or where no customer is
    when that is empty. How many places."""
    scope = "area.path LIKE %(path)s" if path else "area.tenant_id IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            CONFIRM.format(scope=scope),
            {"edition": edition.pk, "year": edition.year, "system": edition.system,
             "path": f"{path}%"},
        )  # fmt: skip
        return int(cursor.rowcount)


def last_event(edition: AreaEdition, actor: User | None, area: Area | None, **after: object) -> int:
    """Log what an edition changed; the id of the row."""
    changed(
        actor, "apply", "edition", edition.pk, area=area, after=after, reason=edition.document
    )  # fmt: skip
    rows = Change.objects.filter(subject="edition", subject_id=edition.pk)
    return int(rows.values_list("pk", flat=True).order_by("-pk")[0])


# --- a batch of nobody's places -------------------------------------------------------------
def apply_batch(edition: AreaEdition, on: date) -> int:
    """Apply the next ordered changes of one step to places without a customer; how many were
    looked at, 0 when none is left. Safe to run twice at once: the second waits."""
    with transaction.atomic():
        one_import_at_a_time()
        rows = nobodys(edition).filter(state=ChangeState.ORDERED.value).order_by("step", "id")
        if (first := rows.first()) is None:
            return 0
        found = list(
            rows.filter(step=first.step).select_related("line").select_for_update(of=("self",))
            [:BATCH]
        )  # fmt: skip
        done = APPLIERS[ChangeKind(first.kind)](edition, found, on)
        event = last_event(edition, None, None, kind=first.kind, level=first.level, n=len(done))
        for change, area in done:
            applied(change, area, event)
        return len(found)


def nobodys(edition: AreaEdition) -> QuerySet[EditionChange]:
    """The changes of places that belong to no customer."""
    return EditionChange.objects.filter(edition=edition, place__tenant=None)


Done = list[tuple[EditionChange, Area]]


def each(changes: Sequence[EditionChange], prepare: Callable[[EditionChange], Area]) -> Done:
    """Those of ``changes`` that can be made, with their areas; the others keep the reason."""
    found = []
    for change in changes:
        try:
            found.append((change, prepare(change)))
        except BrokenRule as error:
            not_applied(change, error)
    return found


def make(edition: AreaEdition, changes: Sequence[EditionChange], on: date) -> Done:
    def prepare(change: EditionChange) -> Area:
        area = Area(
            parent=parent_of(change), level=change.level, name=change.new_name,
            kind=kind_of(change, edition.system), valid_from=on,
        )  # fmt: skip
        tree.check(coded(area, change, edition))
        return area

    done = each(changes, prepare)
    tree.plant([area for _, area in done])
    return done


def move(edition: AreaEdition, changes: Sequence[EditionChange], on: date) -> Done:
    def prepare(change: EditionChange) -> Area:
        area, parent = standing(change), parent_of(change)
        check_movable(area)
        if parent is None or parent.path.startswith(area.path):
            raise BadInput("A place cannot become part of itself.", field="target")
        tree.keep_past([area], "move", on, edition.document)
        tree.reparent(tree.resettled(area, parent))
        return area

    done = each(changes, prepare)
    return written(edition, done, on)


def end(edition: AreaEdition, changes: Sequence[EditionChange], on: date) -> Done:
    def prepare(change: EditionChange) -> Area:
        area = standing(change)
        heir = change.heir or area.parent
        check_below(area)
        if heir is None:
            raise BadInput("A province stays as it is.")
        if area.valid_from >= on:
            raise BadInput(
                "%(area)s exists only since today; it can be closed tomorrow.", area=area.name
            )
        tree.close_areas([(area, heir)], "close", on, edition.document)
        return area

    return each(changes, prepare)


def rename(edition: AreaEdition, changes: Sequence[EditionChange], on: date) -> Done:
    done = each(changes, standing)
    tree.keep_past([area for _, area in done], "rename", on, edition.document)
    for change, area in done:
        area.name = change.new_name
    Area.objects.bulk_update([area for _, area in done], ["name"], BATCH)
    return written(edition, done, on)


def recode(edition: AreaEdition, changes: Sequence[EditionChange], on: date) -> Done:
    return written(edition, each(changes, standing), on)


def standing(change: EditionChange) -> Area:
    """The place of a change of something that exists."""
    area = as_proposed(change)
    assert area is not None  # not a new one
    return area


def written(edition: AreaEdition, done: Done, on: date) -> Done:
    """Give the places their codes in the edition."""
    tree.recode([coded(area, change, edition) for change, area in done], on, edition.document)
    return done


APPLIERS: dict[ChangeKind, Callable[[AreaEdition, Sequence[EditionChange], date], Done]] = {
    ChangeKind.NEW: make,
    ChangeKind.MOVED: move,
    ChangeKind.GONE: end,
    ChangeKind.RENAMED: rename,
    ChangeKind.RECODED: recode,
}
