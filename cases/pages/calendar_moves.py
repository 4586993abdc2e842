"""The deadlines a change of days would move: by unit, as a list, as a file."""

import io
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import calendars, dayfile
from cases.calendar_change import Move, Preview
from cases.calendars import Proposal
from cases.lamps import moment
from cases.models import Case
from cases.pages.intake import staff
from cases.rules.daysoff import NamedDay, day_from
from cases.rules.limits import LimitCode
from cases.rules.workflow import ClockCode
from grids import csvfile
from grids.errors import BadInput
from grids.models import User
from grids.office_forms import read_id

BOM = "\ufeff"
Listed = tuple[str, str, Move, str]  # number of the case, unit, move, name of the deadline


def visible_moves(user: User, found: Preview) -> list[Listed]:
    """The moves of matters the reader sees, with number and unit; the figures count all."""
    rows = Case.objects.visible_to(user).filter(pk__in={one.clock.case_id for one in found.moves})
    known = {
        pk: (number, unit or "")
        for pk, number, unit in rows.values_list("pk", "number", "holder_unit__name")
    }
    return [
        (*known[move.clock.case_id], move, clock_name(move.clock.code))
        for move in found.moves
        if move.clock.case_id in known
    ]


def clock_name(code: str) -> str:
    """What a deadline is called."""
    return _(LimitCode(code).label if code in LimitCode.values() else ClockCode(code).label)


def proposed(user: User, request: HttpRequest) -> Proposal:
    """The change a preview showed, from what its page kept; raises ``BadInput``."""
    posted = request.POST
    if pk := read_id(posted.get("district")):
        district = calendars.district_for(user, pk)
        calendars.need_keeper(user, district)
        day = day_from(posted.get("day", ""))
        if day is None:
            raise BadInput("Choose a day.", field="day")
        kind, why = posted.get("kind", ""), posted.get("reason", "")
        change = NamedDay(day, kind == "work") if kind in ("off", "work") else day
        return calendars.propose_day(district, change, why)
    calendars.need_taker_in(user)
    number = read_id(posted.get("year"))
    notice = dayfile.read("CSV", posted.get("table", "").encode(errors="replace"), number)
    if notice.bad:
        raise BadInput("Choose the file again.", field="file")
    return calendars.propose_notice(number, notice.days, posted.get("document", ""), 0)


@require_POST
def moves(request: HttpRequest) -> HttpResponse:
    """The list as CSV: number, unit, deadline, from when to when. No name, no phone."""
    user = staff(request)
    calendars.need_post(user)
    found = calendars.preview(proposed(user, request))
    out = io.StringIO(newline="")
    header = [_("Number"), _("Unit"), _("Deadline"), _("From"), _("Until"), _("Provisional")]
    csvfile.write(out, header, lines(visible_moves(user, found)))
    response = HttpResponse(BOM + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="deadlines.csv"'
    return response


def lines(listed: Iterable[Listed]) -> Iterable[list[str]]:
    for number, unit, move, name in listed:
        yield [
            number, unit, name, moment(move.clock.due_at), moment(move.due_to),
            _("provisional") if move.provisional else "",
        ]  # fmt: skip
