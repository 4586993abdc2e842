"""The form of a matter about an official or a unit: fewer questions, and whom it is about.

What is typed here goes into an envelope at once, so the form asks for no category, no result on
the spot, nothing that only an ordinary queue needs; the browser is asked to keep none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.intake import Draft
from cases.intake_form import IntakeForm, registering_posts
from cases.offers import MOST, Pairs, called, read_id
from cases.plain_field import PlainField
from cases.rules.workflow import Kind
from cases.sealed_route import LONGEST_ABOUT
from grids.errors import BrokenRule
from grids.models import Unit, User
from grids.roles import LEVEL_LABELS, Level

LEFT_OUT = ("category", "category_more", "urgent", "on_the_spot", "result", "source", "sender",
            "sender_due")  # fmt: skip
FIELDS = {"unit": "about_unit", "about": "about_written"}  # names that refusals use
LONGEST_SEARCH = 40


class SealedForm(IntakeForm):
    """One accusation as told. ``search`` narrows the list of units by name."""

    def __init__(
        self, user: User, data: Mapping[str, Any] | None = None, files: Any = None,
        initial: Mapping[str, Any] | None = None, *, search: str = "",
    ) -> None:  # fmt: skip
        super().__init__(user, Kind.REQUEST, data, files, initial)
        for name in LEFT_OUT:
            del self.fields[name]
        self.search = search.strip()[:LONGEST_SEARCH]
        given = (data or initial or {}).get("about_unit", "")
        offered = units(user, self.search, given)
        self.fields["about_unit"] = forms.ChoiceField(
            label=gettext_lazy("Unit complained about"), required=False,
            choices=[("", _("Not in this list")), *offered],
        )  # fmt: skip
        self.fields["about_written"] = PlainField(
            label=gettext_lazy("Or write it"), required=False, max_length=LONGEST_ABOUT,
            help_text=gettext_lazy("A unit that is not in the list, or who it is about."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )  # fmt: skip
        for name in ("text", "occurred_at", "received_at", "people"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean(self) -> None:
        super().clean()
        values = self.cleaned_data
        if not values.get("about_unit") and not values.get("about_written"):
            self.add_error("about_unit", _("Choose or write which unit it is about."))

    def add_refusal(self, error: BrokenRule) -> None:
        """Show a refusal of the door at the field it names."""
        error.field = FIELDS.get(error.field, error.field)
        super().add_refusal(error)

    def draft(self) -> Draft:
        """The valid form as a draft."""
        values = self.cleaned_data
        return Draft(
            kind=Kind.REQUEST, text=values["text"], area_id=int(values["area"]),
            place=values["place"], parties=self.parties(), people=values["people"],
            violence=values["violence"], occurred_at=values["occurred_at"],
            received_at=values["received_at"],
        )  # fmt: skip

    @property
    def about(self) -> tuple[int | None, str]:
        """The unit chosen and the words written, of a valid form."""
        values = self.cleaned_data
        return read_id(values["about_unit"]), values["about_written"]


def units(user: User, search: str, chosen: object) -> list[tuple[str, Pairs]]:
    """Units around the posts of ``user``, or with the searched name, under their places."""
    over = {
        int(part) for post in registering_posts(user) for part in post.area_path.split(".")[:-1]
    }
    rows = Unit.objects.visible_to(user).current().select_related("area")
    wanted = called(search) if search else Q(area__in=over)
    rows = rows.filter(wanted | Q(pk=read_id(chosen) or 0))
    groups: dict[str, Pairs] = {}
    for row in sorted(rows[:MOST], key=lambda one: (-one.area.level, one.area.path)):
        head = f"{_(LEVEL_LABELS[Level(row.area.level)])} · {row.area.name}"
        groups.setdefault(head, []).append((str(row.pk), row.name))
    return list(groups.items())
