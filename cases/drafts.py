"""JSON bodies of the API as what the doors take: a draft to register, inputs of an act, an order.

Shape only: lengths, types, known names. What the rules say is said by the doors themselves, so
that pages and programs get the same answers.
"""

import hashlib
import json
from typing import Any

from cases.acting import Inputs
from cases.area_forms import DOCUMENT, NAME
from cases.intake import MAX_PARTIES, MAX_TEXT, Draft, PartyDraft
from cases.models.party import SIDES
from cases.rules.supervision import MOST_DAYS
from cases.rules.workflow import Kind, Verb
from cases.sealed_route import LONGEST_ABOUT
from grids.bodies import Body
from grids.models import Area
from grids.restructuring import CHILDREN, Order, Part
from grids.roles import AreaChangeKind

DRAFT_FIELDS = frozenset(
    {
        "kind", "text", "category", "source", "area", "place", "parties", "people", "urgent",
        "violence", "cadre", "on_the_spot", "result", "occurred_at", "captured_at", "received_at",
        "simple", "sender", "sender_due",
    }
)  # fmt: skip
PARTY_FIELDS = frozenset({"name", "phone", "address", "side", "minor"})
ABOUT_FIELDS = frozenset({"unit", "written"})
ACT_FIELDS = frozenset(
    {
        "verb", "rev", "note", "reason", "text", "unit", "user", "area", "party", "other",
        "category", "channel", "result", "place", "until", "perform_by", "applicant_agrees",
        "respondent_agrees", "request", "successor", "order", "office", "days",
        "route", "conclusion", "claim", "facts", "basis", "referral", "method", "served_on",
    }
)  # fmt: skip
ORDER_FIELDS = ("kind", "name", "target", "areas", "parts", "ceases", "document")
CHANGES = tuple(AreaChangeKind.values())
MOST_PARTS = 20  # new places of one split
KINDS, VERBS = tuple(Kind.values()), tuple(Verb.values())
MOST_PEOPLE = 100_000
MOST_REVISION = 2**31 - 1


def digest(data: Any) -> bytes:
    """What makes two bodies the same: their values, not blanks or the order of fields."""
    plain = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).digest()


def draft(data: object) -> Draft:
    """The draft a body describes; raises ``WrongName`` or ``WrongValues``."""
    body = Body(data, DRAFT_FIELDS)
    found = Draft(
        kind=Kind(body.choice("kind", KINDS) or Kind.DISPUTE),
        text=body.paragraph("text", MAX_TEXT, required=True),
        category=body.line("category", 30),
        source=body.line("source", 30) or "grid",
        area_id=body.whole("area", least=1),
        place=body.line("place", 120),
        parties=parties(body),
        people=body.whole("people", least=1, most=MOST_PEOPLE),
        urgent=body.flag("urgent"),
        violence=body.flag("violence"),
        cadre=body.flag("cadre"),
        on_the_spot=body.flag("on_the_spot"),
        result=body.paragraph("result", MAX_TEXT),
        occurred_at=body.moment("occurred_at"),
        captured_at=body.moment("captured_at"),
        received_at=body.moment("received_at"),
        simple=body.flag("simple"),
        sender=body.line("sender", 10),
        sender_due=body.day("sender_due"),
    )
    body.finish()
    return found


def sealed(data: dict[str, Any]) -> tuple[Draft, int | None, str]:
    """The draft of a sealed matter, and whom it is about: a unit's id, or written words."""
    about = Body(data["about"], ABOUT_FIELDS, prefix="about.")
    unit, written = about.whole("unit", least=1), about.line("written", LONGEST_ABOUT)
    about.finish()
    return draft({name: value for name, value in data.items() if name != "about"}), unit, written


def parties(body: Body) -> tuple[PartyDraft, ...]:
    """The parties of a draft; what is wrong is noted at ``parties.0.name`` and so on."""
    found = []
    for place, data in enumerate(body.objects("parties", MAX_PARTIES)):
        one = Body(data, PARTY_FIELDS, prefix=f"parties.{place}.")
        found.append(
            PartyDraft(
                name=one.line("name", 40),
                phone=one.line("phone", 40),
                address=one.line("address", 120),
                side=one.choice("side", SIDES, default="applicant"),
                minor=one.flag("minor"),
            )
        )
        body.errors.update(one.errors)
    return tuple(found)


def act(data: object) -> tuple[Verb, int | None, Inputs]:
    """The verb, the revision the caller saw, and the inputs of one act."""
    body = Body(data, ACT_FIELDS)
    verb = body.choice("verb", VERBS)
    rev = body.whole("rev", most=MOST_REVISION)
    inputs = Inputs(
        note=body.paragraph("note", MAX_TEXT),
        reason=body.line("reason", 30),
        text=body.paragraph("text", MAX_TEXT),
        unit_id=body.whole("unit", least=1),
        user_id=body.whole("user", least=1),
        area_id=body.whole("area", least=1),
        party_id=body.whole("party", least=1),
        request_id=body.whole("request", least=1),
        successor_id=body.whole("successor", least=1),
        order_id=body.whole("order", least=1),
        office_id=body.whole("office", least=1),
        days=body.whole("days", least=1, most=MOST_DAYS),
        other=body.line("other", 24),
        category=body.line("category", 30),
        channel=body.line("channel", 10),
        result=body.line("result", 10),
        place=body.line("place", 80),
        until=body.moment("until"),
        perform_by=body.moment("perform_by"),
        applicant_agrees=body.flag("applicant_agrees"),
        respondent_agrees=body.flag("respondent_agrees"),
        route=body.line("route", 12),
        conclusion=body.line("conclusion", 12),
        claim=body.paragraph("claim", MAX_TEXT),
        facts=body.paragraph("facts", MAX_TEXT),
        basis=body.paragraph("basis", MAX_TEXT),
        referral=body.paragraph("referral", MAX_TEXT),
        method=body.line("method", 10),
        served_on=body.day("served_on"),
    )
    body.finish()
    return Verb(verb), rev, inputs


def order(data: object, place: Area) -> Order:
    """The order a body describes; raises ``WrongName`` or ``WrongValues``."""
    body = Body(data, ORDER_FIELDS)
    kind = body.choice("kind", CHANGES)
    parts = []
    for number, one in enumerate(body.objects("parts", MOST_PARTS)):
        part = Body(one, ("name", "children"), prefix=f"parts.{number}.")
        name = part.line("name", NAME, required=True)
        parts.append(Part(name, tuple(part.ids("children", CHILDREN))))
        body.errors.update(part.errors)
    name, document = body.line("name", NAME), body.line("document", DOCUMENT)
    target, ceases = body.whole("target", least=1), body.flag("ceases")
    others = body.ids("areas", CHILDREN)
    body.finish()
    return Order(
        AreaChangeKind(kind), (place.pk, *others), target=target, name=name, parts=tuple(parts),
        ceases=ceases, document=document,
    )  # fmt: skip
