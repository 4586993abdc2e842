"""Substitutes out of hours: the rosters, naming somebody, ending one."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import duty
from cases.duty import Roster
from cases.intake_form import words
from cases.models import DutySubstitute
from cases.pages.intake import staff
from cases.rules.hours import OFFICE_HOURS, TimeOff
from grids.errors import BadInput, NotVisible, WrongState
from grids.models import Unit, User
from grids.office_forms import (
    LONGEST_SEARCH,
    MOST,
    OfficeForm,
    day_field,
    day_of,
    read_id,
    unit_choices,
)

MOST_ROWS = 200
MOST_CHANGES = 50
DONE = {"open": gettext_noop("Substitute named"), "close": gettext_noop("Substitute ended")}


# --- list -----------------------------------------------------------------------------------
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Who stands in for whom: today and to come; what has ended, folded away."""
    return shown(request, staff(request))


def shown(
    request: HttpRequest, user: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    day = duty.today()
    rows = duty.rows_for(user)
    if search:
        named = Q(unit__name__icontains=search) | Q(unit__area__name__icontains=search)
        rows = rows.filter(named)
    ended = Q(valid_to__lte=day)
    current = list(rows.exclude(ended)[: MOST_ROWS + 1])
    past = list(rows.filter(ended).order_by("-valid_to", "-pk")[:MOST_ROWS])
    context = {
        "day": day, "hours": OFFICE_HOURS, "search": search, "problem": problem,
        "names": bool(duty.naming_posts(user)), "more": len(current) > MOST_ROWS,
        "current": [line(row, day, user) for row in current[:MOST_ROWS]],
        "past": [line(row, day, user) for row in past],
        "changes": [
            (row, _(DONE.get(row.action, row.action)))
            for row in duty.changes_of([*current, *past])[:MOST_CHANGES]
        ],
    }  # fmt: skip
    return render(request, "cases/duty.html", context, status=status)


def line(row: DutySubstitute, day: date, user: User) -> dict[str, Any]:
    """One roster: who, at which times, and whether the reader may end it."""
    return {
        "row": row, "who": row.stand_in or row.person, "begun": row.valid_from <= day,
        "times": [_(sort.label) for sort in TimeOff if getattr(row, sort.value)],
        "may_end": duty.may_change(user, row),
    }  # fmt: skip


# --- naming somebody --------------------------------------------------------------------------
class DutyForm(OfficeForm):
    """Who acts for a unit out of hours, from when to when, at which times."""

    unit = forms.ChoiceField(label=gettext_lazy("For which unit"))
    person = forms.ChoiceField(
        label=gettext_lazy("A person stands in"), required=False,
        help_text=gettext_lazy("Somebody who works in a unit; or choose a unit below."),
    )  # fmt: skip
    stand_in = forms.ChoiceField(
        label=gettext_lazy("Or another unit stands in"), required=False,
        help_text=gettext_lazy("Everybody who works there can act until working hours begin."),
    )  # fmt: skip
    valid_from = day_field(
        gettext_lazy("First day"), hint=gettext_lazy("A shift lasts until doors open next day.")
    )
    valid_to = day_field(
        gettext_lazy("First day without the substitute"), required=False,
        hint=gettext_lazy("Empty: until somebody ends it."),
    )  # fmt: skip
    sorts = forms.MultipleChoiceField(
        label=gettext_lazy("At which times"), widget=forms.CheckboxSelectMultiple
    )

    def draw(self) -> None:
        units = duty.units_named_by(self.manager)
        fields: Mapping[str, Any] = self.fields
        fields["unit"].choices = unit_choices(units, self.search, self.given("unit"))
        fields["stand_in"].choices = unit_choices(
            duty.stand_ins(self.manager), self.search, self.given("stand_in")
        )
        fields["person"].choices = self.people()
        fields["sorts"].choices = [(sort.value, _(sort.label)) for sort in TimeOff]
        fields["sorts"].initial = TimeOff.values()
        fields["valid_from"].initial = duty.today()

    def people(self) -> list[tuple[str, str]]:
        """People to choose from, by name; the same order for everybody."""
        rows = duty.people(self.manager)
        if self.search:
            named = Q(display_name__icontains=self.search) | Q(username__icontains=self.search)
            rows = rows.filter(named | Q(public_id=uuid_of(self.given("person"))))
        found = [
            (str(one.public_id), f"{one.display_name} · {one.username}") for one in rows[:MOST]
        ]
        return [("", _("Choose …")), *sorted(found, key=lambda pair: pair[1])]

    def chosen_unit(self) -> Unit:
        """The unit chosen in the list."""
        found: Unit = duty.units_named_by(self.manager).get(pk=read_id(self.cleaned_data["unit"]))
        return found

    def roster(self) -> Roster:
        """What was filled in."""
        data = self.cleaned_data
        unit = duty.stand_ins(self.manager).select_related("kind")
        person = duty.people(self.manager)
        return Roster(
            day_of(data["valid_from"]), data["valid_to"],
            [sort for sort in TimeOff if sort.value in data["sorts"]],
            unit.filter(pk=read_id(data["stand_in"])).first(),
            person.filter(public_id=uuid_of(data["person"])).first(),
        )  # fmt: skip


def uuid_of(value: object) -> UUID:
    """A public id typed into a form; that of nobody when it is none."""
    try:
        return UUID(str(value))
    except ValueError:
        return UUID(int=0)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Name a substitute."""
    user = staff(request)
    duty.units_named_by(user)
    search = request.POST.get("q", request.GET.get("q", ""))
    sent = request.method == "POST" and "search" not in request.POST
    form = DutyForm(user, request.POST if sent else None, search=search)
    if request.method == "POST" and not sent:
        kept: dict[str, object] = {name: request.POST.get(name, "") for name in form.fields}
        kept["sorts"] = request.POST.getlist("sorts")
        form = DutyForm(user, search=search, initial=kept)
    status = 200
    if sent:
        status = 422
        if form.is_valid():
            try:
                duty.name(user, form.chosen_unit(), form.roster())
            except BadInput as error:
                form.add_refusal(error)
            else:
                messages.success(request, _("Saved."))
                return redirect("cases:duty")
    context = {
        "form": form, "title": _("Name a duty substitute"), "button": _("Save"),
        "back": reverse("cases:duty"),
        "note": _(
            "Urgent matters that come outside working hours are shown to the substitute at once. "
            "The unit stays responsible, and takes over when doors open."
        ),
    }  # fmt: skip
    return render(request, "grids/office_form.html", context, status=status)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one from a day on."""
    user = staff(request)
    duty.need_reader(user)
    if not DutySubstitute.objects.visible_to(user).filter(pk=pk).exists():
        raise NotVisible(duty.NO_ROW)
    try:
        day = forms.DateField().clean(request.POST.get("on", ""))
    except forms.ValidationError:
        return shown(
            request, user, problem=_("Enter the first day without the substitute."), status=422
        )
    try:
        duty.end(user, pk, day)
    except (BadInput, WrongState) as error:
        return shown(request, user, problem=words(error), status=error.http_status)
    messages.success(request, _("Saved."))
    return redirect("cases:duty")
