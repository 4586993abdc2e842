"""Forms of the management pages: fields, lists to choose from, and where a refusal stands.

What is allowed is decided by the doors alone; a form only offers lists and keeps what was typed.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids import powers
from grids.errors import BrokenRule
from grids.models import Unit, User
from grids.models.unit import UnitQuerySet
from grids.roles import Role

MOST = 100  # entries of a list
LONGEST_SEARCH = 40
LONGEST_ID = 18  # digits


def read_id(value: object) -> int:
    """A key typed into an address or a form; 0 when it is none."""
    text = str(value or "")
    plain = text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID
    return int(text) if plain else 0


def day_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=hint, widget=widget)


class OfficeForm(forms.Form):
    """A form of a management page. ``search`` narrows its long lists by name."""

    def __init__(
        self, manager: User, data: Mapping[str, Any] | None = None, *, search: str = "",
        initial: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, initial=dict(initial or {}))
        self.manager, self.search = manager, search.strip()[:LONGEST_SEARCH]
        self.draw()

    def draw(self) -> None:
        """Fill the lists; nothing to fill unless a form says so."""

    @property
    def searchable(self) -> bool:
        """Whether one of the lists may be longer than what is shown."""
        return "unit" in self.fields or "colleague" in self.fields

    def given(self, name: str) -> object:
        """What was chosen in the list ``name`` before."""
        return self.data.get(name, "") or self.initial.get(name, "")

    def add_refusal(self, error: BrokenRule) -> None:
        """Put the sentence of a rule at the field it is about."""
        text = _(error.message) % error.values if error.values else _(error.message)
        self.add_error(error.field if error.field in self.fields else None, text)

    def unsent(self) -> dict[str, Any]:
        """What was typed, to draw the form anew without judging it."""
        return {name: self.data.get(name, "") for name in self.fields}


# --- lists ------------------------------------------------------------------------------
Groups = list[tuple[str, list[tuple[str, str]]]]


def own_units(manager: User) -> UnitQuerySet:
    """The running units whose posts ``manager`` may give."""
    within = Q(pk__in=[])
    for post in manager.posts:
        if powers.keeps_books(post):
            within |= Q(tenant_id=post.tenant_id, area__path__startswith=post.area_path)
    return Unit.objects.current().filter(within)


def unit_choices(units: UnitQuerySet, search: str, chosen: object) -> Groups:
    """Units under the names of their places, from above; by name when something is searched."""
    rows = units.select_related("area", "area__parent").order_by("area__level", "area__path", "pk")
    if search:
        found = Q(name__icontains=search) | Q(area__name__icontains=search)
        rows = rows.filter(found | Q(pk=read_id(chosen)))
    listed = list(rows[:MOST])
    if (pk := read_id(chosen)) and all(row.pk != pk for row in listed):
        listed += list(units.select_related("area", "area__parent").filter(pk=pk))
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in listed:
        above = row.area.parent.name if row.area.parent else ""
        groups.setdefault(f"{above} {row.area.name}".strip(), []).append((str(row.pk), row.name))
    return [("", [("", _("Choose …"))]), *groups.items()]


def role_choices(manager: User) -> list[tuple[str, str]]:
    """The roles that some post of ``manager`` may give somewhere."""
    offered = [
        role for role in Role
        if any(powers.governs(post, role, post.tenant_id, post.area_path, post.level + below)
               for post in manager.posts for below in (0, 1))
    ]  # fmt: skip
    return [("", _("Choose …")), *((role.value, _(role.label)) for role in offered)]


# --- forms ------------------------------------------------------------------------------
class PostForm(OfficeForm):
    """One more post of a person."""

    role = forms.ChoiceField(label=gettext_lazy("Role"))
    unit = forms.ChoiceField(label=gettext_lazy("Unit"))
    started_on = day_field(gettext_lazy("First day"))
    ended_on = day_field(
        gettext_lazy("First day without it"), required=False,
        hint=gettext_lazy("Empty for a post without an end."),
    )  # fmt: skip

    def draw(self) -> None:
        self.fields["role"].choices = role_choices(self.manager)  # type: ignore[attr-defined]
        units = unit_choices(own_units(self.manager), self.search, self.given("unit"))
        self.fields["unit"].choices = units  # type: ignore[attr-defined]
        self.fields["started_on"].initial = timezone.localdate()

    def chosen_unit(self) -> Unit:
        """The unit chosen in the list."""
        rows = own_units(self.manager).select_related("area", "kind")
        found: Unit = rows.get(pk=read_id(self.cleaned_data["unit"]))
        return found


class PersonForm(PostForm):
    """A new account with its first post."""

    field_order = ("name", "username", "role", "unit", "started_on", "ended_on")
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    username = forms.CharField(
        label=gettext_lazy("User name"), max_length=40,
        help_text=gettext_lazy("Small letters and digits, for example zhang.wei"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip


class NameForm(OfficeForm):
    """A corrected name."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)


class ReasonForm(OfficeForm):
    """Why, in one line that is kept."""

    words = forms.CharField(
        label=gettext_lazy("Why, and how you made sure who asks"), max_length=200
    )


class SubstituteForm(OfficeForm):
    """Somebody who stands in for a post, from one day to another."""

    colleague = forms.ChoiceField(label=gettext_lazy("Who stands in"))
    started_on = day_field(gettext_lazy("First day"))
    ended_on = day_field(gettext_lazy("First day without it"))

    def __init__(
        self, manager: User, colleagues: list[tuple[str, str]],
        data: Mapping[str, Any] | None = None, *, search: str = "",
        initial: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.colleagues = colleagues
        super().__init__(manager, data, search=search, initial=initial)

    def draw(self) -> None:
        choices = [("", _("Choose …")), *self.colleagues]
        self.fields["colleague"].choices = choices  # type: ignore[attr-defined]
        self.fields["started_on"].initial = timezone.localdate()


def day_of(value: object) -> date:
    """A day of a cleaned form."""
    assert isinstance(value, date)
    return value
