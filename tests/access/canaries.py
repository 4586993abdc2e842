"""A word of its own in every text and JSON field of every model, far from the reader.

Twice: in 南山区, another customer, and in 柳林镇's 渡口村, another town of the reader's own. What
may not hold a free word says why, here or by the database: a column whose check lists its
words needs no line.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import CheckConstraint, Field, Model, Q
from django.utils import timezone

from cases.models import Case, PolicyProposal, PolicySimulation, SealedMatter
from grids.models import AccessLog, Area, Tenant, Unit, User

TOKEN = re.compile(r"kj-\d{4}", re.IGNORECASE)
NUMBERS = itertools.count(1)
OURS = ("grids", "cases", "sessions")
SHORTEST = 7  # characters of a canary
Q_OF_WORDS = re.compile(r"__in$|^\w+$")
RULES = "a code of the rules, the same for every customer"
# Model and field, or the whole model, and why no canary stands there.
EXCUSED = {
    "grids.UnitKind": RULES,
    "cases.Category": RULES,
    "cases.Source": RULES,
    "cases.Reason": RULES,
    "cases.Policy": "codes and numbers of the rules, read by the engine",
    "grids.Area.path": "keys with dots",
    "grids.Area.code_system": "names an official list",
    "grids.AreaPast.code_system": "names an official list",
    "grids.AreaPast.change": "a word of the writer of the tree",
    "grids.AreaSuccession.change": "a word of the writer of the tree",
    "grids.Tenant.prefix": "stands in every number of the customer",
    "grids.User.password": "a hash; without one nobody signs in",
    "grids.User.language": "zh-hans or en",
    "grids.User.text_size": "four sizes",
    "grids.ApiToken.scope": "words of the programs' interface",
    "grids.AccessLog.reason": "a code of a list, or the word other; the words stand apart",
    "grids.AreaEdition.system": "names an official list",
    "grids.EditionLine.verdict": "a word of the comparison",
    "grids.Change.action": "a word of the log",
    "cases.Clock": RULES,
    "cases.ClockPause": RULES,
    "cases.ClockStep": RULES,
    "cases.CaseEvent": "codes only: the words of a case stand in notes and story",
    "cases.CaseNote.field": "names what was written",
    "cases.CaseDelta": RULES,
    "cases.Rollup": RULES,
    "cases.Assignment.task": RULES,
    "cases.Mediation.outcome": RULES,
    "cases.Notice.verb": RULES,
    "cases.Outbox.verb": RULES,
    "cases.SweepRun": "the sweep is nobody's",
    "cases.Heartbeat": "the name of a program",
    "cases.SupervisionOrder": "codes only: what was written stands in notes of the case",
    "cases.DocumentCounter.sort": RULES,
    "cases.Revisit.why": RULES,
    "cases.CalendarVersion": "a number made of the days",
    "cases.ClockMove": RULES,
    "cases.Outgoing.answer": "a code of ours, never what the other side said",
    "cases.PolicyProposal.code": RULES,
    "cases.PolicyProposal.body": "codes and numbers of the rules, read by the engine",
    "cases.PolicySimulation.digest": "a hash",
    "cases.PolicyMove.kept": RULES,
    "cases.PolicyMove.left_because": RULES,
    "cases.Attachment.media_type": "what a photo is served as",
    "cases.SealedEvent": "codes only; the words are encrypted",
}  # fmt: skip
# Known to everybody of a customer, who hand matters to each other's units.
SHARED = {
    "grids.Tenant", "grids.Area", "grids.AreaPast", "grids.AreaSuccession", "grids.Unit",
    "grids.UnitPast", "grids.AreaEdition", "grids.EditionLine", "grids.EditionChange",
}  # fmt: skip


def text_fields(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns in which a word could stand."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return [
        one for one in model._meta.concrete_fields
        if isinstance(one, kinds) and not isinstance(one, models.UUIDField)
        and not getattr(one, "choices", None)
    ]  # fmt: skip


def ours() -> list[type[Model]]:
    return [one for one in apps.get_models() if one._meta.app_label in OURS]


def listed(model: type[Model]) -> set[str]:
    """Columns whose words the database lists."""
    found: set[str] = set()
    for one in model._meta.constraints:
        if isinstance(one, CheckConstraint) and one.name.endswith(("_known", "_sort", "_line")):
            found |= {name.removesuffix("__in") for name in named_in(one.condition)}
    return found


def named_in(condition: object) -> Iterator[str]:
    for child in getattr(condition, "children", []):
        if isinstance(child, Q):
            yield from named_in(child)
        elif isinstance(child, tuple):
            yield child[0]


def wanted() -> list[str]:
    """``app.Model.field`` of everything that needs a canary."""
    return [
        f"{model._meta.label}.{one.name}"
        for model in ours()
        for one in text_fields(model)
        if model._meta.label not in EXCUSED
        and f"{model._meta.label}.{one.name}" not in EXCUSED
        and one.name not in listed(model)
        and (one.max_length or SHORTEST) >= SHORTEST
    ]


def too_short() -> list[str]:
    return [
        f"{model._meta.label}.{one.name}"
        for model in ours()
        for one in text_fields(model)
        if one.max_length and one.max_length < SHORTEST
    ]


@dataclass
class Scene:
    """A place with a unit, somebody who works there, a case and a sealed matter."""

    tenant: Tenant
    area: Area
    unit: Unit
    user: User
    case: Case
    matter: SealedMatter
    shared: bool  # whether words known to a whole customer are planted as well

    def plant(self) -> dict[str, str]:
        """Write the canaries; which one stands in which column."""
        self.words: dict[str, str] = {}
        for model in ours():
            label = model._meta.label
            names = [one for one in wanted() if one.rpartition(".")[0] == label]
            if names and (self.shared or label not in SHARED):
                values = {name.rpartition(".")[2]: self.word(name) for name in names}
                put = HOW.get(label, made)
                put(self, model, values)
        return self.words

    def word(self, name: str) -> Any:
        """A new canary; in JSON fields in the shape the column has."""
        label, _, column = name.rpartition(".")
        token = f"kj-{next(NUMBERS):04d}"
        if name.endswith("number") and label in ("cases.Case", "cases.SealedMatter"):
            token = token.upper()
        self.words[name] = token
        kind = apps.get_model(label)._meta.get_field(column)
        if not isinstance(kind, models.JSONField):
            return token
        return [token] if kind.default is list else {token: token}


def made(scene: Scene, model: type[Model], values: dict[str, Any]) -> None:
    """A new row: what it refers to is the scene's, what it must say else is in ``ALSO``."""
    row = {**links(scene, model), **plain(model), **also(scene, model), **values}
    model._base_manager.bulk_create([model(**row)])


def also(scene: Scene, model: type[Model]) -> dict[str, Any]:
    values = ALSO.get(model._meta.label, {})
    return {name: one(scene) if callable(one) else one for name, one in values.items()}


def links(scene: Scene, model: type[Model]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    at_hand = {
        Tenant: scene.tenant, Area: scene.area, Unit: scene.unit, User: scene.user,
        Case: scene.case, SealedMatter: scene.matter,
    }  # fmt: skip
    for one in model._meta.concrete_fields:
        if one.is_relation:
            other = one.related_model
            if other in at_hand:
                found[one.name] = at_hand[other]
            elif not one.null:
                found[one.name] = other._base_manager.order_by("-pk").first()
    return found


def plain(model: type[Model]) -> dict[str, Any]:
    """Days, moments and numbers of a row made today."""
    now = timezone.now()
    found: dict[str, Any] = {}
    for one in model._meta.concrete_fields:
        if one.is_relation or one.primary_key or one.null or one.has_default():
            continue
        if isinstance(one, models.DateTimeField):
            found[one.name] = now
        elif isinstance(one, models.DateField):
            found[one.name] = now.date()
        elif isinstance(one, models.IntegerField):
            found[one.name] = 1
        elif isinstance(one, models.BooleanField):
            found[one.name] = False
        elif isinstance(one, models.BinaryField):
            found[one.name] = os.urandom(32)
    return found


def on(pick: Callable[[Scene], Q]) -> Callable[[Scene, type[Model], dict[str, Any]], None]:
    """Written into rows that the scene has already."""

    def put(scene: Scene, model: type[Model], values: dict[str, Any]) -> None:
        row = also(scene, model) | values
        done = model._base_manager.filter(pick(scene)).update(**row)
        assert done, f"the scene has no {model._meta.label}"

    return put


TOMORROW = timezone.now().date() + timedelta(days=1)
UNKNOWN = date(2099, 1, 2)  # in a year no deadline of the scene reaches
HOW: dict[str, Callable[[Scene, type[Model], dict[str, Any]], None]] = {
    "grids.Tenant": on(lambda scene: Q(pk=scene.tenant.pk)),
    "grids.Area": on(lambda scene: Q(pk=scene.area.pk)),
    "grids.Unit": on(lambda scene: Q(pk=scene.unit.pk)),
    "grids.User": on(lambda scene: Q(pk=scene.user.pk)),
    "cases.Case": on(lambda scene: Q(pk=scene.case.pk)),
    "cases.Story": on(lambda scene: Q(case=scene.case)),
    "cases.CaseSearch": on(lambda scene: Q(case=scene.case)),
    "cases.Party": on(lambda scene: Q(pk=scene.case.parties.values("pk")[:1])),
    "cases.Attachment": on(lambda scene: Q(case=scene.case)),
    "cases.SealedMatter": on(lambda scene: Q(pk=scene.matter.pk)),
}
# What a made row must say beside its canaries.
ALSO: dict[str, dict[str, Any]] = {
    "grids.Area": {"code_system": "NBS", "code_year": 2024},
    "grids.AreaPast": {"valid_to": TOMORROW, "change": "rename"},
    "grids.AreaSuccession": {"change": "merge", "successor": lambda scene: scene.area.parent},
    "grids.UnitPast": {"valid_to": TOMORROW},
    "grids.AccessLog": {"action": "view", "role": "triage"},
    "grids.AccessNote": {
        "look_id": lambda scene: AccessLog.objects.filter(unit=scene.unit).latest("pk").pk
    },
    "grids.Alarm": {
        "sort": "export",
        "seen_at": timezone.now(),
        "seen_by": lambda scene: User.objects.exclude(pk=scene.user.pk).first(),
    },
    "grids.Change": {"action": "open", "subject": "area", "subject_id": 1},
    "grids.EditionChange": {"kind": "renamed", "level": 5},
    "cases.CalendarEdition": {"year": UNKNOWN.year},
    "cases.CalendarDay": {"day": UNKNOWN, "year": UNKNOWN.year},
    "cases.Channel": {"kind": "console"},
    "cases.Outgoing": {"state": "sent"},
    "cases.PolicyProposal": {
        "code": "limit.sign",
        "body": {"span": {"amount": 12, "unit": "hour"}},
        "state": "rejected",
        "approver": None,
        "policy": None,
        "back_to": None,
    },
    "cases.PolicyMove": {
        "simulation": lambda scene: PolicySimulation.objects.create(
            proposal=PolicyProposal.objects.latest("pk"), rev=1, asked_at=timezone.now()
        )
    },
    "cases.CaseNote": {"field": "note", "seq": 1, "position": 9},
    "cases.GridTask": {"asked_unit": None, "asked_by": None, "decided_by": None},
    "cases.Notice": {"verb": "register"},
    "cases.SweepFailure": {"clock": lambda scene: scene.case.clocks.first()},
    "cases.Outbox": {"verb": "register"},
}
