"""The forms of a policy: rungs as plain rows, or one span. Shape only; the rules stand apart."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.plain_field import PlainField
from cases.policy_words import kind_name
from cases.rules.bounds import (
    LONGEST_NAME,
    LONGEST_SOURCE,
    MOST_RUNGS,
    Step,
    limit_of_setting,
)
from cases.rules.clock import SpanUnit
from cases.rules.numbers import NUMBERS, body_of, values
from cases.wishes import REASON, Wish
from grids.gridforms import RuledForm, day_field
from grids.roles import COLUMN_LEVELS

UNITS = (
    SpanUnit.WORKING_DAY, SpanUnit.CALENDAR_DAY, SpanUnit.WORKING_HOUR, SpanUnit.HOUR,
    SpanUnit.MONTH,
)  # fmt: skip
BLANKS = " \t,，、/；;"  # what people write between numbers
BETWEEN, MOST_DIGITS = re.compile(rf"[{BLANKS}]+"), 9
PARTS = ("level", "unit_kind", "amount", "unit", "source", "holds")


def units(kept: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The units of time a district counts in, and those a version already uses."""
    offered = [*UNITS, *(unit for unit in SpanUnit if unit.value in kept and unit not in UNITS)]
    return [(unit.value, _(unit.label)) for unit in offered]


def amount_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("Amount"), required=False, min_value=1, max_value=100_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip


def source_field() -> forms.Field:
    return PlainField(
        label=gettext_lazy("Document it rests on"), max_length=LONGEST_SOURCE,
        help_text=gettext_lazy("Name and number of your own rule, as pages will show it."),
    )  # fmt: skip


class WishForm(RuledForm):
    """What all kinds of policy ask: from when, for which clocks, and why."""

    def __init__(self, code: str, data: Any, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        self.code = code
        self.fields["valid_from"] = day_field(
            gettext_lazy("In force from"),
            help_text=gettext_lazy("Today or a day to come; it begins at midnight."),
        )
        self.fields["restart"] = forms.ChoiceField(
            label=gettext_lazy("Clocks that run already"), widget=forms.RadioSelect,
            initial="keep",
            choices=[
                ("keep", _("keep the version they started with")),
                ("restart", _("are counted anew by the new version, from their own start")),
            ],
        )  # fmt: skip
        self.fields["reason"] = PlainField(
            label=gettext_lazy("Reason of the change"), max_length=REASON,
            help_text=gettext_lazy("Whoever approves it reads this; it stays in the history."),
        )  # fmt: skip
        self.fields["rev"] = forms.IntegerField(
            widget=forms.HiddenInput, required=False, min_value=0
        )

    def said(self) -> Sequence[forms.BoundField]:
        """The fields below the rule itself."""
        asked = ("valid_from", "restart", "reason", "rev")
        return [self[name] for name in asked if name in self.fields]

    @abstractmethod
    def body(self) -> dict[str, Any]:
        """The rule as the policy keeps it; each kind of policy has fields of its own."""

    def wish(self) -> Wish:
        """What a valid form asks for."""
        data = self.cleaned_data
        return Wish(
            self.code, self.body(), data["valid_from"], data.get("restart") == "restart",
            data["reason"],
        )  # fmt: skip

    def place(self, name: str) -> str | None:
        """The field a problem belongs to."""
        return name if name in self.fields else None

    def add_problems(self, fields: Mapping[str, Sequence[str]]) -> None:
        """Put the sentences of the rules at their fields."""
        for name, found in fields.items():
            for text in found:
                self.add_error(self.place(name), text)


class LimitForm(WishForm):
    """The span of one limit with the document it rests on."""

    def __init__(self, code: str, data: Any = None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(code, data, initial)
        own = {
            "amount": amount_field(),
            "unit": forms.ChoiceField(
                label=gettext_lazy("Counted in"), choices=units([str(initial.get("unit", ""))])
            ),
            "source": source_field(),
        }  # fmt: skip
        own["amount"].required = True
        self.fields = {**own, **self.fields}

    def body(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "span": {"amount": data["amount"], "unit": data["unit"]}, "source": data["source"],
        }  # fmt: skip


class NumberForm(WishForm):
    """A plain number or a few, with the document they rest on."""

    def __init__(self, code: str, data: Any = None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(code, data, initial)
        self.number = NUMBERS[code]
        del self.fields["restart"]
        field = PlainField(
            label=gettext_lazy("Value"), max_length=LONGEST_NAME, help_text=self.helped(),
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        )  # fmt: skip
        self.fields = {"number": field, "source": source_field(), **self.fields}

    def helped(self) -> str:
        """What is counted, and how far it may go."""
        least, most = self.number.least, self.number.most
        told = _("%(said)s; between %(least)s and %(most)s.") % {
            "said": _(self.number.said) % {"n": "…"}, "least": least, "most": most,
        }  # fmt: skip
        return f"{told} {_(self.number.about)}"

    def clean_number(self) -> list[int]:
        parts = BETWEEN.split(self.cleaned_data["number"].strip(BLANKS))
        if not all(one.isdecimal() and len(one) <= MOST_DIGITS for one in parts):
            raise forms.ValidationError(_("Write a whole number from 1."))
        return [int(one) for one in parts]

    def body(self) -> dict[str, Any]:
        data = self.cleaned_data
        return body_of(self.number, data["number"], data["source"])

    def place(self, name: str) -> str | None:
        return super().place("number" if name == self.number.key else name)


class LadderForm(WishForm):
    """The rungs of a ladder from the bottom up; a row without a level is no rung."""

    def __init__(
        self, code: str, kinds: Sequence[str], data: Any = None, *, initial: Mapping[str, Any],
        rows: int,
    ) -> None:  # fmt: skip
        super().__init__(code, data, initial)
        self.rows = max(1, min(rows, MOST_RUNGS))
        own: dict[str, forms.Field] = {
            "name": PlainField(label=gettext_lazy("Name of the ladder"), max_length=LONGEST_NAME),
            "source": source_field(),
        }  # fmt: skip
        kept = [str(initial.get(f"r{row}_unit", "")) for row in range(self.rows)]
        levels = [("", _("no rung")), *((one.column, _(one.label)) for one in COLUMN_LEVELS)]
        for row in range(self.rows):
            own |= self.rung(row, levels, kinds, kept)
        self.fields = {**own, **self.fields}

    def rung(
        self, row: int, levels: list[tuple[str, str]], kinds: Sequence[str], kept: Sequence[str]
    ) -> dict[str, forms.Field]:
        """The fields of one row."""
        return {
            f"r{row}_level": forms.ChoiceField(
                label=gettext_lazy("Level"), choices=levels, required=False
            ),
            f"r{row}_unit_kind": forms.ChoiceField(
                label=gettext_lazy("Kind of unit"), required=False,
                choices=[("", _("Choose")), *((kind, kind_name(kind)) for kind in kinds)],
            ),
            f"r{row}_amount": amount_field(),
            f"r{row}_unit": forms.ChoiceField(
                label=gettext_lazy("Counted in"), choices=units(kept), required=False
            ),
            f"r{row}_source": PlainField(
                label=gettext_lazy("Source of this span"), max_length=LONGEST_SOURCE,
                required=False,
            ),
            f"r{row}_holds": forms.ChoiceField(
                label=gettext_lazy("The case"), required=False,
                choices=[
                    ("yes", _("is held by this unit")),
                    ("no", _("stays below, this unit is reported to")),
                ],
            ),
        }  # fmt: skip

    def rungs(self) -> list[tuple[int, list[forms.BoundField]]]:
        """Number of each row and its fields, for the template."""
        return [(row + 1, [self[f"r{row}_{part}"] for part in PARTS]) for row in range(self.rows)]

    def used(self) -> list[int]:
        """The rows that are rungs."""
        return [row for row in range(self.rows) if self.cleaned_data.get(f"r{row}_level")]

    def steps(self) -> list[Step]:
        data = self.cleaned_data
        return [
            Step(
                level=data[f"r{row}_level"], unit_kind=data.get(f"r{row}_unit_kind", ""),
                amount=data.get(f"r{row}_amount"), unit=data.get(f"r{row}_unit", ""),
                source=data.get(f"r{row}_source", ""),
                holds=data.get(f"r{row}_holds") != "no",
            )
            for row in self.used()
        ]  # fmt: skip

    def body(self) -> dict[str, Any]:
        data = self.cleaned_data
        return ladder_body(data["name"], data["source"], self.steps())

    def place(self, name: str) -> str | None:
        """``rungs.1.amount`` is the amount of the second row that is a rung."""
        parts = name.split(".")
        if parts[0] != "rungs" or len(parts) != 3:
            return super().place(name)
        return super().place(f"r{self.used()[int(parts[1])]}_{parts[2]}")


def ladder_body(name: str, source: str, steps: Sequence[Step]) -> dict[str, Any]:
    """A ladder as it was written down; whether it is one, the rules say."""
    return {
        "code": "district", "name": name, "source": source or None,
        "rungs": [
            {
                "level": step.level, "unit_kind": step.unit_kind,
                "span": {"amount": step.amount, "unit": step.unit},
                "source": step.source or None, "holds": step.holds,
            }
            for step in steps
        ],
    }  # fmt: skip


def initial_of(code: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What a form shows of a version first."""
    if code in NUMBERS:
        told = " ".join(str(one) for one in values(NUMBERS[code], dict(body)))
        return {"number": told, "source": body.get("source") or ""}
    if limit_of_setting(code) is not None:
        return {**body["span"], "source": body.get("source") or ""}
    found: dict[str, Any] = {"name": _(body["name"]), "source": body.get("source") or ""}
    for row, rung in enumerate(body["rungs"]):
        found |= {
            f"r{row}_level": rung["level"], f"r{row}_unit_kind": rung["unit_kind"],
            f"r{row}_amount": rung["span"]["amount"], f"r{row}_unit": rung["span"]["unit"],
            f"r{row}_source": rung.get("source") or "",
            f"r{row}_holds": "yes" if rung.get("holds", True) else "no",
        }  # fmt: skip
    return found
