"""Seal an open case: everything that was written moves into an envelope, an empty shell stays.

The shell keeps number and query code, because a resident holds them, and its chain of codes,
which still verifies. It has no holder, no place and no words, so that no post of anybody leads
to it; a constraint says so too. Cases that were merged into it go with it: they tell the same.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q

from cases.acting import Act, Inputs
from cases.attachments import small_key
from cases.events import Before, Happening, chain
from cases.models import (
    Attachment,
    Case,
    CaseLink,
    CaseNote,
    CaseSearch,
    MediationSession,
    Notice,
    Outbox,
    Outgoing,
    Party,
    Revisit,
    SealedShell,
    Story,
)
from cases.rules.workflow import Status, Verb
from cases.sealed_route import about_from, route
from cases.sealing import Stored, about_words, make, texts_of, write
from cases.writing import insert_all
from grids import access, keyring
from grids.models import Area, Tenant, User
from grids.roles import Level

# Takes a case out of a line of a digest that counts others as well.
UNCOUNT = """
UPDATE cases_notice SET case_ids = array_remove(case_ids, %(pk)s::bigint), cases = cases - 1,
    case_id = CASE WHEN cases = 2 THEN (array_remove(case_ids, %(pk)s::bigint))[1] END
WHERE cases > 1 AND case_ids @> ARRAY[%(pk)s::bigint]
"""


def seal(act: Act) -> None:
    """Move the case out of everybody's sight but that of the liaison above the unit named.

    Raises ``BadInput`` at ``unit`` when no unit is named or nobody can receive it.
    """
    case = act.case
    about = about_from(case.tenant_id, case.area, act.inputs.unit_id, act.inputs.text)
    all_cases = [case, *joined(case)]
    words = {**about_words(about), "cases": [written(one) for one in all_cases]}
    words["sealed_by"] = name_of(act.actor.pk if act.actor else None)
    found = route(about, texts_of(words))
    files = [file for one in all_cases for file in attached(one)]
    matter, secret = make(Tenant.objects.get(pk=case.tenant_id), found, act.now)
    write(matter, secret, words, files, found, act.now)
    root = root_of(case)
    for one in all_cases:
        SealedShell.objects.create(matter=matter, tenant_id=one.tenant_id, case=one)
        empty(one, act.now)
        if one.pk != case.pk:
            follow(act, one, root)
    hide(case, root)
    replace_notices(all_cases)
    act.inputs = Inputs()  # what was written here belongs to the envelope as well


def joined(case: Case) -> list[Case]:
    """The cases merged into ``case``, directly or by way of another; their rows locked."""
    found: list[Case] = []
    above = [case.pk]
    while above:
        rows = Case.objects.select_for_update(of=["self"]).filter(merged_into__in=above)
        rows = rows.select_related("story", "category", "area").order_by("pk")
        above = [row.pk for row in rows]
        found += rows
    return found


# --- what goes into the envelope --------------------------------------------------------
def written(case: Case) -> dict[str, Any]:
    """Every word of a case, for the envelope."""
    story = case.story
    return {
        "number": case.number,
        "kind": case.kind,
        "category": case.category.name,
        "area": case.area.name,
        "registered_at": case.registered_at.isoformat(),
        "text": story.text,
        "place": story.place,
        "people": story.people,
        "writer": name_of(case.reporter_id),
        "parties": [
            {
                "name": one.name, "side": one.side, "address": one.address, "minor": one.minor,
                "phone": opened(one, "phone"), "id_number": opened(one, "id_number"),
            }
            for one in case.parties.filter(erased_at=None)
        ],
        "notes": notes(case),
        "sessions": [row.place for row in case.sessions.exclude(place="")],
    }  # fmt: skip


def opened(party: Party, column: str) -> str:
    blob = getattr(party, column)
    return keyring.decrypt(blob, f"party.{column}:{party.pk}") if blob else ""


def notes(case: Case) -> list[dict[str, Any]]:
    """What was written with each event, who wrote it and when."""
    events = {event.seq: event for event in case.events.all()}
    people = User.objects.in_bulk({event.actor_id for event in events.values()} - {None})
    rows = []
    for note in case.notes.filter(erased_at=None).exclude(field__in=["story", "party"]):
        event = events[note.seq]
        author = people.get(event.actor_id or 0)
        rows.append(
            {
                "at": event.at.isoformat(), "verb": event.verb, "field": note.field,
                "by": author.display_name if author else "", "text": note.text,
            }
        )  # fmt: skip
    return rows


def name_of(user_id: int | None) -> dict[str, Any]:
    name = User.objects.filter(pk=user_id or 0).values_list("display_name", flat=True).first()
    return {"id": user_id, "name": name or ""}


def attached(case: Case) -> list[Stored]:
    """The files of a case, taken from the ordinary storage once everything else is committed."""
    found = []
    for row in case.attachments.select_for_update().exclude(state="refused"):
        with default_storage.open(row.storage_key) as file:
            found.append(Stored(row.name, row.media_type, file.read()))
    return found


# --- what is left outside ---------------------------------------------------------------
def empty(case: Case, now: datetime) -> None:
    """Erase every word of ``case`` from the ordinary tables; digests stay, so the chain holds."""
    Story.objects.filter(case=case).update(
        text="", summary="", place="", people=None, erased_at=now
    )
    case.story.text = case.story.summary = case.story.place = ""
    CaseNote.objects.filter(case=case, erased_at=None).update(text="", salt=b"", erased_at=now)
    Party.objects.filter(case=case).update(
        name="", address="", phone=b"", phone_index=b"", phone_tail="", id_number=b"",
        id_number_index=b"", id_number_tail="", erased_at=now,
    )  # fmt: skip
    CaseSearch.objects.filter(case=case).update(text="")
    access.erase_words(case.number, case.tenant_id)
    MediationSession.objects.filter(case=case).update(place="")
    keys = list(Attachment.objects.filter(case=case).values_list("storage_key", flat=True))
    Attachment.objects.filter(case=case).delete()
    transaction.on_commit(lambda: remove(keys))
    CaseLink.objects.filter(Q(case=case) | Q(other=case)).delete()
    Revisit.objects.filter(case=case, done_at=None).delete()
    case.units.filter(until=None).update(until=now)
    case.assignments.filter(until=None).update(until=now)


def remove(keys: Sequence[str]) -> None:
    for key in keys:
        default_storage.delete(key)
        default_storage.delete(small_key(key))


def root_of(case: Case) -> Area:
    """The customer's topmost place: it says nothing about where the matter came from."""
    over = [int(part) for part in case.area.path.split(".") if part]
    rows = Area.objects.filter(pk__in=over, tenant_id=case.tenant_id, level__gte=Level.CITY.value)
    return rows.order_by("level")[0]


def hide(case: Case, root: Area) -> None:
    """Leave nothing in the row by which a post leads to it."""
    case.restricted, case.area = True, root
    case.holder_unit = case.from_unit = case.done_by = case.verified_by = None
    for level in ("city", "district", "township", "village", "grid", "microgrid"):
        setattr(case, f"{level}_id", None)
    case.stat_district_id = None
    case.level = Level.DISTRICT.value
    case.occurred_at = case.captured_at = case.suspended_at = case.review_at = None
    case.supervised_at, case.merged_into = None, None


def follow(act: Act, case: Case, root: Area) -> None:
    """Close a case that was merged into the sealed one as another shell, with its own event."""
    before = Before.of(case)
    hide(case, root)
    case.status = Status.SEALED.value
    happening = Happening(
        Verb.SEAL, act.now, actor_id=act.actor.pk if act.actor else None, unit_id=act.unit_id
    )
    insert_all(chain(case, happening, before))
    case.save()


def replace_notices(cases: Sequence[Case]) -> None:
    """What waits is not delivered; of what was delivered each reader keeps one line that says
    no more than that the matter was passed on. The outbox first: its lock waits for a worker
    that is just delivering."""
    ids = [case.pk for case in cases]
    alone = Outbox.objects.filter(case_id__in=ids, case_ids=[], state="pending")
    alone.update(state="dead")  # from a message for many the delivery leaves what is sealed out
    waiting = Outgoing.objects.filter(state="pending")
    waiting.filter(lines__no__in=[case.number for case in cases]).update(state="dead")
    rows = Notice.objects.filter(case_id__in=ids).order_by("at", "pk")
    newest = dict(rows.values_list("user_id", "pk"))
    Notice.objects.filter(case_id__in=ids).exclude(pk__in=newest.values()).delete()
    Notice.objects.filter(pk__in=newest.values()).update(
        verb=Verb.SEAL.value, case=None, case_ids=[], unit=None, urgent=False
    )
    uncount(ids)


def uncount(ids: Sequence[int]) -> None:
    """Take the cases out of the lines of digests that count others as well."""
    with connection.cursor() as cursor:
        for pk in ids:
            cursor.execute(UNCOUNT, {"pk": pk})
