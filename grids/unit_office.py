"""Opening, changing and closing units and their superiors, as managers do it: power, rule, log.

A unit that holds matters is closed by ``cases.handover``, which moves them first.
"""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q

from grids import plaintext, powers
from grids.changes import changed
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import Area, Posting, Tenant, Unit, UnitRelation, User
from grids.models.unit import SINGLE_KINDS, UnitQuerySet
from grids.units import open_unit

LINES = ("government", "business")


def kept_units(manager: User) -> UnitQuerySet:
    """The units of the places a manager keeps, closed ones too; raises ``NotAllowed``."""
    posts = [post for post in manager.posts if powers.keeps_units(post)]
    if not posts:
        raise NotAllowed("Your post manages no units.")
    within = Q(pk__in=[])
    for post in posts:
        within |= Q(tenant_id=post.tenant_id, area__path__startswith=post.area_path)
    return Unit.objects.filter(within)


def keeps(manager: User, area: Area) -> bool:
    """Whether ``manager`` keeps the units of ``area``."""
    return any(
        powers.keeps_units(post)
        and post.tenant_id == area.tenant_id
        and area.path.startswith(post.area_path)
        for post in manager.posts
    )


def find(manager: User, pk: int) -> Unit:
    """A unit the manager keeps; raises ``NotVisible``."""
    if not any(powers.keeps_units(post) for post in manager.posts):
        raise NotVisible("There is no such unit in your area.")
    unit = kept_units(manager).select_related("area", "kind").filter(pk=pk).first()
    if unit is None:
        raise NotVisible("There is no such unit in your area.")
    return unit


@transaction.atomic
def open_kept(
    manager: User, *, area: Area, kind: str, name: str, phone: str, valid_from: date
) -> Unit:
    """Open a unit at a place the manager keeps."""
    if not keeps(manager, area):
        raise BadInput("This place is not in your charge.", field="area")
    unit = open_unit(area=area, kind=kind, name=name, phone=phone, valid_from=valid_from)
    values = {"name": unit.name, "kind": unit.kind_id, "phone": unit.phone}
    changed(manager, "open", "unit", unit.pk, area=area, after=values)
    return unit


@transaction.atomic
def edit(manager: User, unit: Unit, *, name: str, phone: str) -> None:
    """Change name and phone of a running unit."""
    row = running(unit)
    before = {"name": row.name, "phone": row.phone}
    row.name = plaintext.line(name, "name", longest=80)
    row.phone = plaintext.line(phone, "phone", longest=20, required=False)
    after = {"name": row.name, "phone": row.phone}
    if not changed(manager, "change", "unit", row.pk, area=unit.area, before=before, after=after):
        return
    try:
        with transaction.atomic():
            row.save(update_fields=["name", "phone"])
    except IntegrityError as error:
        raise BadInput("This name is taken there.", field="name") from error


def running(unit: Unit) -> Unit:
    """The unit with its row locked; raises ``WrongState`` when it is closed."""
    row: Unit = Unit.objects.select_for_update(of=["self"]).get(pk=unit.pk)
    if row.valid_to is not None:
        raise WrongState("This unit is closed.")
    return row


@transaction.atomic
def close(manager: User, unit: Unit, on: date) -> None:
    """Close a unit; ``on`` is the first day without it. Its relations end that day.

    Raises ``WrongState`` while somebody is posted there, or for a unit that every such place
    must have: that one closes with its place.
    """
    row = running(unit)
    if row.kind_id in SINGLE_KINDS:
        raise WrongState("Every place of this level has this unit; it closes with its place.")
    if Posting.objects.current().filter(unit=row).exists():
        raise WrongState("Somebody is still posted here. End the posts first.")
    if on <= row.valid_from:
        raise BadInput("A unit closes after it was opened.", field="on")
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    for relation in UnitRelation.objects.filter(Q(unit=row) | Q(superior=row), valid_to=None):
        relation.valid_to = max(on, relation.valid_from)
        if relation.valid_to > relation.valid_from:
            relation.save(update_fields=["valid_to"])
        else:
            relation.delete()
    after = {"valid_to": on}
    changed(manager, "close", "unit", row.pk, area=unit.area, before={"valid_to": None},
            after=after)  # fmt: skip


# --- superiors --------------------------------------------------------------------------
@transaction.atomic
def relate(manager: User, unit: Unit, superior: Unit, line: str, valid_from: date) -> UnitRelation:
    """Put ``superior`` above ``unit`` in one line from a day on; the one before ends that day.

    Raises ``BadInput`` for a cycle, another customer, or a day before the present relation.
    """
    if line not in LINES:
        raise BadInput("This line does not exist.", field="line")
    Tenant.objects.select_for_update(no_key=True).get(pk=unit.tenant_id)  # one after the other
    running(unit)
    if superior.tenant_id != unit.tenant_id or superior.valid_to is not None:
        raise BadInput("Choose a unit from the list.", field="superior")
    if superior.pk == unit.pk or unit.pk in above(superior, line):
        raise BadInput("This unit would stand above itself.", field="superior")
    for present in UnitRelation.objects.filter(unit=unit, line=line, valid_to=None):
        if present.superior_id == superior.pk:
            raise BadInput("This unit is the superior already.", field="superior")
        if valid_from <= present.valid_from:
            raise BadInput("Choose a day after the present superior was named.",
                           field="valid_from")  # fmt: skip
        end(manager, present, valid_from)
    found = UnitRelation.objects.create(
        unit=unit, superior=superior, line=line, valid_from=valid_from
    )
    after = {"unit": unit.pk, "superior": superior.pk, "line": line, "valid_from": valid_from}
    changed(manager, "open", "relation", found.pk, area=unit.area, after=after)
    return found


def above(unit: Unit, line: str) -> set[int]:
    """Every unit above ``unit`` in a line, along running relations."""
    found: set[int] = set()
    edge = {unit.pk}
    while edge:
        rows = UnitRelation.objects.filter(unit__in=edge, line=line, valid_to=None)
        edge = set(rows.values_list("superior_id", flat=True)) - found
        found |= edge
    return found


@transaction.atomic
def end(manager: User, relation: UnitRelation, on: date) -> None:
    """End a relation; ``on`` is the first day without it."""
    if relation.valid_to is not None:
        raise WrongState("This relation has ended already.")
    if on <= relation.valid_from:
        raise BadInput("A relation ends after it began.", field="valid_from")
    relation.valid_to = on
    relation.save(update_fields=["valid_to"])
    changed(manager, "close", "relation", relation.pk, area=relation.unit.area,
            before={"valid_to": None}, after={"valid_to": on})  # fmt: skip


def superiors(unit: Unit) -> list[UnitRelation]:
    """The superiors of a unit, the present ones first."""
    rows = UnitRelation.objects.filter(unit=unit).select_related("superior")
    return sorted(rows, key=lambda row: (row.valid_to is not None, -row.valid_from.toordinal()))
