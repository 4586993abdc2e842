"""What the acts on a petition matter ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.form_fields import Fields, area_of_text, chips
from cases.intake import MAX_TEXT
from cases.plain_field import PlainField
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.terms import (
    LEGAL_ROUTES,
    ON_SUGGESTIONS,
    OPINIONS,
    Agreement,
    Kind,
    Need,
    Outcome,
    Review,
    Route,
    Sender,
    Service,
)
from grids.words import Word

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LONGEST = 1000  # characters of a referral
Draw = Callable[[forms.Form, Need], Fields]


def some(
    label: str | _StrPromise, kind: type[Word], of: Collection[Word], *, required: bool = True
) -> forms.Field:
    """A choice among some words, in the order they are defined."""
    pairs = [(one.value, _(one.label)) for one in kind if one in of]
    return chips(label, pairs, required=required)


def days(form: forms.Form, need: Need) -> Fields:
    rule = LIMITS[LimitCode.HANDLE].extension
    most = rule.most.amount if rule else 0
    field = forms.IntegerField(
        label=gettext_lazy("Days longer"), min_value=1, max_value=most,
        help_text=_("1 to %(most)s; one extension only, and the law allows no more in total.")
        % {"most": most},
        error_messages=dict.fromkeys(
            ("min_value", "max_value"),
            _("Choose 1 to %(most)s days: the law allows no more in total.") % {"most": most},
        ),
    )  # fmt: skip
    return {"days": field}


def route(form: forms.Form, need: Need) -> Fields:
    legal = need is Need.LEGAL_ROUTE
    label = gettext_lazy("Legal route") if legal else gettext_lazy("Way it takes")
    return {"route": some(label, Route, LEGAL_ROUTES if legal else set(Route) - LEGAL_ROUTES)}


def referral(form: forms.Form, need: Need) -> Fields:
    field = PlainField(
        lines=True, label=gettext_lazy("Where the resident can go instead"), max_length=LONGEST,
        widget=area_of_text(3),
        help_text=gettext_lazy("Which authority, until when, and how to apply there."),
    )  # fmt: skip
    return {"referral": field}


def method(form: forms.Form, need: Need) -> Fields:
    field = some(gettext_lazy("How the resident is told"), Service, set(Service))
    field.help_text = gettext_lazy("Saving this act records that they were told today.")
    return {"method": field}


def service(form: forms.Form, need: Need) -> Fields:
    """Day and way of a service; both may wait until it has taken place."""
    required = need is Need.SERVED
    day = forms.DateField(
        label=gettext_lazy("Served on"), required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The resident's thirty days begin the day after. Empty: record it "
                               "once it has been served."),
    )  # fmt: skip
    how = some(gettext_lazy("How it was served"), Service, set(Service), required=required)
    return {"served_on": day, "method": how}


def opinion(form: forms.Form, need: Need) -> Fields:
    """What the opinion says and the parts it must have (Art. 32)."""
    labels = {
        "claim": gettext_lazy("What the resident asks for"),
        "facts": gettext_lazy("Facts and reasons"),
        "basis": gettext_lazy("Laws and rules it rests on"),
    }
    found: Fields = {
        "conclusion": some(gettext_lazy("Conclusion"), Outcome, OPINIONS | ON_SUGGESTIONS)
    }
    for name, label in labels.items():
        found[name] = PlainField(
            lines=True, label=label, max_length=MAX_TEXT, required=False, widget=area_of_text(3)
        )
    return found


def decision(form: forms.Form, need: Need) -> Fields:
    return {"conclusion": some(gettext_lazy("Decision"), Review, set(Review))}


def settlement(form: forms.Form, need: Need) -> Fields:
    return {"conclusion": some(gettext_lazy("Kind of agreement"), Agreement, set(Agreement))}


def concluded(form: forms.Form, need: Need) -> Fields:
    field = PlainField(
        label=gettext_lazy("Number of the concluded matter"), max_length=24,
        help_text=gettext_lazy("The same matter, concluded by a re-review."),
    )  # fmt: skip
    return {"other": field}


PETITION_FIELDS: Mapping[Need, Draw] = MappingProxyType(
    {
        Need.LONGER: days, Need.ROUTE: route, Need.LEGAL_ROUTE: route, Need.REFERRAL: referral,
        Need.METHOD: method, Need.SERVICE: service, Need.SERVED: service,
        Need.OPINION: opinion, Need.DECISION: decision, Need.CONCLUDED: concluded,
        Need.SETTLEMENT: settlement,
    }
)  # fmt: skip


def at_intake(kind: Kind) -> Fields:
    """What an intake form asks beside the matter itself: a sender's own deadline, and of a
    petition matter whether the simplified procedure is used."""
    found: Fields = {
        "sender": forms.ChoiceField(
            label=gettext_lazy("Who set a deadline"), required=False,
            choices=[
                ("", _("No deadline of a sender")), *((one.value, _(one.label)) for one in Sender),
            ],
        ),
        "sender_due": forms.DateField(
            label=gettext_lazy("Answer due by"), required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=gettext_lazy("The sender's day runs beside the time limits of the law."),
        ),
    }  # fmt: skip
    if kind is Kind.PETITION:
        found["simple"] = forms.BooleanField(
            label=gettext_lazy("Simplified procedure"), required=False,
            help_text=gettext_lazy("A first matter, facts clear, little disputed: accepted within "
                                   "3 and answered within 10 working days."),
        )  # fmt: skip
    return found
