"""The forms of reorganising places: what each kind of change asks for, turned into an order."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.intake_form import words
from cases.plain_field import PlainField
from grids.errors import BrokenRule
from grids.models import Area, User
from grids.restructuring import CHILDREN, Order, Part
from grids.roles import AreaChangeKind, Level

NAME, DOCUMENT = 60, 120  # characters


def offered(user: User, area: Area, levels: set[int]) -> list[Area]:
    """Current places of the same customer at ``levels``, at most as many as a list takes."""
    rows = (
        Area.objects.visible_to(user).current().select_related("parent")
        .filter(tenant=area.tenant, level__in=levels).exclude(path__startswith=area.path)
        .order_by("path")
    )  # fmt: skip
    return list(rows[:CHILDREN])


def pairs(places: Iterable[Area]) -> list[tuple[str, str]]:
    """Id and name, with the place above."""
    return [
        (str(one.pk), f"{one.parent.name if one.parent else ''} {one.name}".strip())
        for one in places
    ]


class ChangeForm(forms.Form):
    """One reorganisation of one place. Field names are those of the refusals."""

    kind = AreaChangeKind.RENAME

    def __init__(self, user: User, area: Area, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.user, self.area = user, area
        self.draw()
        self.fields["document"] = PlainField(
            label=_("Document it rests on"), max_length=DOCUMENT, required=False,
            help_text=_("Number of the approval or order, as it is kept in the history."),
        )  # fmt: skip

    def draw(self) -> None:
        """Add the fields of this kind of change."""

    def order(self) -> Order:
        """The order of a valid form."""
        return Order(self.kind, (self.area.pk,), document=self.cleaned_data["document"])

    def add_refusal(self, error: BrokenRule) -> None:
        """Put a rule's sentence at its field, or above the form."""
        self.add_error(error.field if error.field in self.fields else None, words(error))


class RenameForm(ChangeForm):
    kind = AreaChangeKind.RENAME

    def draw(self) -> None:
        self.fields["name"] = PlainField(label=_("New name"), max_length=NAME)

    def order(self) -> Order:
        data = self.cleaned_data
        return Order(self.kind, (self.area.pk,), name=data["name"], document=data["document"])


class MoveForm(ChangeForm):
    kind = AreaChangeKind.MOVE

    def draw(self) -> None:
        above = {level.value for level in Level if Level.DISTRICT <= level < self.area.level}
        choices = [("", _("Choose a place")), *pairs(offered(self.user, self.area, above))]
        self.fields["target"] = forms.ChoiceField(
            label=_("Belongs to from now on"), choices=choices
        )

    def order(self) -> Order:
        data = self.cleaned_data
        return Order(
            self.kind, (self.area.pk,), target=int(data["target"]), document=data["document"]
        )


class MergeForm(ChangeForm):
    kind = AreaChangeKind.MERGE

    def draw(self) -> None:
        same = offered(self.user, self.area, {self.area.level})
        near = [one for one in same if one.parent_id == self.area.parent_id]
        self.fields["target"] = forms.ChoiceField(
            label=_("Goes into"), required=False,
            choices=[("", _("a new place")), *pairs(same)],
            help_text=_("An existing place takes everything over, or a new one is made."),
        )  # fmt: skip
        self.fields["name"] = PlainField(
            label=_("Name of the new place"), max_length=NAME, required=False
        )
        self.fields["areas"] = forms.MultipleChoiceField(
            label=_("Together with"), required=False, widget=forms.CheckboxSelectMultiple,
            choices=pairs(near),
        )  # fmt: skip

    def order(self) -> Order:
        data = self.cleaned_data
        together = (self.area.pk, *(int(pk) for pk in data["areas"]))
        target = int(data["target"]) if data["target"] else None
        name = "" if target else data["name"]
        return Order(self.kind, together, target=target, name=name, document=data["document"])


class SplitForm(ChangeForm):
    kind = AreaChangeKind.SPLIT

    def draw(self) -> None:
        rows = Area.objects.visible_to(self.user).current().filter(parent=self.area)
        self.fields["name"] = PlainField(label=_("Name of the new place"), max_length=NAME)
        self.fields["children"] = forms.MultipleChoiceField(
            label=_("Goes to the new place"), required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[(str(one.pk), one.name) for one in rows.order_by("path")[:CHILDREN]],
        )  # fmt: skip

    def order(self) -> Order:
        data = self.cleaned_data
        part = Part(data["name"], tuple(int(pk) for pk in data["children"]))
        return Order(self.kind, (self.area.pk,), parts=(part,), document=data["document"])


class CloseForm(ChangeForm):
    kind = AreaChangeKind.CLOSE


FORMS: dict[AreaChangeKind, type[ChangeForm]] = {
    form.kind: form for form in (RenameForm, MoveForm, MergeForm, SplitForm, CloseForm)
}
