"""The page of one act: its form, and what a rule answers to it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases import dossier, looks, timeline, transitions
from cases.acts.ruling import returned_before
from cases.forms import ActForm
from cases.intake_form import words
from cases.models import Case
from cases.pages.case import HARMFUL, looked_up
from cases.pages.intake import asked_from, shell, staff
from cases.pages.lines import TONES
from cases.rules.lamp import lamp
from cases.rules.workflow import STEPS, Kind, Status, Step, Verb
from cases.standing import standing
from grids.errors import BadInput, BrokenRule, NotVisible, WrongState
from grids.models import User

# What a person should know before doing it.
HINTS: dict[Verb, str | Promise] = {
    Verb.REFUSE: gettext_lazy(
        "Mediation ends at once when one party declines. Tell both which other ways are open."
    ),
    Verb.MEDIATE: gettext_lazy("Mediation starts only when both parties agree."),
    Verb.SESSION: gettext_lazy(
        "The deadline of this step waits until the end of that day, at most one month in all."
    ),
    Verb.SUSPEND: gettext_lazy("The clocks stand still until the review day, at most 90 days."),
    Verb.RAISE: gettext_lazy("The next level becomes responsible; your unit stays co-responsible."),
    Verb.RETURN: gettext_lazy("It goes back to who handed it over. The deadline runs on."),
    Verb.RULE: gettext_lazy(
        "The unit you name becomes responsible. It cannot return the matter or pass it on."
    ),
    Verb.DECLARE_INTEREST: gettext_lazy(
        "The head of your unit decides, for heads the unit above. Once granted you see nothing "
        "of this matter any more."
    ),
    Verb.ASK_RECUSAL: gettext_lazy(
        "The head of that person's unit decides, for heads the unit above. Your name is shown "
        "to those who decide only."
    ),
    Verb.RECUSE: gettext_lazy(
        "The person sees nothing of this matter from now on. When nobody else of the unit can "
        "act, the unit above takes it over."
    ),
    Verb.DENY_RECUSAL: gettext_lazy("Whoever asked reads your reasons and the date."),
    Verb.LIFT: gettext_lazy(
        "The township takes over; the village sees nothing of it unless it is called in to help."
    ),
    Verb.TRANSFER: gettext_lazy(
        "The other unit becomes responsible and must sign for it; your unit may still read it."
    ),
    Verb.CO_HANDLE: gettext_lazy("The other unit helps; your unit stays responsible."),
    Verb.HAND_DOWN: gettext_lazy("The unit below must sign for it and answer by your deadline."),
    Verb.NUDGE: gettext_lazy("Once per matter, person and 24 hours."),
    Verb.ORDER: gettext_lazy(
        "The unit must answer in writing by the deadline; your unit judges the answer. Who is "
        "responsible stays responsible."
    ),
    Verb.CONCILIATE: gettext_lazy(
        "Both parties agree, and it lies within the unit's discretion. The time limits run on."
    ),
    Verb.SETTLE: gettext_lazy(
        "The agreement in writing ends the matter; both parties get a copy today."
    ),
    Verb.REPORT_GRAVE: gettext_lazy(
        "The government of your level and the petition office above hear of it at once and may "
        "read it. Your unit stays responsible."
    ),
    Verb.REPLY_ORDER: gettext_lazy("The unit that issued the order reads it and judges."),
    Verb.ACCEPT_REPLY: gettext_lazy("The matter stays on the list until you take it off."),
    Verb.DELIST: gettext_lazy("The order ends; what was written stays."),
    Verb.MERGE: gettext_lazy(
        "This matter goes on in the other one. Everybody who reported it still hears of it."
    ),
    Verb.TELL: gettext_lazy("Silence counts as consent only after every party was told."),
    Verb.VOID: gettext_lazy("Only for entries made by mistake. The number is kept."),
    Verb.RECLASSIFY: gettext_lazy("Running deadlines keep their moments."),
    Verb.CORRECT: gettext_lazy("Both versions are kept."),
    Verb.SUPPLEMENT: gettext_lazy("What was written before stays as it is."),
    Verb.SEAL: gettext_lazy(
        "For complaints about an official or a unit. It leaves every list at once, yours too; "
        "only the discipline liaison above that unit reads it from then on."
    ),
}


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Ask for what an act needs, then do it. Refusals come back at their field (422), with
    what others did meanwhile (409), or as a page (403, 404)."""
    user = staff(request)
    case = looked_up(user, number)
    if verb not in Verb.values():
        raise NotVisible("There is no such act.")
    search = request.POST.get("q", request.GET.get("q", ""))
    now = transitions.database_now()
    if request.method == "GET":
        step = transitions.allowed(case, Verb(verb), standing(user, case))
        form = ActForm(case, step, user, now, search=search)
        for name in ("request", "order"):
            if name in request.GET:
                form.initial[name] = request.GET[name]
        return page(request, form)
    step = a_step(case, Verb(verb))
    form = ActForm(case, step, user, now, request.POST, files=request.FILES, search=search)
    if "search" in request.POST:
        return page(request, form.renewed(key=request.POST.get("key", "")))
    done = carried_out(request, form, page, overtaken)
    return done if isinstance(done, HttpResponse) else redirect(where_next(user, done))


def carried_out(
    request: HttpRequest,
    form: ActForm,
    show: Callable[..., HttpResponse],
    late: Callable[[HttpRequest, ActForm, BrokenRule], HttpResponse],
) -> Case | HttpResponse:
    """Do what a form asks: the case afterwards, or the page with what stands against it.

    ``show(request, form, status=…)`` draws the form again, ``late`` what others did meanwhile.
    """
    if not form.is_valid():
        return show(request, form, status=422)
    verb = form.step.verb
    try:
        done = transitions.act(
            form.case.number, verb, actor=staff(request), inputs=form.inputs(),
            rev=form.cleaned_data["rev"], key=form.cleaned_data["key"],
        )  # fmt: skip
    except BadInput as error:
        form.add_refusal(error)
        return show(request, form, status=422)
    except WrongState as error:
        return late(request, form, error)
    messages.success(request, _("%(act)s: saved.") % {"act": _(verb.label)})
    return done


def a_step(case: Case, verb: Verb) -> Step:
    """The arrow of ``verb`` from here, or from anywhere: a late sender keeps what was typed."""
    steps = [step for step in STEPS[Kind(case.kind)] if step.verb == verb]
    if not steps:
        raise NotVisible("There is no such act.")
    return next((step for step in steps if Status(case.status) in step.sources), steps[0])


def where_next(user: User, case: Case) -> str:
    """The case, or the person's first page once the case has left their sight."""
    if Case.objects.visible_to(user).filter(pk=case.pk).exists():
        return reverse("cases:detail", args=[case.number])
    return reverse("home")


def overtaken(request: HttpRequest, form: ActForm, error: BrokenRule) -> HttpResponse:
    """Somebody was faster, or it does not go: say who did what, keep what was typed."""
    user = staff(request)
    case = looked_up(user, form.case.number)
    seen = form.cleaned_data.get("rev") or 0
    entries = timeline.timeline(case, user)
    form.case = case
    again = form.renewed(rev=case.last_seq, key="")
    return page(
        request, again, status=409, problem=words(error),
        meanwhile=[entry for entry in entries if entry.seq > seen],
        possible=form.step in transitions.possible_verbs(case, user),
    )  # fmt: skip


def advice(form: ActForm) -> str | Promise:
    """What a person should know before doing it; of a second return, who decides then."""
    if form.step.verb is Verb.RETURN and returned_before(form.case):
        return _(
            "It was returned once already. The unit above both decides now who is responsible."
        )
    if form.step.verb is Verb.SESSION and form.case.kind == Kind.PETITION:
        return _("The resident sees day and place. The time limits run on.")
    return HINTS.get(form.step.verb, "")


def page(request: HttpRequest, form: ActForm, *, status: int = 200, **context: Any) -> HttpResponse:
    user, case = staff(request), form.case
    fields = f"act:{form.step.verb.value}"  # its lists name the parties, its text may be old
    looks.look(user, case, "view", fields=fields, address=asked_from(request))
    frame = shell(user)
    closed = case.closed_at is not None
    context = {
        "shell": frame,
        "desk": frame == "base.html",
        "form": form,
        "case": case,
        "place": dossier.place(case),
        "lamp": lamp(
            case.due_at, form.now, closed=closed, paused=case.paused, amber_at=case.amber_at
        ),
        "status": Status(case.status),
        "tone": TONES.get(Status(case.status), ""),
        "verb": form.step.verb,
        "title": _(form.step.verb.label),
        "harmful": form.step.verb in HARMFUL,
        "advice": advice(form),
        "back": reverse("cases:detail", args=[case.number]),
        "possible": True,
    } | context
    return render(request, "cases/act.html", context, status=status)
