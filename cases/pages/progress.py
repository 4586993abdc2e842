"""The resident's page: how far is my matter? Opened by the query code, without signing in."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases import codes, resident
from cases.form_fields import area_of_text
from cases.intake_form import words
from cases.models import Case, SealedMatter
from cases.plain_field import PlainField
from cases.progress import find
from cases.rules.workflow import Verb
from cases.transitions import database_now
from grids import throttle
from grids.errors import TooMany, WrongState

WINDOW = 10 * 60  # seconds in which attempts are counted
PER_ADDRESS = 30  # a village office lets many residents look from one address
PER_SPOKEN_CODE = 10
SPOKEN_EVERYWHERE = 3000  # all spoken codes together: nobody tries them one by one
LONGEST_NAME, LONGEST_WHY = 80, 500  # of a request that an official stays away
ANSWERS = {"confirm": Verb.CONFIRM, "object": Verb.OBJECT} | {
    verb.value: verb for verb in resident.OWN_ACTS
}


class CodeForm(forms.Form):
    """The code, and for its short form the proof beside it."""

    code = forms.CharField(
        label=gettext_lazy("Query code"), max_length=codes.LONGEST_INPUT,
        help_text=gettext_lazy("On the receipt: 26 letters and digits, or the short form of 12."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )  # fmt: skip
    proof = forms.CharField(
        label=gettext_lazy("PIN, or last four digits of your phone"), required=False,
        max_length=40, help_text=gettext_lazy("Needed with the short form only."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip


class RecusalForm(forms.Form):
    """Which official is to stay away, in a party's own words, and why."""

    whom = PlainField(
        label=gettext_lazy("Which official"), max_length=LONGEST_NAME,
        help_text=gettext_lazy("Name, post or office, as far as you know it."),
    )  # fmt: skip
    why = PlainField(
        lines=True, label=gettext_lazy("Why"), max_length=LONGEST_WHY, widget=area_of_text(),
        help_text=gettext_lazy("For example: a relative of the other side."),
    )  # fmt: skip


@login_not_required
@require_http_methods(["GET", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """Ask for the code, show the stage, take the resident's answer. Codes come by POST only."""
    if request.method == "GET":
        return shown(request, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return shown(request, form, status=422)
    code, proof = form.cleaned_data["code"], form.cleaned_data["proof"]
    try:
        count_attempt(request, codes.normalise(code))
    except TooMany as error:
        form.add_error(None, words(error))
        response = shown(request, form, status=429)
        response["Retry-After"] = str(error.values["seconds"])
        return response
    case = find(code, proof)
    if case is None:
        form.add_error(None, _("Nothing was found for this code. Please check what you typed."))
        return shown(request, form, status=422)
    return found(request, form, case)


def count_attempt(request: HttpRequest, code: str) -> None:
    """Count before looking; raises ``TooMany``. Refuses while nothing can be counted."""
    source = request.META.get("REMOTE_ADDR", "")
    throttle.spend("progress-address", source, limit=PER_ADDRESS, seconds=WINDOW)
    if len(code) != codes.CODE_LENGTH:
        throttle.spend("progress-code", code, limit=PER_SPOKEN_CODE, seconds=WINDOW)
        throttle.spend("progress-spoken", "", limit=SPOKEN_EVERYWHERE, seconds=WINDOW)


def found(request: HttpRequest, form: CodeForm, case: Case | SealedMatter) -> HttpResponse:
    """The stage of ``case``, after the resident's answer if there is one."""
    wanted = request.POST.get("answer", "")
    verb = ANSWERS.get(wanted)
    answered, status, problem = "", 200, ""
    asking = RecusalForm(request.POST if wanted == "recusal" else None)
    if wanted == "recusal" and isinstance(case, Case):
        case, status, problem = apply(case, asking)
        if not problem and status == 200:
            answered, asking = wanted, RecusalForm()
    elif verb is not None and isinstance(case, Case):
        try:
            case = resident.answer(case, verb, database_now())
            answered = str(verb)
        except WrongState as error:
            status, problem = 409, words(error)
            case.refresh_from_db()
    return render(
        request,
        "cases/progress.html",
        {
            "form": form,
            "asking": asking,
            "progress": resident.progress(case, database_now()),
            "answered": answered,
            "problem": problem,
        },
        status=status,
    )


def apply(case: Case, asking: RecusalForm) -> tuple[Case, int, str]:
    """Pass a party's request on: the case, the status of the answer, and what is wrong."""
    if not asking.is_valid():
        return case, 422, ""
    values = asking.cleaned_data
    try:
        case = resident.apply(case, values["whom"], values["why"], database_now())
    except WrongState as error:
        case.refresh_from_db()
        return case, 409, words(error)
    return case, 200, ""


def shown(request: HttpRequest, form: CodeForm, status: int = 200) -> HttpResponse:
    return render(request, "cases/progress.html", {"form": form}, status=status)
