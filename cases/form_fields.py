"""The fields that forms of acts are put together from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from grids.words import Word

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from cases import offers

Fields = dict[str, forms.Field]


def area_of_text(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def chips(label: str | _StrPromise, pairs: offers.Pairs, *, required: bool = True) -> forms.Field:
    return forms.ChoiceField(
        label=label, choices=pairs, required=required, widget=forms.RadioSelect
    )


def worded(label: str | _StrPromise, kind: type[Word]) -> forms.Field:
    return chips(label, [(one.value, _(one.label)) for one in kind])


def listed(label: str | _StrPromise, found: Any, *, initial: str = "") -> forms.Field:
    """A list with an empty first line, so that nothing is chosen by accident."""
    pairs = found if initial else [("", _("Choose …")), *found]
    return forms.ChoiceField(label=label, choices=pairs, initial=initial)
