"""The form of an act, drawn from what the workflow table says the act needs.

Field names are the names that refusals use (``BrokenRule.field``), so that a rule's sentence
lands at its field. Which values are right is decided by ``transitions.act`` alone; the form
only offers lists and turns text into values.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import deciders, offers, orders, recusals
from cases.acting import Inputs
from cases.acts.ending import FOUND, next_revisit
from cases.clocks import ZONE
from cases.form_fields import area_of_text, chips, listed, worded
from cases.intake import MAX_TEXT
from cases.intake_form import PhotosField, PhotosInput, moment_field, words
from cases.models import Case
from cases.petition_forms import PETITION_FIELDS
from cases.plain_field import PlainField
from cases.rules.supervision import MOST_DAYS, Cause
from cases.rules.workflow import Need, RevisitSort, Step, TellingChannel, Verb
from cases.sealed_route import LONGEST_ABOUT
from grids.errors import BrokenRule
from grids.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LONGEST_NOTE = 1000  # characters
LONGEST_SEARCH = 40
NOON = time(12)
PICTURES = {"accept": "image/jpeg,image/png,image/webp"}
PAIRED = {
    "consent": "applicant_agrees",
    "about": "text",
}  # a refusal about two fields stands at the first
SEARCHABLE = frozenset(
    {Need.UNIT, Need.ANY_UNIT, Need.UNIT_BELOW, Need.CO_UNIT, Need.PLACE, Need.ABOUT}
)

NOTES: Mapping[Verb, str | _StrPromise] = {
    Verb.FINISH: gettext_lazy("Result"),
    Verb.AGREE_WRITTEN: gettext_lazy("What was agreed"),
    Verb.AGREE_ORAL: gettext_lazy("What was agreed"),
    Verb.REFUSE: gettext_lazy("Other ways the parties were told of"),
    Verb.FAIL: gettext_lazy("Other ways the parties were told of"),
    Verb.VERIFY: gettext_lazy("How it was verified"),
    Verb.REJECT: gettext_lazy("What is not solved"),
    Verb.REVISIT: gettext_lazy("What was found"),
    Verb.SUPPLEMENT: gettext_lazy("What you add"),
    Verb.RETURN: gettext_lazy("What is missing, or whose duty it is"),
    Verb.ANSWER: gettext_lazy("Your answer"),
    Verb.HAND_DOWN: gettext_lazy("What is to be done"),
    Verb.CO_HANDLE: gettext_lazy("What help is needed"),
    Verb.REOPEN: gettext_lazy("What happened"),
    Verb.RULE: gettext_lazy("Reasons of the decision"),
    Verb.DECLARE_INTEREST: gettext_lazy("Which interest it is"),
    Verb.ASK_RECUSAL: gettext_lazy("Why"),
    Verb.RECUSE: gettext_lazy("Reasons of the decision"),
    Verb.DENY_RECUSAL: gettext_lazy("Reasons of the decision"),
    Verb.LIFT: gettext_lazy("Who is meant, by post"),
    Verb.ORDER: gettext_lazy("What is to be done and answered"),
    Verb.REPLY_ORDER: gettext_lazy("What was done, and what was found"),
    Verb.REJECT_REPLY: gettext_lazy("What is missing"),
    Verb.DELIST: gettext_lazy("Why it is taken off"),
    Verb.ENTRUST: gettext_lazy("What is to be done"),
    Verb.CONTEST: gettext_lazy("Reasons in detail"),
    Verb.REROUTE: gettext_lazy("Reasons of the decision"),
    Verb.INSIST: gettext_lazy("Reasons of the decision"),
    Verb.DECLINE: gettext_lazy("Reasons"),
    Verb.STOP_ACCEPTING: gettext_lazy("Why it is the same matter"),
    Verb.CONCILIATE: gettext_lazy("Why it lies within the unit's discretion"),
    Verb.SETTLE: gettext_lazy("What was agreed"),
    Verb.BREAK_OFF: gettext_lazy("How it ended"),
    Verb.REPORT_GRAVE: gettext_lazy("Why it is grave or urgent"),
    Verb.EXTEND: gettext_lazy("Reason, as the resident is told"),
    Verb.END_HEARING: gettext_lazy("Result of the hearing"),
    Verb.REPLY: gettext_lazy("Opinion"),
    Verb.EXECUTE: gettext_lazy("What was carried out"),
    Verb.REPORT_BACK: gettext_lazy("Result"),
    Verb.RECORD_REVIEW: gettext_lazy("What the resident asks for"),
    Verb.RECORD_REREVIEW: gettext_lazy("What the resident asks for"),
    Verb.DECIDE_REVIEW: gettext_lazy("Reasons of the decision"),
    Verb.CONCLUDE: gettext_lazy("Reasons of the decision"),
    Verb.PROLONG: gettext_lazy("Why it has to wait longer"),
}
MOMENTS: Mapping[Need, tuple[str | _StrPromise, int]] = {  # label, days offered first
    Need.DUE: (gettext_lazy("Deadline"), 3),
    Need.REVIEW: (gettext_lazy("Review on"), 7),
    Need.SESSION: (gettext_lazy("Next session"), 3),
}
OWN_MOMENTS: Mapping[Verb, tuple[str | _StrPromise, int]] = {
    Verb.ENTRUST: (gettext_lazy("Report back by"), 30),
    Verb.HEAR: (gettext_lazy("Hearing until"), 7),
}

Fields = dict[str, forms.Field]


class ActForm(forms.Form):
    """What one act asks for. ``search`` narrows the lists of units and places by name."""

    rev = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(
        self, case: Case, step: Step, user: User, now: datetime,
        data: Mapping[str, Any] | None = None, *, files: Any = None, search: str = "",
    ) -> None:  # fmt: skip
        super().__init__(data, files, initial={"rev": case.last_seq, "key": str(uuid.uuid4())})
        self.case, self.step, self.user, self.now = case, step, user, now
        self.search = search.strip()[:LONGEST_SEARCH]
        for need in step.needs:
            self.fields.update(DRAWN[need](self, need))

    @property
    def searchable(self) -> bool:
        """True when a list may be longer than what is shown."""
        return self.step.verb is not Verb.END_CO_HANDLE and bool(SEARCHABLE & {*self.step.needs})

    def given(self, name: str) -> object:
        """What was chosen in the list ``name`` before."""
        return self.data.get(name, "")

    def inputs(self) -> Inputs:
        """The cleaned values as an act takes them."""
        data = self.cleaned_data
        day = data.get("perform_by")
        plain = ("note", "reason", "text", "other", "category", "channel", "result", "place",
                 "route", "conclusion", "claim", "facts", "basis", "referral",
                 "method")  # fmt: skip
        return Inputs(
            **{name: data.get(name) or "" for name in plain},
            unit_id=offers.read_id(data.get("unit")), user_id=offers.read_id(data.get("user")),
            area_id=offers.read_id(data.get("area")), party_id=offers.read_id(data.get("party")),
            request_id=offers.read_id(data.get("request")),
            successor_id=offers.read_id(data.get("successor")), until=data.get("until"),
            order_id=offers.read_id(data.get("order")), days=data.get("days"),
            office_id=offers.read_id(data.get("office")), photos=tuple(data.get("photos") or ()),
            served_on=data.get("served_on"),
            perform_by=datetime.combine(day, NOON, tzinfo=ZONE) if day else None,
            applicant_agrees=bool(data.get("applicant_agrees")),
            respondent_agrees=bool(data.get("respondent_agrees")),
        )  # fmt: skip

    def add_refusal(self, error: BrokenRule) -> None:
        """Put the sentence of a rule at the field it is about."""
        name = PAIRED.get(error.field, error.field)
        self.add_error(name if name in self.fields else None, words(error))

    def renewed(self, **values: object) -> ActForm:
        """The same form, still unsent, with what was typed; ``values`` replace some of it."""
        kept = {name: self.data.get(name, "") for name in self.fields}
        form = ActForm(self.case, self.step, self.user, self.now, search=self.search)
        form.initial.update({name: one for name, one in (kept | values).items() if one != ""})
        return form


# --- one function per need --------------------------------------------------------------
def note(form: ActForm, need: Need) -> Fields:
    label = NOTES.get(form.step.verb) or gettext_lazy("Note")
    field = PlainField(
        lines=True, label=label, required=need is Need.NOTE, max_length=LONGEST_NOTE,
        widget=area_of_text(),
    )  # fmt: skip
    return {"note": field}


def text(form: ActForm, need: Need) -> Fields:
    old = form.case.story.text if form.step.verb is Verb.CORRECT else ""
    field = PlainField(
        lines=True, label=gettext_lazy("What happened"), max_length=MAX_TEXT, initial=old,
        widget=area_of_text(6),
    )  # fmt: skip
    return {"text": field}


def reason(form: ActForm, need: Need) -> Fields:
    return {"reason": chips(gettext_lazy("Reason"), offers.reasons(form.step.verb))}


def unit(form: ActForm, need: Need) -> Fields:
    label = gettext_lazy("Co-handling unit") if need is Need.CO_UNIT else gettext_lazy("Unit")
    if form.step.verb is Verb.END_CO_HANDLE:
        return {"unit": chips(label, offers.helping_units(form.case))}
    found = offers.units(form.case, form.user, need, form.search, form.given("unit"))
    return {"unit": listed(label, found)}


def person(form: ActForm, need: Need) -> Fields:
    return {"user": chips(gettext_lazy("Person"), offers.people(form.case))}


def official(form: ActForm, need: Need) -> Fields:
    """Who is to stay away; only a party's request leaves open who is meant."""
    asked = form.step.verb is Verb.ASK_RECUSAL
    label = gettext_lazy("Who is to stay away") if asked else gettext_lazy("Who is meant")
    found = listed(label, [("", deciders.officials(form.case))])
    found.required = asked
    if not asked:
        found.help_text = gettext_lazy("Only when a party named an official in words.")
    return {"user": found}


def successor(form: ActForm, need: Need) -> Fields:
    """Who takes the matter on; left empty it goes to the unit's own people to choose."""
    found = listed(gettext_lazy("Who takes it on"), offers.people(form.case))
    found.required = False
    found.help_text = gettext_lazy("Empty: it goes back to the unit.")
    return {"successor": found}


def recusal(form: ActForm, need: Need) -> Fields:
    waiting = recusals.choices(form.user, form.case)
    found = chips(gettext_lazy("Which request"), waiting)
    if len(waiting) == 1:
        form.initial.setdefault("request", waiting[0][0])
    return {"request": found}


def moment(form: ActForm, need: Need) -> Fields:
    label, days = OWN_MOMENTS.get(form.step.verb) or MOMENTS[need]
    field = moment_field(label)
    field.required = form.step.verb is not Verb.MEDIATE  # a first session may be dated later
    if field.required:
        day = (form.now + timedelta(days=days)).astimezone(ZONE)
        field.initial = day.replace(hour=18 if need is not Need.SESSION else 9, minute=0)
    found: Fields = {"until": field}
    if need is Need.SESSION:
        found["place"] = PlainField(
            label=gettext_lazy("Where it takes place"), required=False, max_length=80
        )
    return found


def consent(form: ActForm, need: Need) -> Fields:
    return {
        "applicant_agrees": forms.BooleanField(
            label=gettext_lazy("The applicant agrees to mediation"), required=False
        ),
        "respondent_agrees": forms.BooleanField(
            label=gettext_lazy("The respondent agrees to mediation"), required=False
        ),
    }


def agreement(form: ActForm, need: Need) -> Fields:
    field = forms.DateField(
        label=gettext_lazy("To be performed by"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    return {"perform_by": field}


def other_case(form: ActForm, need: Need) -> Fields:
    field = PlainField(
        label=gettext_lazy("Number of the other case"), max_length=24,
        help_text=gettext_lazy("For example LB2026-000123"),
    )  # fmt: skip
    return {"other": field}


def category(form: ActForm, need: Need) -> Fields:
    found = offers.categories(form.case)
    return {"category": listed(gettext_lazy("Category"), found, initial=form.case.category.code)}


def place(form: ActForm, need: Need) -> Fields:
    found = offers.areas(form.case, form.user, form.search, form.given("area"))
    return {"area": listed(gettext_lazy("Place"), found, initial=str(form.case.area_id))}


def about(form: ActForm, need: Need) -> Fields:
    found = offers.units(form.case, form.user, need, form.search, form.given("unit"))
    unit = listed(gettext_lazy("Unit complained about"), found)
    unit.required = False
    words = PlainField(
        label=gettext_lazy("Or write it"), required=False, max_length=LONGEST_ABOUT,
        help_text=gettext_lazy("A unit that is not in the list, or who it is about."),
    )  # fmt: skip
    return {"unit": unit, "text": words}


def telling(form: ActForm, need: Need) -> Fields:
    parties = [("", _("Every party")), *offers.parties(form.case)]
    return {
        "channel": worded(gettext_lazy("How they were told"), TellingChannel),
        "party": chips(gettext_lazy("Who was told"), parties, required=False),
    }


def result(form: ActForm, need: Need) -> Fields:
    """What can be said of the revisit that is due first: an agreement's, or a look-back."""
    row = next_revisit(form.case)
    words = FOUND[RevisitSort(row.sort) if row else RevisitSort.AGREEMENT]
    pairs = [(one.value, _(one.label)) for one in words]
    return {"result": chips(gettext_lazy("What the revisit found"), pairs)}


# --- supervision orders -----------------------------------------------------------------
def addressee(form: ActForm, need: Need) -> Fields:
    """The unit responsible first; a unit that takes part can be asked instead."""
    found = orders.addressees(form.case, form.user)
    return {"unit": listed(gettext_lazy("Unit that must answer"), found, initial=found[0][0])}


def days(form: ActForm, need: Need) -> Fields:
    anew = form.step.verb is Verb.REJECT_REPLY
    field = forms.IntegerField(
        label=gettext_lazy("Working days for the answer"), min_value=1, max_value=MOST_DAYS,
        required=False, initial=None if anew else orders.days_offered(form.case, form.now),
        help_text=gettext_lazy("Empty: the deadline stays.") if anew
        else gettext_lazy("The first day is not counted; it ends at 24:00 of the last."),
    )  # fmt: skip
    return {"days": field}


def instruction(form: ActForm, need: Need) -> Fields:
    """Whose instruction it is; who leads the place names none but their own."""
    if orders.leads(form.user, form.case):  # a leader's own, unless they say otherwise
        form.initial.setdefault("reason", Cause.LEADER.value)
        return {}
    field = listed(gettext_lazy("Whose instruction"), orders.offices(form.case))
    field.required = False
    field.help_text = gettext_lazy(
        "Only for a leader's instruction: that office sees the matter from now on."
    )
    return {"office": field}


def which_order(form: ActForm, need: Need) -> Fields:
    found = orders.choices(form.user, form.case, form.step.verb)
    if len(found) == 1:
        form.initial.setdefault("order", found[0][0])
    return {"order": chips(gettext_lazy("Which order"), found)}


def evidence(form: ActForm, need: Need) -> Fields:
    field = PhotosField(
        label=gettext_lazy("Photos as evidence"), required=False, widget=PhotosInput(PICTURES)
    )
    return {"photos": field}


DRAWN: Mapping[Need, Callable[[ActForm, Need], Fields]] = {
    Need.NOTE: note, Need.OPTIONAL_NOTE: note, Need.TEXT: text, Need.REASON: reason,
    Need.ANY_UNIT: unit, Need.OFFICIAL: official, Need.RECUSAL: recusal, Need.SUCCESSOR: successor,
    Need.UNIT: unit, Need.UNIT_BELOW: unit, Need.CO_UNIT: unit, Need.USER: person,
    Need.DUE: moment, Need.REVIEW: moment, Need.SESSION: moment, Need.CONSENT: consent,
    Need.AGREEMENT: agreement, Need.CASE: other_case, Need.CATEGORY: category,
    Need.ADDRESSEE: addressee, Need.DAYS: days, Need.INSTRUCTION: instruction,
    Need.ORDER: which_order, Need.EVIDENCE: evidence,
    Need.PLACE: place, Need.TELLING: telling, Need.RESULT: result, Need.ABOUT: about,
    **PETITION_FIELDS,
}  # fmt: skip
