"""API v1: the history of a place, and reorganising. The same doors as /office/areas/."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import drafts
from cases.api import KEY, REFUSALS, caller, idempotency_key
from cases.area_forms import DOCUMENT, NAME
from cases.once import once
from cases.pages.areas import kinds, visible
from cases.reorganising import preview, reorganise
from grids.api import AreaShape, area_json
from grids.bodies import answer, parameters
from grids.errors import NotAllowed
from grids.models import Area, User
from grids.restructuring import administers
from grids.roles import AreaChangeKind

KINDS = AreaChangeKind.values()


class FormerOut(serializers.Serializer[Any]):
    """What a place was called and where it belonged, on days in [valid_from, valid_to)."""

    name = serializers.CharField()
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    parent_name = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField()
    change = serializers.CharField(help_text="What ended it.")
    document = serializers.CharField()


class KinOut(serializers.Serializer[Any]):
    """A place before or after this one."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    on = serializers.DateField()
    change = serializers.CharField()
    document = serializers.CharField()


class AreaHistory(AreaShape):
    former = FormerOut(many=True)
    predecessors = KinOut(many=True)
    successors = KinOut(many=True)
    changes = serializers.ListField(
        child=serializers.ChoiceField(KINDS), help_text="What the caller may order."
    )


class PartIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=NAME)
    children = serializers.ListField(child=serializers.IntegerField(), required=False)


class ChangeIn(serializers.Serializer[Any]):
    """One change of the place of the address; it takes effect today."""

    kind = serializers.ChoiceField(KINDS)
    name = serializers.CharField(
        max_length=NAME, required=False, help_text="New name; of the new place of a merger."
    )
    target = serializers.IntegerField(
        required=False, help_text="move: what it belongs to; merge: what takes it over."
    )
    areas = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="merge: together with these."
    )
    parts = PartIn(many=True, required=False, help_text="split: the new places.")
    ceases = serializers.BooleanField(required=False, help_text="split: the old place ends.")
    document = serializers.CharField(max_length=DOCUMENT, required=False)


class RenamingOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    new_name = serializers.CharField()


class PreviewOut(serializers.Serializer[Any]):
    """What a change would do, in numbers; nothing was written."""

    cases = serializers.IntegerField(help_text="Open matters that move along.")
    closed_cases = serializers.IntegerField(help_text="Closed matters that stay as they are.")
    grids = serializers.IntegerField()
    units_closed = serializers.IntegerField()
    units_moved = serializers.IntegerField()
    people = serializers.IntegerField(help_text="People whose post changes.")
    posts_ending = serializers.IntegerField(help_text="Posts that end without a successor.")
    policies = serializers.IntegerField()
    renamings = RenamingOut(many=True)


class DoneOut(serializers.Serializer[Any]):
    place = AreaHistory(help_text="The place of the address, as it is now.")
    cases = serializers.IntegerField()
    postings = serializers.IntegerField()


PLACE = {
    "id": 12, "name": "东河村", "code": "350203001002", "level": "village", "parent": 4,
    "number": "", "valid_from": "2024-01-01", "valid_to": None,
    "former": [
        {"name": "东河大队", "parent": 4, "parent_name": "青石镇", "valid_from": "2024-01-01",
         "valid_to": "2026-03-02", "change": "rename", "document": "青政〔2026〕3号"}
    ],
    "predecessors": [], "successors": [], "changes": ["rename", "move", "merge", "split", "close"],
}  # fmt: skip
PLACE_OUT = OpenApiExample("A village", value=PLACE, response_only=True, status_codes=["200"])
MERGE_IN = OpenApiExample(
    "Two villages become one",
    value={
        "kind": "merge", "areas": [13], "name": "东石村", "document": "青政〔2026〕3号",
    },
    request_only=True,
)  # fmt: skip
PREVIEW_OUT = OpenApiExample(
    "What it would do",
    value={
        "cases": 12, "closed_cases": 340, "grids": 5, "units_closed": 4, "units_moved": 5,
        "people": 6, "posts_ending": 0, "policies": 1,
        "renamings": [{"name": "第1网格", "new_name": "石桥村第1网格"}],
    },
    response_only=True,
    status_codes=["200"],
)  # fmt: skip
DONE_OUT = OpenApiExample(
    "Done",
    value={"place": PLACE, "cases": 12, "postings": 6},
    response_only=True,
    status_codes=["200", "201"],
)


class OneArea(APIView):
    """One place, today's or a former one."""

    @extend_schema(
        summary="The history of a place",
        operation_id="areas_retrieve",
        responses={200: AreaHistory, **REFUSALS},
        examples=[PLACE_OUT],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Former names, what it came from and went into. 404 outside the caller's area."""
        parameters(request.query_params, ())
        user = caller(request)
        return answer(history_json(user, visible(user, pk)))


def ordered(user: User, pk: int) -> Area:
    """The place a change is ordered for. 404 outside, 403 for other posts."""
    place = visible(user, pk)
    if not administers(user, place):
        raise NotAllowed("Places are reorganised by the system administrator in charge.")
    return place


class AreaPreview(APIView):
    """What a change would do."""

    write_scope = "places"
    find = staticmethod(ordered)

    @extend_schema(
        summary="Look at a change before it is made",
        operation_id="areas_preview",
        request=ChangeIn,
        responses={200: PreviewOut, **REFUSALS},
        examples=[MERGE_IN, PREVIEW_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Numbers only, nothing is written. 403 for all but the system administrator of the
        place, 422 naming the fields."""
        user = caller(request)
        shown = preview(user, drafts.order(request.data, self.find(user, pk)))
        return answer({
            "cases": shown.cases, "closed_cases": shown.closed_cases, "grids": shown.grids,
            "units_closed": shown.units_closed, "units_moved": shown.units_moved,
            "people": shown.people, "posts_ending": shown.posts_ending,
            "policies": shown.policies,
            "renamings": [
                {"name": old, "new_name": new} for old, new in shown.renumbered
            ],
        })  # fmt: skip


class AreaChange(APIView):
    """Reorganise."""

    write_scope = "places"
    find = staticmethod(ordered)

    @extend_schema(
        summary="Move, merge, split, rename or close a place",
        operation_id="areas_change",
        parameters=[KEY],
        request=ChangeIn,
        responses={201: DoneOut, 200: DoneOut, **REFUSALS},
        examples=[MERGE_IN, DONE_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """One transaction for tree, units, posts and open matters. 200 with the same answer
        when the key comes again; 409 while somebody else reorganises."""
        key, user = idempotency_key(request), caller(request)
        place = self.find(user, pk)
        order = drafts.order(request.data, place)

        def do() -> str:
            done = reorganise(user, order)
            return f"{done.cases}:{done.postings}"

        result, fresh = once(user, f"area:{place.pk}", key, request.data, do)
        cases, postings = result.split(":")
        vars(user).pop("posts", None)  # the change may have moved the caller's own
        return answer(
            {
                "place": history_json(user, visible(user, pk)),
                "cases": int(cases),
                "postings": int(postings),
            },
            status=201 if fresh else 200,
        )


def history_json(user: User, place: Area) -> dict[str, Any]:
    former = place.past.select_related("parent").order_by("-valid_to", "-id")
    before = place.predecessions.select_related("predecessor").order_by("-on", "-id")
    after = place.successions.select_related("successor").order_by("-on", "-id")
    return area_json(place) | {
        "former": [
            {
                "name": one.name, "parent": one.parent_id,
                "parent_name": one.parent.name if one.parent else "",
                "valid_from": one.valid_from.isoformat(), "valid_to": one.valid_to.isoformat(),
                "change": one.change, "document": one.document,
            }
            for one in former
        ],
        "predecessors": [kin_json(one.predecessor, one) for one in before],
        "successors": [kin_json(one.successor, one) for one in after],
        "changes": [kind.value for kind in kinds(user, place)],
    }  # fmt: skip


def kin_json(area: Area, row: Any) -> dict[str, Any]:
    return {
        "id": area.pk, "name": area.name, "on": row.on.isoformat(), "change": row.change,
        "document": row.document,
    }  # fmt: skip
