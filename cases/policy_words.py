"""Policies in words: what is set, what a version says, what changed from one to the next."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.explaining import span_words
from cases.rules.bounds import limit_of_setting, set_limit
from cases.rules.ladder import Ladder, Rung
from cases.rules.limits import LIMITS, Limit
from cases.rules.numbers import NUMBERS, values
from grids.roles import UnitKindCode

NO_SOURCE = gettext_noop("Default without a public source; change it to your own document")


def setting_name(code: str) -> str:
    """What a policy is about."""
    if code in NUMBERS:
        return _(NUMBERS[code].label)
    limit = limit_of_setting(code)
    return _(limit.label) if limit else _("Ladder of disputes")


def kind_name(code: str) -> str:
    """A kind of unit; kinds the rules do not name show their code."""
    return _(UnitKindCode(code).label) if code in UnitKindCode.values() else code


def unit_of(rung: Rung) -> str:
    who = f"{_(rung.level.label)} · {kind_name(rung.unit_kind)}"
    return who if rung.holds else _("%(who)s (is reported to)") % {"who": who}


def source_words(source: str | None) -> str:
    return source or _(NO_SOURCE)


def lines(code: str, body: Mapping[str, Any]) -> list[str]:
    """What a version says, one sentence per line."""
    if code in NUMBERS:
        return [number_words(code, body), source_words(body.get("source"))]
    limit = limit_of_setting(code)
    if limit is not None:
        rule = set_limit(LIMITS[limit], dict(body))
        return [span_words(rule.span), source_words(rule.source)]
    ladder = Ladder.from_json(body)
    told = [_(ladder.name)]
    told += [
        f"{number}. {unit_of(rung)}: {span_words(rung.span)}"
        for number, rung in enumerate(ladder.rungs, 1)
    ]
    return [*told, source_words(ladder.source)]


def differences(code: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What changes from one version to another; empty when they are equal."""
    if code in NUMBERS:
        old, new = number_words(code, before), number_words(code, after)
        found = [_("Number: %(old)s → %(new)s") % {"old": old, "new": new}] if old != new else []
        return found + source_difference(before.get("source"), after.get("source"))
    limit = limit_of_setting(code)
    if limit is not None:
        return limit_differences(
            set_limit(LIMITS[limit], dict(before)), set_limit(LIMITS[limit], dict(after))
        )
    return ladder_differences(Ladder.from_json(before), Ladder.from_json(after))


def number_words(code: str, body: Mapping[str, Any]) -> str:
    """A plain number, or several of one kind, with what it counts."""
    told = "/".join(str(one) for one in values(NUMBERS[code], dict(body)))
    return _(NUMBERS[code].said) % {"n": told}


def limit_differences(old: Limit, new: Limit) -> list[str]:
    found = []
    if old.span != new.span:
        found.append(
            _("Span: %(old)s → %(new)s")
            % {"old": span_words(old.span), "new": span_words(new.span)}
        )
    return found + source_difference(old.source, new.source)


def source_difference(old: str | None, new: str | None) -> list[str]:
    if old == new:
        return []
    values = {"old": source_words(old), "new": source_words(new)}
    return [_("Source: %(old)s → %(new)s") % values]


def ladder_differences(old: Ladder, new: Ladder) -> list[str]:
    found = []
    if old.name != new.name:
        found.append(_("Name: %(old)s → %(new)s") % {"old": _(old.name), "new": _(new.name)})
    before = {(rung.level, rung.unit_kind): rung for rung in old.rungs}
    after = {(rung.level, rung.unit_kind): rung for rung in new.rungs}
    for key, rung in before.items():
        if key not in after:
            found.append(_("Left out: %(rung)s") % {"rung": rung_words(rung)})
    for number, rung in enumerate(new.rungs, 1):
        was = before.get((rung.level, rung.unit_kind))
        values: dict[str, object] = {"number": number, "unit": unit_of(rung)}
        if was is None:
            found.append(
                _("New as rung %(number)s: %(rung)s") % {"number": number, "rung": rung_words(rung)}
            )
            continue
        if was.span != rung.span:
            values |= {"old": span_words(was.span), "new": span_words(rung.span)}
            found.append(_("Rung %(number)s, %(unit)s: %(old)s → %(new)s") % values)
        if was.holds != rung.holds:
            found.append(
                _("Rung %(number)s, %(unit)s: now holds the case") % values
                if rung.holds
                else _("Rung %(number)s, %(unit)s: is only reported to") % values
            )
        if was.source != rung.source:
            values |= {"old": source_words(was.source), "new": source_words(rung.source)}
            found.append(_("Rung %(number)s, source: %(old)s → %(new)s") % values)
    return found + source_difference(old.source, new.source)


def rung_words(rung: Rung) -> str:
    return f"{unit_of(rung)}, {span_words(rung.span)}"
