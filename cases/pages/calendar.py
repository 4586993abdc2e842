"""The calendar: a year as twelve months, the notice of the State Council, a district's own days.

Every change is looked at first, days and deadlines that will move, and confirmed in a second
step that works once.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from cases import calendars, dayfile, workcalendar, yearview
from cases.calendar_change import Preview
from cases.calendars import Proposal
from cases.clocks import ZONE
from cases.intake_form import words
from cases.pages.calendar_moves import visible_moves
from cases.pages.intake import staff
from cases.rules.daysoff import FIRST_YEAR, LAST_YEAR, LONGEST_NAME, NamedDay
from cases.rules.workdays import DAY
from cases.transitions import database_now
from grids.csvfile import MOST_LINES, BadRow
from grids.errors import BadInput, BrokenRule, WrongState
from grids.models import Area, User
from grids.office_forms import OfficeForm, day_field, day_of, read_id

BOM = "\ufeff"
MOST_LISTED = 50
EXAMPLE = ("date,kind,name", "2027-02-06,off,春节", "2027-02-21,work,春节")
AS_THE_COUNTRY = "national"


def today() -> date:
    """The civil day, by the database's clock."""
    return database_now().astimezone(ZONE).date()


def asked_year(request: HttpRequest) -> int:
    """The year of the address; this one when there is none or it cannot be."""
    year = read_id(request.GET.get("year", request.POST.get("year", "")))
    return year if FIRST_YEAR <= year <= LAST_YEAR else today().year


def asked_district(request: HttpRequest, user: User) -> Area | None:
    """The district of the address; the reader's own when they have one, else the country."""
    text = request.GET.get("district", "")
    if text:
        return None if text == "0" else calendars.district_for(user, read_id(text))
    own = list(calendars.districts_seen(user)[:2])
    return own[0] if len(own) == 1 else None


# --- the year ---------------------------------------------------------------------------------
@require_GET
def year(request: HttpRequest) -> HttpResponse:
    """Twelve months, what was written, and what is still being counted anew."""
    user = staff(request)
    calendars.need_post(user)
    number, district = asked_year(request), asked_district(request, user)
    shown = yearview.year_of(number, district)
    context = {
        "shown": shown, "district": district, "day": today(),
        "districts": calendars.districts_seen(user)[:200],
        "before": max(number - 1, FIRST_YEAR), "after": min(number + 1, LAST_YEAR),
        "weekdays": [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")],
        "editions": calendars.editions_for(user, number, district),
        "packaged": workcalendar.packaged().knows(date(number, 1, 1)),
        "may_take_in": calendars.may_take_in(user),
        "may_change": district is not None and calendars.may_change(user, district),
        "own": [one for one in shown.listed if one.own],
        "running": calendars.still_followed(),
        "missing": calendars.awaited_by(user, today()),
    }  # fmt: skip
    return render(request, "cases/calendar.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The days of a year as the import reads them."""
    user = staff(request)
    calendars.need_post(user)
    number, district = asked_year(request), asked_district(request, user)
    text = dayfile.write(yearview.days_of(number, district))
    response = HttpResponse(BOM + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="calendar-{number}.csv"'
    return response


# --- the notice -----------------------------------------------------------------------------
class NoticeForm(OfficeForm):
    """Which year, which document, and the file or its text."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    document = forms.CharField(
        label=gettext_lazy("Number of the notice"), max_length=calendars.LONGEST_DOCUMENT,
        help_text=gettext_lazy("For example 国办发明电〔2026〕12号"),
    )  # fmt: skip


def draft_year() -> int:
    """The year a notice is most likely to be for."""
    return workcalendar.current().known_to.year + 1


@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """Choose a file; look at what it would change; take it in."""
    user = staff(request)
    calendars.need_taker_in(user)
    if request.method == "GET":
        return notice_page(request, NoticeForm(user, initial={"year": draft_year()}))
    form = NoticeForm(user, request.POST)
    content = sent(request)
    table = shown_again(content)
    if not form.is_valid() or not content.strip():
        if not content.strip():
            form.add_error(None, _("Choose a file, or paste the table."))
        return notice_page(request, form, table=table)
    notice = dayfile.read(file_name(request), content, form.cleaned_data["year"])
    if notice.bad:
        return notice_page(request, form, table=table, bad=notice.bad)
    base = read_id(request.POST.get("base")) if "confirm" in request.POST else None
    try:
        proposal = calendars.propose_notice(
            form.cleaned_data["year"], notice.days, form.cleaned_data["document"], base
        )
        if base is not None:
            calendars.bring_in(user, proposal)
            return brought_in(request, proposal)
    except WrongState as error:
        form.add_error(None, words(error))
        return notice_page(request, form, table=table, status=error.http_status)
    except BadInput as error:
        form.add_refusal(error)
        return notice_page(request, form, table=table)
    kept = {"year": proposal.year, "document": proposal.document,
            "table": dayfile.write(notice.days)}  # fmt: skip
    return looked_at(request, user, proposal, kept, reverse("cases:calendar_import"))


def sent(request: HttpRequest) -> bytes:
    """The upload, or the pasted text; one byte more than allowed at most."""
    upload = request.FILES.get("file")
    if upload is not None:
        content: bytes = upload.read(dayfile.LARGEST + 1)
        return content
    return request.POST.get("table", "").replace("\r\n", "\n").encode(errors="replace")


def shown_again(content: bytes) -> str:
    """The table as the page can show it; empty for what is too large or no text we can read:
    sent once more from there, broken letters would pass."""
    try:
        return content.decode("utf-8-sig") if len(content) <= dayfile.LARGEST else ""
    except UnicodeDecodeError:
        return ""


def file_name(request: HttpRequest) -> str:
    upload = request.FILES.get("file")
    return str(upload.name) if upload is not None else "CSV"


def notice_page(
    request: HttpRequest, form: NoticeForm, *, table: str = "", bad: list[BadRow] | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    wrong = bad or []
    context = {
        "form": form, "table": table, "more": len(wrong) > MOST_LINES, "example": EXAMPLE,
        "bad": [(row.line, reason(row)) for row in wrong[:MOST_LINES]],
    }  # fmt: skip
    if status == 200 and (wrong or form.errors):
        status = 422
    return render(request, "cases/calendar_import.html", context, status=status)


def reason(row: BadRow) -> str:
    """Why a line cannot be used, in the reader's language."""
    return words(row.error) if isinstance(row.error, BrokenRule) else row.reason


def brought_in(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    messages.success(request, _("Taken in. Running deadlines follow within minutes."))
    place = proposal.area.pk if proposal.area else 0
    return redirect(f"{reverse('cases:calendar')}?year={proposal.year}&district={place}")


# --- looked at first --------------------------------------------------------------------------
def looked_at(
    request: HttpRequest, user: User, proposal: Proposal, kept: dict[str, object], address: str
) -> HttpResponse:
    """The days and the deadlines that would move; the button that does it."""
    found = calendars.preview(proposal)
    listed = visible_moves(user, found)
    context = {
        "proposal": proposal, "found": found, "kept": kept, "address": address,
        "figures": calendars.by_unit(found), "total": totals(found),
        "listed": listed[:MOST_LISTED], "more": len(listed) > MOST_LISTED,
        "hidden": len(found.moves) - len(listed),
    }  # fmt: skip
    return render(request, "cases/calendar_preview.html", context)


def totals(found: Preview) -> str:
    """How many deadlines move, in one sentence."""
    later = sum(move.later for move in found.moves)
    earlier = len(found.moves) - later
    if not found.moves:
        return _("No running deadline moves.")
    said = ngettext(
        "%(count)s running deadline moves: %(later)s later, %(earlier)s earlier.",
        "%(count)s running deadlines move: %(later)s later, %(earlier)s earlier.",
        len(found.moves),
    )
    return said % {"count": len(found.moves), "later": later, "earlier": earlier}


# --- a district's own day -----------------------------------------------------------------------
class DayForm(OfficeForm):
    """One day of a district's own, or one taken back."""

    day = day_field(gettext_lazy("Day"))
    kind = forms.ChoiceField(label=gettext_lazy("What it is here"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=calendars.LONGEST_REASON,
        help_text=gettext_lazy("For example: the Water Festival, decided by the prefecture"),
    )  # fmt: skip

    def draw(self) -> None:
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("off", _("day off")), ("work", _("working day")),
            (AS_THE_COUNTRY, _("as in the whole country: take the own day back")),
        ]  # fmt: skip

    def proposal(self, district: Area, base: int | None) -> Proposal:
        data = self.cleaned_data
        day, kind, why = day_of(data["day"]), data["kind"], data["reason"]
        name = why[:LONGEST_NAME]
        change = day if kind == AS_THE_COUNTRY else NamedDay(day, kind == "work", name)
        return calendars.propose_day(district, change, why, base)


@require_http_methods(["GET", "POST"])
def own_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at what one day would move; make it so."""
    user = staff(request)
    calendars.need_post(user)
    district = calendars.district_for(user, pk)
    calendars.need_keeper(user, district)
    if request.method == "GET":
        initial = {"day": request.GET.get("day") or today() + DAY, "kind": request.GET.get("kind")}
        return day_page(request, district, DayForm(user, initial=initial))
    form = DayForm(user, request.POST)
    if not form.is_valid():
        return day_page(request, district, form, 422)
    base = read_id(request.POST.get("base")) if "confirm" in request.POST else None
    try:
        proposal = form.proposal(district, base)
        if base is not None:
            calendars.bring_in(user, proposal)
            return brought_in(request, proposal)
    except BrokenRule as error:
        form.add_refusal(error)
        return day_page(request, district, form, error.http_status)
    kept = {name: form.cleaned_data[name] for name in form.fields}
    kept["day"] = proposal_day(form)
    return looked_at(
        request, user, proposal, kept, reverse("cases:calendar_day", args=[district.pk])
    )


def proposal_day(form: DayForm) -> str:
    return day_of(form.cleaned_data["day"]).isoformat()


def day_page(
    request: HttpRequest, district: Area, form: DayForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form, "title": _("A day of the district's own"), "about": district.name,
        "button": _("Look at it first"),
        "back": f"{reverse('cases:calendar')}?district={district.pk}",
        "note": _(
            "Only where the law lets the district decide: festivals of a minority, a moved working "
            "day, an emergency. Deadlines of matters in this district follow."
        ),
    }  # fmt: skip
    return render(request, "grids/office_form.html", context, status=status)
