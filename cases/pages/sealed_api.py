"""API v1: sealed matters. Same doors, same scope and same answers as the pages."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import codes, drafts, sealed_work, sealing
from cases.models import SealedMatter
from cases.rules.sealing import OpeningReason, SealedStatus, SealedVerb
from cases.sealed_work import LONGEST_NOTE, Opened
from grids.api import ErrorShape
from grids.bodies import Body, answer, local, parameters
from grids.errors import NotVisible
from grids.models import User

REFUSALS = {code: ErrorShape for code in (400, 401, 403, 404, 409, 415, 422, 429)}
NUMBER, DUE = "LBS2026-402913", "2026-03-17T23:59:59+08:00"


class SealedOut(serializers.Serializer[Any]):
    """A sealed matter without its words."""

    number = serializers.CharField()
    status = serializers.CharField(help_text=f"One of {', '.join(SealedStatus.values())}.")
    organ = serializers.CharField()
    registered_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    rev = serializers.IntegerField()


class RoutedOut(serializers.Serializer[Any]):
    """Organ and clock of a sealed matter, nothing else."""

    organ = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)


class SealedPage(serializers.Serializer[Any]):
    results = SealedOut(many=True)


class RoutedPage(serializers.Serializer[Any]):
    results = RoutedOut(many=True)


class OpenIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(OpeningReason.values(), help_text="Kept in the access log.")


class OpenedOut(SealedOut):
    """A sealed matter with its words; the opening is logged."""

    words = serializers.DictField()
    files = serializers.ListField(child=serializers.DictField())
    history = serializers.ListField(child=serializers.DictField())
    readers = serializers.ListField(
        child=serializers.DictField(), help_text="Who looked before it was sealed."
    )
    verbs = serializers.ListField(child=serializers.CharField())


class SealedActIn(serializers.Serializer[Any]):
    """One step; ``transfer`` names a unit, all but ``receive`` need a note."""

    verb = serializers.ChoiceField(SealedVerb.values())
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False)
    unit = serializers.IntegerField(required=False)
    rev = serializers.IntegerField(required=False, help_text="409 when it moved on.")


ROW = {
    "number": NUMBER, "status": "waiting", "organ": "湖滨区纪检监察机关",
    "registered_at": "2026-03-02T09:00:00+08:00", "due_at": DUE, "rev": 1,
}  # fmt: skip


def caller(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def register(user: User, data: dict[str, Any], key: str) -> HttpResponse:
    """The receipt of a sealed matter; what was told is not in it."""
    draft, unit_id, written = drafts.sealed(data)
    receipt = sealing.register(
        draft, unit_id, written, actor=user, key=key, digest=drafts.digest(data)
    )
    matter, code = receipt.matter, receipt.code
    body = {
        "number": matter.number,
        "code": code,
        "spoken": code[: codes.SPOKEN_LENGTH],
        "pin": receipt.pin,
        "status": "sealed",
        "registered_at": local(matter.registered_at),
        "due_at": None,
        "rev": 1,
    }
    return answer(body, status=201 if receipt.created else 200)


def row(matter: SealedMatter) -> dict[str, Any]:
    return {
        "number": matter.number,
        "status": matter.status,
        "organ": matter.holder_unit.name,
        "registered_at": local(matter.registered_at),
        "due_at": local(matter.due_at),
        "rev": matter.last_seq,
    }


def opened(found: Opened) -> dict[str, Any]:
    return {
        **row(found.matter),
        "words": found.words,
        "files": [{"id": str(one.public_id), "name": one.name} for one in found.files],
        "history": [
            {
                "verb": one.verb.value, "at": local(one.at), "person": one.person,
                "unit": one.unit, "note": one.note,
            }
            for one in found.history
        ],
        "readers": [
            {"name": one.name, "action": one.action, "at": local(one.at)} for one in found.readers
        ],
        "verbs": [step.verb.value for step in found.steps],
    }  # fmt: skip


def only_liaisons(user: User) -> None:
    if not sealed_work.is_liaison(user):
        raise NotVisible(sealed_work.ABSENT)


class Sealed(APIView):
    """What the caller's organ holds."""

    @extend_schema(
        summary="Sealed matters of the caller's organ",
        operation_id="sealed_list",
        responses={200: SealedPage, **REFUSALS},
        examples=[OpenApiExample("Page", value={"results": [ROW]}, response_only=True)],
    )
    def get(self, request: Request) -> HttpResponse:
        """Numbers and clocks; 404 for everybody who is no discipline liaison."""
        parameters(request.query_params, ())
        user = caller(request)
        only_liaisons(user)
        return answer({"results": [row(one) for one in sealed_work.waiting(user)]})


class Routing(APIView):
    """Organs and clocks of sealed matters."""

    @extend_schema(
        summary="Which organs have sealed matters, and by when",
        operation_id="sealed_routing",
        responses={200: RoutedPage, **REFUSALS},
        examples=[
            OpenApiExample(
                "Page", value={"results": [{"organ": ROW["organ"], "due_at": DUE}]},
                response_only=True,
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """For petition officers and liaisons at the organ's level or above; 404 for others."""
        parameters(request.query_params, ())
        user = caller(request)
        if not sealed_work.oversees(user):
            raise NotVisible(sealed_work.ABSENT)
        found = sealed_work.routed(user)
        rows = [{"organ": one.holder_unit.name, "due_at": local(one.due_at)} for one in found]
        return answer({"results": rows})


class Open(APIView):
    """Read one sealed matter."""

    write_scope = "sealed"

    @extend_schema(
        summary="Open a sealed matter",
        operation_id="sealed_open",
        request=OpenIn,
        responses={200: OpenedOut, **REFUSALS},
        examples=[
            OpenApiExample("To work on it", value={"reason": "work"}, request_only=True),
            OpenApiExample(
                "Opened",
                value={
                    **ROW, "words": {"text": "…", "about": {"name": "…"}}, "files": [],
                    "history": [], "readers": [], "verbs": ["receive", "transfer"],
                },
                response_only=True,
            ),
        ],
    )  # fmt: skip
    def post(self, request: Request, number: str) -> HttpResponse:
        """Every opening is logged with its reason. 404 for everybody it is not for."""
        user = caller(request)
        sealed_work.one(user, number)  # before the body is looked at: the same 404 for any
        body = Body(request.data, {"reason"})
        reason = body.line("reason", 20)
        body.finish()
        address = request.META.get("REMOTE_ADDR") or None
        return answer(opened(sealed_work.open_matter(user, number, reason, address)))


class SealedAct(APIView):
    """Take one sealed matter a step on."""

    write_scope = "sealed"

    @extend_schema(
        summary="Act on a sealed matter",
        operation_id="sealed_act",
        request=SealedActIn,
        responses={200: SealedOut, **REFUSALS},
        examples=[
            OpenApiExample("Receive", value={"verb": "receive", "rev": 1}, request_only=True),
            OpenApiExample(
                "Received", value=ROW | {"status": "received", "rev": 2}, response_only=True
            ),
        ],
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """404 for everybody it is not for, 409 where it stands elsewhere, 422 naming fields."""
        user = caller(request)
        sealed_work.one(user, number)  # before the body is looked at: the same 404 for any
        body = Body(request.data, {"verb", "note", "unit", "rev"})
        verb = body.choice("verb", tuple(SealedVerb.values()))
        note, unit_id = body.paragraph("note", LONGEST_NOTE), body.whole("unit", least=1)
        rev = body.whole("rev", most=2**31 - 1)
        body.finish()
        done = sealed_work.act(user, number, SealedVerb(verb), note=note, unit_id=unit_id, rev=rev)
        return answer(row(done))
