"""办结期限计算: when does it have to be done, and how is that counted? Open to everybody.

A form that is asked by its address: an answer can be kept, sent on and printed, and nothing is
written anywhere.
"""

import re
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from cases import deadline, workcalendar
from cases.deadline import Answer
from cases.deadline_api import place_of
from cases.explaining import span_words
from cases.intake_form import words
from cases.pages.intake import shell
from cases.rules.limits import LIMITS, LimitCode, Whose
from cases.rules.typed import LONGEST_TEXT, read_pauses, read_span
from cases.rules.workdays import WorkCalendar
from grids.errors import BadInput
from grids.models import User

PAUSES = (1, 2)
UNITS = [
    ("wd", gettext_lazy("working days")),
    ("d", gettext_lazy("calendar days")),
    ("mo", gettext_lazy("months")),
    ("wh", gettext_lazy("working hours")),
    ("h", gettext_lazy("hours")),
    ("min", gettext_lazy("minutes")),
]
# Which field of the page an argument of ``deadline.question`` came from.
FIELDS = {"start": "day", "span": "amount", "extend": "more", "pause": "from_1"}
BARE = re.compile(r"[\s+\-−]*[\d.]*\s*")  # a number whose unit stands in the field beside it


def text_input(kind: str, **attrs: str) -> forms.TextInput:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    widget.input_type = kind
    return widget


def text_field(label: Any, kind: str, hint: Any = "", **attrs: str) -> forms.CharField:
    """A field of the browser's own for days and times; what came is read by ``typed.py``."""
    return forms.CharField(
        label=label, required=False, max_length=LONGEST_TEXT, help_text=hint,
        widget=text_input(kind, **attrs),
    )  # fmt: skip


class DeadlineForm(forms.Form):
    """From when, how long, whose; and what happened to the clock."""

    rule = forms.ChoiceField(
        label=gettext_lazy("Which time limit"), required=False,
        help_text=gettext_lazy("Choose one, or write how long below."),
    )  # fmt: skip
    amount = text_field(gettext_lazy("How long"), "text", inputmode="numeric")
    unit = forms.ChoiceField(label=gettext_lazy("Counted in"), choices=UNITS, required=False)
    day = text_field(gettext_lazy("From which day"), "date")
    time = text_field(
        gettext_lazy("At what time"), "time", gettext_lazy("Only hours and minutes need it.")
    )
    whose = forms.ChoiceField(
        label=gettext_lazy("Whose deadline"),
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Left open: as the time limit says, else the office's."),
    )
    more = text_field(gettext_lazy("Extended by"), "text", inputmode="numeric")
    more_unit = forms.ChoiceField(
        label=gettext_lazy("Extension counted in"), choices=UNITS, required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        limits = [
            (one.code.value, f"{_(one.name)} ({span_words(one.span)})") for one in LIMITS.values()
        ]
        fields["rule"].choices = [("", _("None of these")), *limits]
        fields["whose"].choices = [
            (Whose.AGENCY.value, _("The office's")), (Whose.RESIDENT.value, _("A resident's")),
        ]  # fmt: skip
        fields["more_unit"].initial = "d"
        for number in PAUSES:
            fields[f"from_{number}"] = text_field(
                gettext_lazy("Stood still from"), "datetime-local"
            )
            fields[f"to_{number}"] = text_field(gettext_lazy("until"), "datetime-local")

    def pauses(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The rows of pauses, for the page."""
        return [(self[f"from_{number}"], self[f"to_{number}"]) for number in PAUSES]

    def ask(self, calendar: WorkCalendar) -> Answer:
        """The answer to what was filled in; raises ``BadInput`` at a field of the page."""
        said = self.cleaned_data
        at = f"T{said['time']}" if said["time"] else ""
        stood = {n: (said[f"from_{n}"], said[f"to_{n}"]) for n in PAUSES}
        pauses = {n: f"{first}/{last}" for n, (first, last) in stood.items() if first or last}
        for number, one in pauses.items():  # each by itself, so that the right row is marked
            read_pauses([one], deadline.ZONE, f"from_{number}")
        try:
            asked = deadline.question(
                f"{said['day']}{at}",
                with_unit(said["amount"], said["unit"] or "wd"),
                calendar=calendar, whose=said["whose"], rule=said["rule"],
                extend=[with_unit(said["more"], said["more_unit"] or "d")] if said["more"] else [],
                pause=list(pauses.values()),
            )  # fmt: skip
            if not said["time"] and not asked.rule.spans[0].counts_days:
                raise BadInput("Hours run from a minute on: write the time, too.", field="time")
            return deadline.answer(asked)
        except BadInput as error:
            raise BadInput(
                error.message, field=FIELDS.get(error.field, error.field), **error.values
            ) from None


def with_unit(amount: str, unit: str) -> str:
    """A span as it is read: the unit chosen, unless one was typed behind the number."""
    return f"{amount}{unit}" if amount and BARE.fullmatch(amount) else amount


@login_not_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The form, and below it the answer to what its address asks."""
    sent = any(name in request.GET for name in ("day", "amount", "rule"))
    now = timezone.localtime()
    form = DeadlineForm(
        request.GET if sent else None,
        initial={"day": f"{now:%Y-%m-%d}", "unit": "wd"},
    )
    found: Answer | None = None
    if sent and form.is_valid():
        try:
            found = form.ask(workcalendar.of_path(place_of(request.user)))
        except BadInput as error:
            form.add_error(error.field if error.field in form.fields else None, words(error))
    user = request.user
    context = {
        "form": form, "found": found, "asked": asked_words(form) if found else "",
        "shell": shell(user) if isinstance(user, User) else "field.html",
        "desk": isinstance(user, User) and not user.works_in_the_field,
        "folded": not any(form[name].value() for name in ("more", "from_1", "to_1")),
    }  # fmt: skip
    return render(request, "cases/deadline.html", context, status=422 if form.errors else 200)


def asked_words(form: DeadlineForm) -> str:
    """The question in one line, above its answer."""
    said = form.cleaned_data
    start = f"{said['day']} {said['time']}".strip()
    named = _(LIMITS[LimitCode(said["rule"])].name) if said["rule"] else ""
    if said["amount"]:
        named = span_words(read_span(with_unit(said["amount"], said["unit"] or "wd")))
    return _("%(length)s from %(start)s") % {"length": named, "start": start}
