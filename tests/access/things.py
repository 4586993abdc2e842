"""What addresses are about: cases, places, units, people, postings, each with its relations.

A thing of a new sort is added here: a line in ``PLACES`` says which words of an address it
fills, and ``Things`` keeps the things themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases import intake, sealing
from cases.intake import Draft, PartyDraft
from cases.models import (
    Assignment,
    Attachment,
    Case,
    CaseLink,
    CaseUnit,
    Notice,
    Recusal,
    Revisit,
    SupervisionOrder,
)
from cases.rules.workflow import Kind
from grids.models import Area, Posting, Unit, User
from grids.roles import Level, Role, UnitKindCode
from tests.access.geography import ABOVE, lies
from tests.access.stage import HOMES, WAYS, Person, Stage

FAR = "dukou1"  # a grid in which nobody of the matrix but the neighbours has a post
SEALED = "KS-001-T"  # stands in the accusation and nowhere else
PARTS = {
    "holds": "", "helps": "co_handler", "shares": "co_responsible", "reads": "reader",
    "supervises": "supervisor", "helped_before": "co_handler",
}  # fmt: skip
# Who is named in the cases that are assigned: everybody at home, whatever became of them.
ASSIGNED = [way for way in WAYS if way not in ("sibling", "other_district")]
# Thing → word of the address → its value. ``{word}`` of other addresses comes from ``fill``.
PLACES: dict[str, dict[str, Callable[[Any], object]]] = {
    "case": {
        "number": lambda case: case.number,
        "public_id": lambda case: case.attachments.values_list("public_id", flat=True).first(),
        "party_id": lambda case: case.parties.values_list("pk", flat=True).first() or 0,
        "order_id": lambda case: case.supervisions.values_list("pk", flat=True).first() or 0,
    },
    "area": {"pk": lambda area: area.pk, "area_id": lambda area: area.pk},
    "grid": {"pk": lambda area: area.pk, "public_id": lambda area: area.public_id},
    "village": {"pk": lambda area: area.pk},
    "unit": {"pk": lambda unit: unit.pk, "unit_id": lambda unit: unit.pk},
    "staff": {
        "pk": lambda user: user.pk,
        "user_id": lambda user: user.pk,
        "username": lambda user: user.username,
        "public_id": lambda user: user.public_id,
    },
    "sealed": {
        "number": lambda matter: matter.number,
        "public_id": lambda matter: matter.files.values_list("public_id", flat=True).first(),
    },
    "post": {"pk": lambda post: post.pk, "post_id": lambda post: post.pk},
}


@dataclass
class Thing:
    """Something an address names. ``bonds`` are the units and people tied to it, by relation."""

    sort: str
    label: str
    row: Any
    place: str
    secret: str = ""  # the number of a case that nobody sees
    number: int = -1  # of a case: its place among the cases, in its canaries
    restricted: bool = False
    bonds: dict[str, set[int]] = field(default_factory=dict)  # relation → ids of units or users

    @property
    def closed(self) -> bool:
        return self.label.startswith("secret of")

    def value(self, word: str) -> object:
        return self.secret if word == "secret" else PLACES[self.sort][word](self.row)


def relations(person: Person, thing: Thing | None) -> frozenset[str]:
    """Every relation of ``person`` to ``thing``; see the head of policy.toml."""
    if not person.place or person.unit is None:
        return frozenset({"no_post", person.way})
    extra = {person.way} & {"substitute", "moved_away"}
    if thing is None:
        return frozenset({"posted"} | extra)
    bonds = {name for name, ids in thing.bonds.items()
             if ids & {tied(name, person)}}  # fmt: skip
    if "recused" in bonds:
        return frozenset({"recused"})
    where = lies(person.place, thing.place)
    if thing.restricted:
        where += "_restricted"
    return frozenset({where, "posted"} | bonds | extra)


# Sorts of people, a relation everybody has to them: whose posts the security administrator
# alone gives, all others, and of these who stands below whoever runs the same place.
SORTS = {
    "apart": "sys_admin sec_admin auditor discipline_liaison",
    "ordinary": "grid_worker grid_lead mediator village_staff triage handler petition_office"
    " leader legal_adviser archivist partner",
    "lower": "grid_worker grid_lead mediator handler legal_adviser archivist partner",
}
BY_NAME = {
    "assigned", "assigned_before", "recused", "recused_before", "self", "named", "wrote", "another",
    *SORTS,
}  # fmt: skip


def tied(relation: str, person: Person) -> int:
    """The id a bond of this kind holds for the person: their own, or their unit's."""
    if relation in BY_NAME:
        return int(person.user.pk)
    return int(person.unit.pk) if person.unit else 0


class Things:
    """Everything the addresses of the matrix are asked about."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.neutral = stage.unit("hubin", UnitKindCode.MASS_ORGANISATION)
        self.abroad = stage.unit("nanshan", UnitKindCode.MASS_ORGANISATION)
        self.picture = ""
        self.cases: list[Thing] = []
        for place in ABOVE:
            self.case(f"at {place}", place)
            self.case(f"restricted at {place}", place, restricted=True)
        for unit in {stage.home(role).pk: stage.home(role) for role in Role}.values():
            for relation in PARTS:
                self.taking_part(unit, relation)
        self.taking_part(stage.unit("donghe1", UnitKindCode.GRID_TEAM), "holds", restricted=True)
        for role in Role:
            self.by_name(role)
        self._traps()
        self.others = [*self._areas(), *self._units(), *self._people(), self._sealed()]
        self.by_number = {one.row.number: one for one in self.cases}
        self.by_area = {one.row.pk: one for one in self.of("area")}

    def of(self, sort: str) -> list[Thing]:
        return self.cases if sort == "case" else [one for one in self.others if one.sort == sort]

    def around(self, person: Person, sort: str) -> list[Thing]:
        """What ``person`` is asked about: one thing for each relation, once for each role;
        whoever differs from the one simply posted in one way only, what that role sees most
        simply."""
        if person.way == "posted":
            return list({relations(person, one): one for one in reversed(self.of(sort))}.values())
        if sort == "case":
            return [self.natural(person.role)]
        unit, home = self.stage.home(person.role), HOMES[person.role][1][0]
        return [
            one for one in self.of(sort)
            if one.bonds.get("own_unit", {unit.pk}) == {unit.pk} and one.place == home
        ]  # fmt: skip

    def named(self, label: str) -> Thing:
        return next(one for one in self.cases if one.label == label)

    # --- cases ------------------------------------------------------------------------
    def case(self, label: str, place: str, *, restricted: bool = False) -> Thing:
        """A fresh case at ``place`` held by a unit nobody works in."""
        far = "nanshan" in (place, *self._above(place))
        world = self.stage.world
        number = len(self.cases)
        draft = Draft(
            kind=Kind.EVENT if restricted else Kind.DISPUTE,
            category="E09" if restricted else "D02",
            text=f"{token(number, 'S')}两家因排水沟走向争执。{token(number, 'T')}",
            place=token(number, "P"), area_id=self.stage.area(place).pk,
            parties=(PartyDraft(f"张{token(number, 'N')}", phone(number), token(number, "A")),),
        )  # fmt: skip
        case = intake.register(draft, actor=world.wai if far else world.su).case
        holder = self.abroad if far else self.neutral
        CaseUnit.objects.filter(case=case).update(until=timezone.now())
        Case.objects.filter(pk=case.pk).update(holder_unit=holder, restricted=restricted)
        case.refresh_from_db()
        self._photo(case)
        self._order(case, holder)
        thing = Thing("case", label, case, place, number=number, restricted=restricted)
        self.cases.append(thing)
        return thing

    def _photo(self, case: Case) -> None:
        """A released photo; all share one stored file."""
        if not self.picture:
            self.picture = default_storage.save("matrix.jpg", ContentFile(b"\xff\xd8\xff\xe0"))
        Attachment.objects.create(
            case=case, tenant_id=case.tenant_id, uploaded_by=case.reporter, at=timezone.now(),
            name=f"{case.number}.jpg", media_type="image/jpeg", size=4, sha256=bytes(32),
            storage_key=self.picture, state="ready",
        )  # fmt: skip

    def _order(self, case: Case, unit: Unit) -> None:
        """A supervision order between units nobody works in, without its events."""
        now = timezone.now()
        SupervisionOrder.objects.create(
            case=case, tenant_id=case.tenant_id, unit=unit, issuer=unit, series_unit=unit,
            cause="by_hand", listed_at=now, issued_at=now, days=5, due_at=now + timedelta(days=7),
            year=2026, serial=len(self.cases) + 1,
        )  # fmt: skip

    def _above(self, place: str) -> Iterator[str]:
        while place := ABOVE[place]:
            yield place

    def taking_part(self, unit: Unit, relation: str, *, restricted: bool = False) -> None:
        """A case far away in which ``unit`` takes part in one way."""
        label = f"{relation} {unit.name}{' restricted' if restricted else ''}"
        thing = self.case(label, FAR, restricted=restricted)
        thing.bonds[relation] = {unit.pk}
        if relation == "holds":
            Case.objects.filter(pk=thing.row.pk).update(holder_unit=unit)
            return
        now = timezone.now()
        CaseUnit.objects.create(
            case=thing.row, tenant_id=thing.row.tenant_id, unit=unit, part=PARTS[relation],
            since=now - timedelta(days=9),
            until=now - timedelta(days=1) if relation == "helped_before" else None,
        )  # fmt: skip

    def by_name(self, role: Role) -> None:
        """Cases that name people of the role, and the recusals from the role's natural case."""
        person = self.stage.people[role, "posted"]
        people = [self.stage.people[role, way].user for way in ASSIGNED]
        near = HOMES[role][1][0] if role in (Role.MEDIATOR, Role.LEADER) else FAR
        for relation, label, place in (
            ("assigned", f"assigned {role.value}", near),
            ("assigned", f"assigned far {role.value}", FAR),
            ("assigned_before", f"assigned_before {role.value}", near),
        ):
            thing = self.case(label, place)
            thing.bonds[relation] = {user.pk for user in people}
            row = self._tie(thing)
            for user in people:
                Assignment.objects.create(task="handle", user=user, **row(relation))
        for label, place in (
            (f"wrote {role.value}", HOMES[role][1][0]),
            (f"wrote far {role}", FAR),
        ):
            thing = self.case(label, place)
            thing.bonds["wrote"] = {person.user.pk}
            Case.objects.filter(pk=thing.row.pk).update(reporter=person.user)
        thing = self.natural(role)
        for relation in ("recused", "recused_before"):
            away = self.stage.people[role, relation]
            thing.bonds.setdefault(relation, set()).add(away.user.pk)
            Recusal.objects.create(user=away.user, **self._tie(thing)(relation))

    def _traps(self) -> None:
        """What leads from a case somebody sees to one nobody sees: links, mergers, revisits,
        notices."""
        self.secret = self.named("restricted at dukou1")
        secret, now = self.secret.row, timezone.now()
        for thing in self.cases:
            thing.secret = secret.number
        CaseLink.objects.bulk_create([
            CaseLink(case=thing.row, tenant_id=thing.row.tenant_id, other=secret, sort="related",
                     since=now)
            for thing in self.cases if thing is not self.secret
        ])  # fmt: skip
        for role in Role:
            hidden = self.case(f"secret of {role.value}", "dukou1", restricted=True)
            natural = self.natural(role).row
            Case.objects.filter(pk=hidden.row.pk).update(
                merged_into=natural, status="merged", closed_at=now, due_at=None, amber_at=None
            )
            Revisit.objects.create(
                case=hidden.row, tenant_id=hidden.row.tenant_id, unit=self.stage.home(role),
                sort="sample", due_at=now,
            )  # fmt: skip
        Notice.objects.bulk_create([
            Notice(tenant_id=case.tenant_id, user=person.user, dedupe_key=f"matrix-{case.pk}",
                   at=now, verb="register", case=case)
            for person in self.stage for case in (secret, self.natural(person.role).row)
        ])  # fmt: skip

    def _tie(self, thing: Thing) -> Callable[[str], dict[str, Any]]:
        now = timezone.now()

        def row(relation: str) -> dict[str, Any]:
            ended = now - timedelta(days=1) if relation.endswith("_before") else None
            return {
                "case": thing.row, "tenant_id": thing.row.tenant_id,
                "since": now - timedelta(days=9), "until": ended,
            }  # fmt: skip

        return row

    def natural(self, role: Role) -> Thing:
        """The case somebody of this role sees most simply, if the role sees any at all."""
        if role in (Role.HANDLER, Role.PETITION_OFFICE, Role.LEADER):
            return self.named(f"holds {self.stage.home(role).name}")
        if role is Role.MEDIATOR:
            return self.named("assigned mediator")
        return self.named(f"at {HOMES[role][1][0]}")

    # --- places, units, people --------------------------------------------------------
    def _areas(self) -> Iterator[Thing]:
        for place in ABOVE:
            area: Area = self.stage.area(place)
            yield Thing("area", place, area, place)
            if area.level in (Level.VILLAGE, Level.GRID):
                yield Thing(Level(area.level).name.lower(), place, area, place)

    def _units(self) -> Iterator[Thing]:
        for (place, kind), unit in list(self.stage.units.items()):
            yield Thing("unit", f"{kind} {place}", unit, place, bonds={"own_unit": {unit.pk}})

    def _sealed(self) -> Thing:
        """An accusation against 东河村's committee: 青石镇's liaisons receive it."""
        world = self.stage.world
        matter = sealing.register(
            Draft(kind=Kind.REQUEST, text=f"村委会收礼。{SEALED}", area_id=world.donghe1.pk),
            world.donghe_committee.pk, "", actor=world.gao, key="matrix", digest=b"matrix",
            uploads=[SimpleUploadedFile("x.jpg", b"\xff\xd8\xff\xe0", "image/jpeg")],
        ).matter  # fmt: skip
        return Thing("sealed", "sealed", matter, "qingshi",
                     bonds={"holds": {matter.holder_unit_id}})  # fmt: skip

    def _people(self) -> Iterator[Thing]:
        ways = ("posted", "sibling", "other_district")
        everybody = {person.user.pk for person in self.stage}
        for person in [self.stage.people[role, way] for role in Role for way in ways]:
            unit = person.unit
            assert unit is not None
            bonds = {"own_unit": {unit.pk}, "self": {person.user.pk}}
            bonds["another"] = everybody - {person.user.pk}
            bonds |= {sort: everybody for sort in SORTS if person.role.value in SORTS[sort].split()}
            user: User = person.user
            yield Thing("staff", str(person), user, person.place, bonds=bonds)
            post = Posting.objects.get(user=user)
            yield Thing("post", str(person), post, person.place, bonds=dict(bonds))


# --- canaries ---------------------------------------------------------------------------
def token(number: int, field: str) -> str:
    """A word that stands in one field of one case and nowhere else in the world."""
    return f"KN-{number:03d}-{field}"


def phone(number: int) -> str:
    return f"1387{number:03d}{number:03d}9"
