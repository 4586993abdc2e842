"""A later edition is compared with the tree: what it says is written down as changes to decide.

Province by province, one transaction each: an interrupted comparison goes on where it was, and
a second one finds nothing left to do. Nothing of the tree is touched.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models.functions import Now

from grids.errors import WrongState
from grids.matching import ChangeKind, Match, Outcome, Place, compare
from grids.models import Area, AreaEdition, EditionChange, EditionLine
from grids.models.edition import EditionState
from grids.roles import Level

Say = Callable[[str], None]
SAME = "same"
BATCH = 2000
# In which order changes are applied: what is new, so that something can be moved there; what
# moves, so that it does not end with where it was; what is gone, from the deepest up, so that
# its name is free.
STEPS = {
    ChangeKind.NEW: (0, 1),
    ChangeKind.MOVED: (10, 1),
    ChangeKind.GONE: (30, -1),
    ChangeKind.RENAMED: (40, 1),
    ChangeKind.RECODED: (50, 1),
}
VERDICTS = """
UPDATE grids_editionline AS line SET verdict = given.verdict, area_id = given.area
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS given(id, verdict, area)
WHERE line.id = given.id
"""


@dataclass(slots=True)
class Ground:
    """The places of the tree below a root, and what a change says of them."""

    places: list[Place] = field(default_factory=list)
    county: dict[int, int | None] = field(default_factory=dict)  # place: its district
    names: dict[int | None, str] = field(default_factory=dict)


def compare_edition(edition: AreaEdition, say: Say = lambda words: None) -> Counter[str]:
    """Compare every part that is not compared yet; how many changes of which kind there are.

    Raises ``WrongState`` when the edition was discarded.
    """
    with connection.cursor() as cursor:
        # A whole country is compared; the limits of a web request would stop it.
        cursor.execute("SELECT current_setting('statement_timeout')")
        (limit,) = cursor.fetchone()
        cursor.execute("SET statement_timeout = 0")
        try:
            for part, here, there in parts(edition):
                with transaction.atomic():
                    if still_open(edition, part):
                        found = compare_part(edition, part, here, there)
                        say(f"{part or edition.root or ''}: {found} changes")
            with transaction.atomic():
                finish(edition)
        finally:
            if not connection.needs_rollback:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [limit])
    rows = EditionChange.objects.filter(edition=edition)
    return Counter(rows.values_list("kind", flat=True))


Part = tuple[str, Area | None, EditionLine | None]


def parts(edition: AreaEdition) -> Iterator[Part]:
    """What is compared together: the one root, or each province with its line, either of which
    may be missing."""
    if edition.root is not None:
        line = root_line(edition)
        yield line.part, edition.root, line
        return
    areas = Area.objects.current().filter(level=Level.PROVINCE, code_system=edition.system)
    lines = EditionLine.objects.filter(edition=edition, bad="", level=Level.PROVINCE.value)
    here = {area.pk: area for area in areas.order_by("code")}
    there = {line.pk: line for line in lines.order_by("code")}
    top = compare(
        [Place(area.pk, None, area.level, area.name, area.code) for area in here.values()],
        [Place(line.pk, None, line.level, line.name, line.code) for line in there.values()],
        [(None, None)],
    )
    for match in sorted(top.matches, key=lambda one: one.new.code):
        yield there[match.new.key].part, here[match.old.key], there[match.new.key]
    for place, _ in top.gone:
        yield "", here[place.key], None
    for place, _ in top.new:
        yield there[place.key].part, None, there[place.key]


def root_line(edition: AreaEdition) -> EditionLine:
    """The line of the edition's root: the only one whose parent is not among the lines."""
    rows = EditionLine.objects.filter(edition=edition, bad="")
    return rows.order_by("level", "id")[0]


def still_open(edition: AreaEdition, part: str) -> bool:
    """Whether ``part`` waits for its comparison; holds the edition against a second one."""
    row = AreaEdition.objects.select_for_update().get(pk=edition.pk)
    if row.state == EditionState.DISCARDED.value:
        raise WrongState("This edition was discarded.")
    if row.state != EditionState.READ.value:
        return False
    lines = EditionLine.objects.filter(edition=edition, part=part, bad="", verdict="")
    return lines.exists() or (part == "" and edition.root is None)


def finish(edition: AreaEdition) -> None:
    row = AreaEdition.objects.select_for_update().get(pk=edition.pk)
    if row.state == EditionState.READ.value:
        AreaEdition.objects.filter(pk=edition.pk).update(
            state=EditionState.COMPARED.value, compared_at=Now()
        )
    edition.refresh_from_db()


# --- one part -----------------------------------------------------------------------------
def compare_part(
    edition: AreaEdition, part: str, here: Area | None, there: EditionLine | None
) -> int:
    """Compare what lies below a place and its line; how many changes that makes."""
    ground = tree_below(edition, here, with_top=there is None)
    lines = list(lines_of(edition, part, there, with_top=here is None))
    if here is None or there is None:  # one side has nothing to compare
        roots: list[tuple[int | None, int | None]] = [(None, None)]
    else:
        roots = [(here.pk, there.pk)]
    outcome = compare(ground.places, lines, roots)
    if here is not None and there is not None:
        outcome.matches.append(match_of_roots(edition, here, there))
    if there is None and here is not None:
        EditionChange.objects.filter(edition=edition, place__path__startswith=here.path).delete()
    known = {line.key: line for line in lines}
    if there is not None:
        known[there.pk] = Place(there.pk, None, there.level, there.name, there.code)
    rows = list(changes(edition, outcome, ground, known))
    EditionChange.objects.bulk_create(rows, batch_size=BATCH)
    keep_verdicts(outcome)
    return len(rows)


def tree_below(edition: AreaEdition, here: Area | None, *, with_top: bool) -> Ground:
    """The official places of the tree below ``here``, or with it, by the parents the law gives
    them; without a place, none. A code of another system counts for nothing."""
    ground = Ground()
    if here is None:
        return ground
    rows = Area.objects.within(here).current().filter(level__lte=Level.VILLAGE).values_list(
        "pk", "parent_id", "stat_parent_id", "level", "name", "code", "code_system", "district_id"
    )  # fmt: skip
    found = list(rows)
    inside = {row[0] for row in found}
    for pk, parent, legal, level, name, code, system, district in found:
        above: int | None = None
        if pk != here.pk:
            above = legal if legal in inside else parent
        own = code if system == edition.system else ""
        ground.county[pk], ground.names[pk] = district, name
        if pk != here.pk or with_top:
            ground.places.append(Place(pk, above, level, name, own, listed=bool(code)))
    if here.parent is not None:
        ground.names[here.parent_id] = here.parent.name
    return ground


def lines_of(
    edition: AreaEdition, part: str, there: EditionLine | None, *, with_top: bool
) -> Iterator[Place]:
    """The lines of a part below its top line ``there``, or with it."""
    if there is None:
        return
    rows = EditionLine.objects.filter(edition=edition, part=part, bad="").values_list(
        "pk", "level", "name", "code", "parent_code"
    )
    found = list(rows.order_by("level", "id"))
    keys = {code: pk for pk, _, _, code, _ in found}
    for pk, level, name, code, parent_code in found:
        if pk != there.pk or with_top:
            parent = keys.get(parent_code) if pk != there.pk else None
            yield Place(pk, parent, level, name, code)


def match_of_roots(edition: AreaEdition, here: Area, there: EditionLine) -> Match:
    """The root itself, which is paired before anything else is."""
    own = here.code if here.code_system == edition.system else ""
    old = Place(here.pk, here.parent_id, here.level, here.name, own)
    new = Place(there.pk, None, there.level, there.name, there.code)
    kind = None
    if old.name != new.name:
        kind = ChangeKind.RENAMED
    elif own != new.code:
        kind = ChangeKind.RECODED
    return Match(old, new, kind)


def keep_verdicts(outcome: Outcome) -> None:
    """Write on each line which place it names, and what it says of it."""
    rows: list[tuple[int, str, int | None]] = [
        (match.new.key, str(match.kind or SAME), match.old.key) for match in outcome.matches
    ]
    rows += [(place.key, str(ChangeKind.NEW), None) for place, _ in outcome.new]
    with connection.cursor() as cursor:
        for first in range(0, len(rows), BATCH * 10):
            some = rows[first : first + BATCH * 10]
            keys, verdicts, areas = (list(column) for column in zip(*some, strict=True))
            cursor.execute(VERDICTS, [keys, verdicts, areas])


# --- changes ------------------------------------------------------------------------------
def changes(
    edition: AreaEdition, outcome: Outcome, ground: Ground, known: dict[int, Place]
) -> Iterator[EditionChange]:
    """The unsaved changes an outcome makes."""
    for match in outcome.matches:
        if match.kind is not None:
            yield change(
                edition, match.kind, match.unsure, ground, old=match.old,
                new=match.new, above=known,
            )  # fmt: skip
    for place, unsure in outcome.gone:
        yield change(edition, ChangeKind.GONE, unsure, ground, old=place)
    for line, unsure in outcome.new:
        row = change(edition, ChangeKind.NEW, unsure, ground, new=line, above=known)
        row.place_id = nearest(line, outcome, known)
        row.county_id = ground.county.get(row.place_id) if row.place_id else None
        yield row


def change(
    edition: AreaEdition,
    kind: ChangeKind,
    unsure: bool,
    ground: Ground,
    *,
    old: Place | None = None,
    new: Place | None = None,
    above: dict[int, Place] | None = None,
) -> EditionChange:
    """One unsaved change. Names and codes are copied: they say what was known at the time."""
    level = (old or new or Place(0, None, 0, "", "")).level
    first, direction = STEPS[kind]
    row = EditionChange(
        edition=edition, kind=kind.value, unsure=unsure, level=level,
        step=first + direction * level,
    )  # fmt: skip
    if old is not None:
        row.place_id, row.county_id = old.key, ground.county.get(old.key)
        row.old_name, row.old_code = old.name, old.code
        row.old_parent = ground.names.get(old.parent, "")
    if new is not None:
        parent = (above or {}).get(new.parent or 0)
        row.line_id, row.new_name, row.new_code = new.key, new.name, new.code
        row.new_parent = parent.name if parent else row.old_parent
    return row


def step(kind: ChangeKind, level: int) -> int:
    """When a change of a kind and level has its turn."""
    first, direction = STEPS[kind]
    return first + direction * level


def nearest(line: Place, outcome: Outcome, known: dict[int, Place]) -> int | None:
    """The nearest place above a new line that the tree has."""
    above = line.parent
    while above is not None:
        if (place := outcome.paired.get(above)) is not None:
            return place
        above = known[above].parent if above in known else None
    return None


# --- putting one away ---------------------------------------------------------------------
def discard(edition: AreaEdition) -> None:
    """Let an edition go of which nothing was applied: its lines and changes are deleted.

    Raises ``WrongState`` when something was applied already.
    """
    row = AreaEdition.objects.select_for_update().get(pk=edition.pk)
    rows = EditionChange.objects.filter(edition=row)
    if rows.filter(state__in=("ordered", "applied")).exists():
        raise WrongState("Changes of this edition were applied; refuse the others instead.")
    rows.delete()
    EditionLine.objects.filter(edition=row).delete()
    AreaEdition.objects.filter(pk=row.pk).update(state=EditionState.DISCARDED.value)
    edition.refresh_from_db()
