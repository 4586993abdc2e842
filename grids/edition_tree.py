"""Accepted changes of an edition become part of the tree where no customer is.

What lies in a customer's place has cases, units and people, and goes through
``cases.reorganising`` one by one. Places that belong to nobody have none of that; they are
changed a batch at a time, each with its past as every other change of the tree.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby

from django.db import connection, transaction
from django.db.models import QuerySet

from grids import tree
from grids.changes import changed
from grids.errors import BadInput, BrokenRule
from grids.importing import STATISTICS_ONLY, one_import_at_a_time
from grids.matching import ChangeKind
from grids.models import Area, AreaEdition, Change, EditionChange, EditionLine, User
from grids.models.edition import ChangeState
from grids.roles import AreaKind, Level

BATCH = 500
Done = list[tuple[EditionChange, Area]]
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
    return unchanged(area, change)


def unchanged(area: Area, change: EditionChange) -> Area:
    """``area`` if it is what the comparison found; raises ``BadInput``."""
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
    return known_parent(change, parents_of([change]).get(line.parent_code))


def parents_of(changes: Iterable[EditionChange]) -> dict[str, Area]:
    """The places that the codes of parents name in the edition, by code."""
    wanted = {(change.edition_id, change.line.parent_code) for change in changes if change.line}
    found: dict[str, Area] = {}
    for edition, codes in groupby(sorted(wanted), key=lambda one: one[0]):
        lines = EditionLine.objects.filter(
            edition=edition, code__in=[code for _, code in codes], bad=""
        ).exclude(area=None)
        found |= {line.code: line.area for line in lines.select_related("area") if line.area}
    return found


def known_parent(change: EditionChange, found: Area | None) -> Area:
    """The parent as it is today; raises ``BadInput`` for one that is not made."""
    if found is None:
        raise BadInput("%(place)s is not there yet; decide on it first.", place=change.new_parent)
    return tree.place_in_force(found)


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


def applied(done: Done, event: int | None) -> None:
    """Write that changes are part of the tree, each as its area."""
    changes = [change.pk for change, _ in done]
    lines, areas = [change.line_id for change, _ in done], [area.pk for _, area in done]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE grids_editionline AS line SET area_id = given.area"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS given(id, area)"
            " WHERE line.id = given.id",
            [lines, areas],
        )
        cursor.execute(
            "UPDATE grids_editionchange AS change SET state = %s, applied_at = now(), event = %s,"
            " result_id = given.area, problem = '', problem_values = '{}'"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS given(id, area)"
            " WHERE change.id = given.id",
            [ChangeState.APPLIED.value, event, changes, areas],
        )


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
class Batch:
    """Ordered changes of one kind and level, with the places they name, read at once."""

    def __init__(self, edition: AreaEdition, changes: Sequence[EditionChange], on: date) -> None:
        self.edition, self.changes, self.on = edition, changes, on
        rows = Area.objects.select_related("parent", "stat_parent")
        self.areas = rows.in_bulk([change.place_id for change in changes if change.place_id])
        self.parents = parents_of(changes)

    def each(self, prepare: Callable[[EditionChange], Area]) -> Done:
        """Those that can be made, with their areas; the others keep the reason."""
        found = []
        for change in self.changes:
            try:
                found.append((change, prepare(change)))
            except BrokenRule as error:
                not_applied(change, error)
        return found

    def standing(self, change: EditionChange) -> Area:
        """The place of a change of something that exists."""
        return unchanged(self.areas[change.place_id or 0], change)

    def parent(self, change: EditionChange) -> Area | None:
        line = change.line
        if line is None or not line.parent_code:
            return None
        return known_parent(change, self.parents.get(line.parent_code))

    def keep(self, done: Done, change: str) -> None:
        tree.keep_past([area for _, area in done], change, self.on, self.edition.document)

    def recode(self, done: Done) -> Done:
        """Give the places their codes in the edition."""
        areas = [coded(area, change, self.edition) for change, area in done]
        tree.recode(areas, self.on, self.edition.document)
        return done


def apply_batch(edition: AreaEdition, on: date) -> int:
    """Apply the next ordered changes of one step to places without a customer; how many were
    looked at, 0 when none is left. Safe to run twice at once: the second waits."""
    with transaction.atomic():
        one_import_at_a_time()
        rows = nobodys(edition).filter(state=ChangeState.ORDERED.value).order_by("step", "id")
        if (first := rows.first()) is None:
            return 0
        held = rows.filter(step=first.step).select_related("line", "heir")
        found = list(held.select_for_update(of=("self",))[:BATCH])
        done = APPLIERS[ChangeKind(first.kind)](Batch(edition, found, on))
        event = last_event(edition, None, None, kind=first.kind, level=first.level, n=len(done))
        applied(done, event)
        return len(found)


def nobodys(edition: AreaEdition) -> QuerySet[EditionChange]:
    """The changes of places that belong to no customer."""
    return EditionChange.objects.filter(edition=edition, place__tenant=None)


def make(batch: Batch) -> Done:
    def prepare(change: EditionChange) -> Area:
        area = Area(
            parent=batch.parent(change), level=change.level, name=change.new_name,
            kind=kind_of(change, batch.edition.system), valid_from=batch.on,
        )  # fmt: skip
        tree.check(coded(area, change, batch.edition))
        return area

    done = batch.each(prepare)
    tree.plant([area for _, area in done])
    return done


def move(batch: Batch) -> Done:
    rows: list[Area] = []

    def prepare(change: EditionChange) -> Area:
        area, parent = batch.standing(change), batch.parent(change)
        check_movable(area)
        if parent is None or parent.path.startswith(area.path):
            raise BadInput("A place cannot become part of itself.", field="target")
        rows.extend(tree.resettled(area, parent))
        return area

    done = batch.each(prepare)
    batch.keep(done, "move")
    tree.reparent(rows)
    return batch.recode(done)


def end(batch: Batch) -> Done:
    pairs: list[tuple[Area, Area]] = []

    def prepare(change: EditionChange) -> Area:
        area = batch.standing(change)
        heir = change.heir or area.parent
        check_below(area)
        if heir is None:
            raise BadInput("A province stays as it is.")
        if area.valid_from >= batch.on:
            raise BadInput(
                "%(area)s exists only since today; it can be closed tomorrow.", area=area.name
            )
        pairs.append((area, heir))
        return area

    done = batch.each(prepare)
    tree.close_areas(pairs, "close", batch.on, batch.edition.document)
    return done


def rename(batch: Batch) -> Done:
    done = batch.each(batch.standing)
    batch.keep(done, "rename")
    for change, area in done:
        area.name = change.new_name
    Area.objects.bulk_update([area for _, area in done], ["name"], BATCH)
    return batch.recode(done)


def recode(batch: Batch) -> Done:
    return batch.recode(batch.each(batch.standing))


APPLIERS: dict[ChangeKind, Callable[[Batch], Done]] = {
    ChangeKind.NEW: make,
    ChangeKind.MOVED: move,
    ChangeKind.GONE: end,
    ChangeKind.RENAMED: rename,
    ChangeKind.RECODED: recode,
}
