"""Moments and lamps as people read them, at the clock of Asia/Shanghai.

A queue shows fifty lamps of some dozen kinds, so their words are put together once.
"""

from datetime import datetime
from functools import lru_cache
from html import escape
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases.rules.lamp import AmountUnit, Lamp, LampCode

ZONE = ZoneInfo("Asia/Shanghai")


def moment(value: datetime | None) -> str:
    """Date and time, for example ``2026-11-20 09:30``; empty for nothing."""
    return value.astimezone(ZONE).isoformat(" ")[:16] if value else ""


def lamp_words(lamp: Lamp) -> str:
    """The lamp in words, for example 超 2 天 or 剩 5 小时. Needs no colour to be understood."""
    if lamp.code is LampCode.DONE:
        return _("Closed")
    if lamp.code is LampCode.PAUSED:
        return _("Clock paused")
    if lamp.amount is None or lamp.unit is None:
        return _("No deadline")
    if lamp.amount == 0:
        return _("Just overdue") if lamp.code is LampCode.OVER else _("Under a minute left")
    if lamp.code is LampCode.OVER:
        return amount_over(lamp.amount, lamp.unit)
    return amount_left(lamp.amount, lamp.unit)


def amount_over(n: int, unit: AmountUnit) -> str:
    if unit == "day":
        text = ngettext("%(n)s day over", "%(n)s days over", n)
    elif unit == "hour":
        text = ngettext("%(n)s hour over", "%(n)s hours over", n)
    else:
        text = ngettext("%(n)s minute over", "%(n)s minutes over", n)
    return text % {"n": n}


def amount_left(n: int, unit: AmountUnit) -> str:
    if unit == "day":
        text = ngettext("%(n)s day left", "%(n)s days left", n)
    elif unit == "hour":
        text = ngettext("%(n)s hour left", "%(n)s hours left", n)
    else:
        text = ngettext("%(n)s minute left", "%(n)s minutes left", n)
    return text % {"n": n}


@lru_cache(maxsize=2048)
def around_due(language: str | None, lamp: Lamp) -> tuple[str, str, str]:
    """The markup of a lamp: its beginning, then up to the due moment, then the rest."""
    before, _at, after = _("Due %(at)s").partition("%(at)s")
    begin = f'<span class="lamp {lamp.code.value}"'
    return begin, f' title="{escape(before)}', f'{escape(after)}">{escape(lamp_words(lamp))}</span>'


def draw_lamp(lamp: Lamp | None, due_at: datetime | None = None, provisional: bool = False) -> str:
    """The lamp with its shape (drawn by the style sheet) and words; title: the due moment."""
    return SafeString(markup(get_language(), lamp, due_at, provisional)) if lamp else ""


def markup(
    language: str | None, lamp: Lamp, due_at: datetime | None, provisional: bool = False
) -> str:
    """``draw_lamp`` for the many lamps of a list, whose language is the reader's."""
    begin, title, rest = around_due(language, lamp)
    if not due_at:
        return begin + rest[rest.index(">") :]
    drawn = f"{begin}{title}{moment(due_at)}{rest}"
    return f"{drawn} {provisional_tag(language)}" if provisional else drawn


@lru_cache(maxsize=8)
def provisional_tag(language: str | None) -> str:
    """The mark of a deadline that a holiday notice to come may move."""
    why = escape(_("Counted without next year's holiday notice; it may still move."))
    return f'<span class="tag warn" title="{why}">{escape(_("provisional"))}</span>'


def civil(value: datetime | None, provisional: bool = False) -> str:
    """A deadline inside a sentence, with the mark in words."""
    if value and provisional:
        return _("%(at)s (provisional)") % {"at": moment(value)}
    return moment(value)
