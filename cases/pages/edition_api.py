"""API v1: later editions of the list of places. The same doors as /office/editions/."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import editions
from cases.api import KEY, REFUSALS, caller, idempotency_key
from cases.edition_forms import Filter
from cases.editions import Choice
from cases.once import once
from cases.pages.editions import ANSWERS, ordered, problem_of
from grids.bodies import Body, WrongValues, answer, digits, local, parameters
from grids.errors import NotAllowed, NotVisible
from grids.matching import ChangeKind
from grids.models import AreaEdition, EditionChange, User
from grids.models.edition import ChangeState, EditionState

PAGE = 200  # changes of a page
MOST = 500  # changes named in one decision
FILTERS = ("kind", "state", "county", "unsure", "q")


class CountOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(ChangeKind.values())
    state = serializers.ChoiceField(ChangeState.values())
    n = serializers.IntegerField()


class EditionOut(serializers.Serializer[Any]):
    """An edition with the counts of the changes that concern the caller's places."""

    id = serializers.IntegerField()
    system = serializers.CharField()
    year = serializers.IntegerField()
    root = serializers.IntegerField(  # type: ignore[assignment]
        allow_null=True, help_text="null: the whole country."
    )
    state = serializers.ChoiceField(EditionState.values())
    file = serializers.CharField()
    lines = serializers.IntegerField()
    document = serializers.CharField()
    read_at = serializers.DateTimeField()
    counts = CountOut(many=True)


class EditionPage(serializers.Serializer[Any]):
    results = EditionOut(many=True)


class SideOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    code = serializers.CharField()
    parent = serializers.CharField()  # type: ignore[assignment]


class ChangeOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(ChangeKind.values())
    unsure = serializers.BooleanField(help_text="Could be read in two ways; decided on alone.")
    level = serializers.IntegerField(help_text="1 province … 5 village.")
    place = serializers.IntegerField(
        allow_null=True, help_text="The place concerned; of a new one the nearest above it."
    )
    county = serializers.IntegerField(allow_null=True)
    old = SideOut()
    new = SideOut()
    heir = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(ChangeState.values())
    problem = serializers.CharField(help_text="Why an accepted change was not carried out.")
    result = serializers.IntegerField(allow_null=True, help_text="The place as it is since.")


class ChangePage(EditionOut):
    results = ChangeOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="Value of ``after`` of the next page.")


class DecisionIn(serializers.Serializer[Any]):
    """Either ``changes``, or a filter: every sure change that waits and fits it."""

    answer = serializers.ChoiceField(list(ANSWERS))
    changes = serializers.ListField(child=serializers.IntegerField(), required=False)
    heir = serializers.IntegerField(
        required=False, help_text="Who takes over, for one change of what is gone."
    )
    same_as = serializers.IntegerField(
        required=False, help_text="The new one that is the same place, for one that is gone."
    )
    kind = serializers.ChoiceField(ChangeKind.values(), required=False)
    county = serializers.IntegerField(required=False)


class DecisionOut(serializers.Serializer[Any]):
    changes = serializers.IntegerField(help_text="How many were decided on.")


class OrderOut(serializers.Serializer[Any]):
    changes = serializers.IntegerField(help_text="How many are carried out.")
    counts = CountOut(many=True)


EDITION = {
    "id": 3, "system": "NBS", "year": 2024, "root": 2, "state": "compared", "file": "2024.csv",
    "lines": 412, "document": "国统字〔2024〕1号", "read_at": "2026-03-02T09:00:00+08:00",
    "counts": [{"kind": "renamed", "state": "waiting", "n": 4}],
}  # fmt: skip
CHANGE = {
    "id": 31, "kind": "renamed", "unsure": False, "level": 5, "place": 12, "county": 2,
    "old": {"name": "东河村", "code": "350203101201", "parent": "青石镇"},
    "new": {"name": "东河社区", "code": "350203101201", "parent": "青石镇"},
    "heir": None, "state": "waiting", "problem": "", "result": None,
}  # fmt: skip
LIST_OUT = OpenApiExample(
    "Editions", value={"results": [EDITION]}, response_only=True, status_codes=["200"]
)
SHOW_OUT = OpenApiExample(
    "A change set",
    value=EDITION | {"results": [CHANGE], "next": None},
    response_only=True,
    status_codes=["200"],
)
ACCEPT_IN = OpenApiExample(
    "Accept every renaming", value={"answer": "accept", "kind": "renamed"}, request_only=True
)
DECIDED_OUT = OpenApiExample(
    "Decided", value={"changes": 4}, response_only=True, status_codes=["200"]
)
ORDER_OUT = OpenApiExample(
    "Carried out",
    value={"changes": 4, "counts": [{"kind": "renamed", "state": "applied", "n": 4}]},
    response_only=True,
    status_codes=["200", "201"],
)


def administrator(request: Request) -> User:
    """The caller; raises ``NotAllowed`` for who reorganises no places."""
    user = caller(request)
    if not editions.administering(user):
        raise NotAllowed("Places are reorganised by the system administrator in charge.")
    return user


class Editions(APIView):
    """Editions that concern the caller's places."""

    @extend_schema(
        summary="List editions of the list of places",
        operation_id="editions_list",
        responses={200: EditionPage, **REFUSALS},
        examples=[LIST_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """Newest first, a hundred at most. 403 for all but system administrators."""
        parameters(request.query_params, ())
        user = administrator(request)
        rows = AreaEdition.objects.visible_to(user)[:100]
        return answer({"results": [edition_json(user, row) for row in rows]})


class OneEdition(APIView):
    """One edition with its changes."""

    @extend_schema(
        summary="Look at the changes of an edition",
        operation_id="editions_retrieve",
        parameters=[
            OpenApiParameter("kind", OpenApiTypes.STR, enum=ChangeKind.values()),
            OpenApiParameter("state", OpenApiTypes.STR, enum=ChangeState.values()),
            OpenApiParameter("county", OpenApiTypes.INT64, description="Id of a district."),
            OpenApiParameter("unsure", OpenApiTypes.INT64, description="1: only unclear ones."),
            OpenApiParameter("q", OpenApiTypes.STR, description="Part of a name, begin of a code."),
            OpenApiParameter("after", OpenApiTypes.INT64, description="Value of ``next``."),
        ],
        responses={200: ChangePage, **REFUSALS},
        examples=[SHOW_OUT],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """In the order in which they are carried out."""
        asked = parameters(request.query_params, (*FILTERS, "after"))
        user = administrator(request)
        found = editions.edition_for(user, pk)
        wrong = [name for name, values in KNOWN.items() if asked.get(name, "") not in ("", *values)]
        wrong += [
            name for name in ("county", "after") if name in asked and digits(asked[name]) is None
        ]
        if wrong:
            raise WrongValues({name: [_("This value is not known.")] for name in wrong})
        rows = Filter.of(asked).narrow(editions.changes_for(user, found))
        first = digits(asked.get("after", "0")) or 0
        page = list(ordered(rows)[first : first + PAGE + 1])
        more = str(first + PAGE) if len(page) > PAGE else None
        listed = {"results": [change_json(row) for row in page[:PAGE]], "next": more}
        return answer(edition_json(user, found) | listed)


KNOWN = {"kind": ChangeKind.values(), "state": ChangeState.values(), "unsure": ["1"]}


class EditionDecision(APIView):
    """Accept and refuse."""

    write_scope = "places"

    @extend_schema(
        summary="Accept or refuse changes of an edition",
        operation_id="editions_decide",
        request=DecisionIn,
        responses={200: DecisionOut, **REFUSALS},
        examples=[ACCEPT_IN, DECIDED_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Saying the same twice does nothing more. 404 for a change outside the caller's
        places, 409 for an edition that is not open, 422 naming the fields."""
        user = administrator(request)
        found = editions.edition_for(user, pk)
        body = Body(request.data, ("answer", "changes", "heir", "same_as", "kind", "county"))
        said = body.choice("answer", list(ANSWERS))
        kind = body.choice("kind", ChangeKind.values()) if "kind" in body.data else ""
        county, heir_id, twin = (body.whole(name) for name in ("county", "heir", "same_as"))
        ids = body.ids("changes", MOST) if "changes" in body.data else None
        alone = ids is not None and len(ids) == 1 and said == "accept"
        for name, value in (("heir", heir_id), ("same_as", twin)):
            if value is not None and not alone:
                body.wrong(name, "Name one change of what is gone, and accept it.")
        body.finish()
        rows, heir = editions.changes_for(user, found), None
        if ids is not None:
            rows = rows.filter(pk__in=ids)
            if rows.count() != len(set(ids)):
                raise NotVisible(editions.NO_CHANGE)
            if twin is not None:
                editions.join(user, rows.select_related("place", "edition")[0], twin)
                return answer({"changes": 1})
            if heir_id is not None:
                heir = editions.heir_for(user, rows.select_related("place")[0], heir_id)
        else:
            rows = Filter(kind=kind, county=county).narrow(rows).filter(unsure=False)
            if said != "wait":
                rows = rows.filter(state=ChangeState.WAITING.value)
        count = editions.decide(user, found, rows, Choice(ANSWERS[said], heir))
        return answer({"changes": count})


class EditionOrder(APIView):
    """Carry out."""

    write_scope = "places"

    @extend_schema(
        summary="Carry out what is accepted of an edition",
        operation_id="editions_apply",
        parameters=[KEY],
        request=None,
        responses={201: OrderOut, 200: OrderOut, **REFUSALS},
        examples=[ORDER_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """From today on. Many changes are carried out by a worker: ask again until none is
        ``ordered``. 200 with the same number when the key comes again."""
        key, user = idempotency_key(request), administrator(request)
        found = editions.edition_for(user, pk)
        Body(request.data or {}, ()).finish()

        def do() -> int:
            return editions.order(user, found)

        count, fresh = once(user, f"edition:{found.pk}", key, {}, do)
        vars(user).pop("posts", None)
        told = {"changes": int(count), "counts": counts_json(user, found)}
        return answer(told, status=201 if fresh else 200)


def counts_json(user: User, found: AreaEdition) -> list[dict[str, Any]]:
    counts = editions.counts(editions.changes_for(user, found))
    return [{"kind": kind, "state": state, "n": n} for (kind, state), n in sorted(counts.items())]


def edition_json(user: User, found: AreaEdition) -> dict[str, Any]:
    return {
        "id": found.pk, "system": found.system, "year": found.year, "root": found.root_id,
        "state": found.state, "file": found.file, "lines": found.lines_read,
        "document": found.document, "read_at": local(found.read_at),
        "counts": counts_json(user, found),
    }  # fmt: skip


def change_json(row: EditionChange) -> dict[str, Any]:
    return {
        "id": row.pk, "kind": row.kind, "unsure": row.unsure, "level": row.level,
        "place": row.place_id, "county": row.county_id,
        "old": {"name": row.old_name, "code": row.old_code, "parent": row.old_parent},
        "new": {"name": row.new_name, "code": row.new_code, "parent": row.new_parent},
        "heir": row.heir_id, "state": row.state, "problem": problem_of(row),
        "result": row.result_id,
    }  # fmt: skip
