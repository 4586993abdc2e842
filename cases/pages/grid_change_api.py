"""API v1: renaming and closing a grid. The same doors as the grid's own page."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from cases.api import KEY, REFUSALS
from cases.pages.area_api import (
    DONE_OUT,
    PREVIEW_OUT,
    AreaChange,
    AreaPreview,
    ChangeIn,
    DoneOut,
    PreviewOut,
)
from cases.pages.areas import visible
from grids import gridbook
from grids.errors import NotVisible
from grids.models import Area, User
from grids.roles import Level

CLOSE_IN = OpenApiExample(
    "A grid closes", value={"kind": "close", "document": "东河村〔2026〕3号"}, request_only=True
)
RENAME_IN = OpenApiExample(
    "A grid is renamed", value={"kind": "rename", "name": "河东网格"}, request_only=True
)


def drawn_up(user: User, pk: int) -> Area:
    """A grid of the caller's area, closed ones too, so that a retry finds it. 403 for posts that
    draw up no grids, 404 outside."""
    gridbook.running_posts(user)
    area = visible(user, pk)
    if area.level < Level.GRID or not gridbook.runs(user, area):
        raise NotVisible(gridbook.NO_GRID)
    return area


class GridPreview(AreaPreview):
    """What renaming or closing a grid would do."""

    find = staticmethod(drawn_up)

    @extend_schema(
        summary="Look at the renaming or closing of a grid",
        operation_id="grids_preview",
        request=ChangeIn,
        responses={200: PreviewOut, **REFUSALS},
        examples=[CLOSE_IN, RENAME_IN, PREVIEW_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Numbers only, nothing is written. Other kinds of change are the administrator's: 403."""
        return super().post(request, pk)


class GridChange(AreaChange):
    """Rename or close a grid."""

    find = staticmethod(drawn_up)

    @extend_schema(
        summary="Rename or close a grid",
        operation_id="grids_reorganise",
        parameters=[KEY],
        request=ChangeIn,
        responses={201: DoneOut, 200: DoneOut, **REFUSALS},
        examples=[CLOSE_IN, RENAME_IN, DONE_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Open matters go to the place above, posts end, in one transaction. 200 with the same
        answer when the key comes again."""
        return super().post(request, pk)
