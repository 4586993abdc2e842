"""API v1: the days of a year, the yearly notice, a district's own days. The same doors as the
page /office/calendar/."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import calendars, dayfile, workcalendar, yearview
from cases.calendars import Proposal
from cases.rules.daysoff import FIRST_YEAR, LAST_YEAR, LONGEST_NAME, NamedDay, wrong_days
from grids.api import ErrorShape
from grids.bodies import Body, answer, digits, parameters
from grids.errors import BadInput
from grids.models import Area, User

REFUSALS = {code: ErrorShape for code in (400, 401, 403, 404, 409, 415, 422, 429)}
KINDS = ("off", "work", "national")


class DayShape(serializers.Serializer[Any]):
    date = serializers.DateField()
    off = serializers.BooleanField(help_text="false: a working day instead.")
    name = serializers.CharField(required=False, help_text="The festival, or why.")


class YearOut(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    district = serializers.IntegerField(allow_null=True)
    version = serializers.CharField(help_text="Changes when any day changes.")
    provisional = serializers.BooleanField(help_text="There is no notice for this year yet.")
    working_days = serializers.IntegerField()
    days = DayShape(many=True, help_text="Every day off and every make-up working day.")


class NoticeIn(serializers.Serializer[Any]):
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    document = serializers.CharField(help_text="Number of the notice.")
    days = DayShape(many=True)
    dry_run = serializers.BooleanField(required=False, help_text="Look only, write nothing.")


class OwnDayIn(serializers.Serializer[Any]):
    day = serializers.DateField()
    kind = serializers.ChoiceField(KINDS, help_text="national: take the own day back.")
    reason = serializers.CharField()
    dry_run = serializers.BooleanField(required=False, help_text="Look only, write nothing.")


class MovesOut(serializers.Serializer[Any]):
    later = serializers.IntegerField()
    earlier = serializers.IntegerField()
    looked_at = serializers.IntegerField()
    whole = serializers.BooleanField(help_text="false: there were more than can be looked at.")


class CalendarChangeOut(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    edition = serializers.IntegerField(allow_null=True, help_text="null after a dry run.")
    days = serializers.IntegerField()
    moves = MovesOut(help_text="Running deadlines that move.")


YEAR_OUT = OpenApiExample(
    "A year",
    value={
        "year": 2026, "district": None, "version": "cn-2026-1f0c9a2b", "provisional": False,
        "working_days": 248, "days": [{"date": "2026-01-01", "off": True, "name": "元旦"}],
    },
    response_only=True,
    status_codes=["200"],
)  # fmt: skip
NOTICE_IN = OpenApiExample(
    "Look at a notice first",
    value={
        "year": 2027, "document": "国办发明电〔2026〕12号", "dry_run": True,
        "days": [{"date": "2027-01-01", "off": True, "name": "元旦"}],
    },
    request_only=True,
)  # fmt: skip
OWN_IN = OpenApiExample(
    "A festival of the prefecture",
    value={"day": "2026-12-21", "kind": "off", "reason": "自治州人大决定：目瑙纵歌节"},
    request_only=True,
)
CHANGE_OUT = OpenApiExample(
    "What moves",
    value={
        "year": 2027, "edition": None, "days": 34,
        "moves": {"later": 12, "earlier": 3, "looked_at": 40, "whole": True},
    },
    response_only=True,
    status_codes=["200"],
)  # fmt: skip
DONE_OUT = OpenApiExample(
    "Taken in",
    value={**CHANGE_OUT.value, "edition": 1},
    response_only=True,
    status_codes=["201"],
)


def caller(request: Request) -> User:
    """The caller; raises ``NotAllowed`` without a post."""
    user = request.user
    assert isinstance(user, User)
    calendars.need_post(user)
    return user


class CalendarYear(APIView):
    """The days of a year."""

    @extend_schema(
        summary="List the days of a year",
        operation_id="calendar_year",
        parameters=[
            OpenApiParameter("year", int, required=True),
            OpenApiParameter("district", int, description="With its own days; the country's."),
        ],
        responses={200: YearOut, **REFUSALS},
        examples=[YEAR_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """404 for a district outside the caller's area, 422 for a year that cannot be."""
        asked = parameters(request.query_params, ("year", "district"))
        user = caller(request)
        year = digits(asked.get("year", "")) or 0
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise BadInput(
                "Choose a year from %(first)s to %(last)s.", field="year", first=FIRST_YEAR,
                last=LAST_YEAR,
            )  # fmt: skip
        district = None
        if "district" in asked:
            district = calendars.district_for(user, digits(asked["district"]) or 0)
        return answer(year_json(year, district))


class Notices(APIView):
    """The yearly notice."""

    write_scope = "places"

    @extend_schema(
        summary="Take in the holiday notice of a year",
        operation_id="calendar_notice",
        request=NoticeIn,
        responses={200: CalendarChangeOut, 201: CalendarChangeOut, **REFUSALS},
        examples=[NOTICE_IN, CHANGE_OUT, DONE_OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """200 with what would move for ``dry_run``, 201 once it is written. All days or none:
        422 names every day that cannot be."""
        user = caller(request)
        calendars.need_taker_in(user)
        body = Body(request.data, ("year", "document", "days", "dry_run"))
        year = body.whole("year", FIRST_YEAR, LAST_YEAR)
        document = body.line("document", calendars.LONGEST_DOCUMENT, required=True)
        look_only = body.flag("dry_run")
        if year is None and "year" not in body.errors:
            body.wrong("year", "This is required.")
        days = days_in(body, year or 0)
        body.finish()
        proposal = calendars.propose_notice(year or 0, days, document)
        return changed(user, proposal, look_only)


class OwnDays(APIView):
    """A district's own days."""

    write_scope = "places"

    @extend_schema(
        summary="Give a district a day of its own, or take it back",
        operation_id="calendar_own_day",
        request=OwnDayIn,
        responses={200: CalendarChangeOut, 201: CalendarChangeOut, **REFUSALS},
        examples=[OWN_IN, CHANGE_OUT, DONE_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """404 elsewhere, 403 for who may only read, 422 for a day that is so anyway."""
        user = caller(request)
        district = calendars.district_for(user, pk)
        calendars.need_keeper(user, district)
        body = Body(request.data, ("day", "kind", "reason", "dry_run"))
        day = body.day("day", required=True)
        kind = body.choice("kind", KINDS)
        reason = body.line("reason", calendars.LONGEST_REASON, required=True)
        look_only = body.flag("dry_run")
        body.finish()
        assert day is not None  # finish
        change: NamedDay | date = day
        if kind != "national":
            change = NamedDay(day, kind == "work", reason[:LONGEST_NAME])
        return changed(user, calendars.propose_day(district, change, reason), look_only)


def days_in(body: Body, year: int) -> list[NamedDay]:
    """The days of a body; every one that cannot be is noted at its place."""
    rows: list[tuple[int, NamedDay]] = []
    for place, item in enumerate(body.objects("days", dayfile.MOST_DAYS)):
        inner = Body(item, ("date", "off", "name"), f"days.{place}.")
        day, off = inner.day("date", required=True), inner.flag("off")
        if "off" not in inner.data:
            inner.wrong("off", "This is required.")
        name = inner.line("name", LONGEST_NAME)
        for field, said in inner.errors.items():
            body.errors.setdefault(field, []).extend(said)
        if day is not None:
            rows.append((place + 1, NamedDay(day, not off, name)))
    if body.errors:
        return []
    days, bad = wrong_days(year, rows)
    for line, error in bad:
        body.wrong(f"days.{line - 1}.date", error.message, **error.values)
    if not bad and (lacking := dayfile.not_whole(year, days)):
        body.wrong("days", lacking.message, **lacking.values)
    return days


def changed(user: User, proposal: Proposal, look_only: bool) -> HttpResponse:
    """What moves; written unless only looked at."""
    found = calendars.preview(proposal)
    later = sum(move.later for move in found.moves)
    edition = None if look_only else calendars.bring_in(user, proposal)
    return answer(
        {
            "year": proposal.year, "edition": edition.version if edition else None,
            "days": len(proposal.days),
            "moves": {
                "later": later, "earlier": len(found.moves) - later,
                "looked_at": found.looked_at, "whole": found.whole,
            },
        },
        status=200 if look_only else 201,
    )  # fmt: skip


def year_json(year: int, district: Area | None) -> dict[str, Any]:
    shown = yearview.year_of(year, district)
    calendar = workcalendar.of_district(district.pk if district else None)
    return {
        "year": year, "district": district.pk if district else None,
        "version": calendar.version, "provisional": not shown.known,
        "working_days": shown.working_days,
        "days": [
            {"date": one.day.isoformat(), "off": one.sort == "off", "name": one.name}
            for one in shown.listed
        ],
    }  # fmt: skip
