"""What pages say about moments, deadlines, shares and masked personal data.

Loaded as template built-ins. Every moment is shown at the clock of Asia/Shanghai.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.rules.lamp import AmountUnit, Lamp, LampCode

register = template.Library()

ZONE = ZoneInfo("Asia/Shanghai")
BAR_ORDER = (
    LampCode.OVER,
    LampCode.SOON,
    LampCode.WATCH,
    LampCode.OK,
    LampCode.PAUSED,
    LampCode.DONE,
)
BAR_WIDTH = 1000  # user units of the drawing; it is stretched to the room it gets
COUNTRY_CODE = re.compile(r"^(\+|00)86")


# --- moments ----------------------------------------------------------------------------
@register.filter
def moment(value: datetime | None) -> str:
    """Date and time, for example ``2026-11-20 09:30``; empty for nothing."""
    return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M}" if value else ""


@register.filter
def short(value: datetime | None) -> str:
    """Month, day and time for lists, for example ``11-20 09:30``; empty for nothing."""
    return f"{value.astimezone(ZONE):%m-%d %H:%M}" if value else ""


@register.filter
def day(value: date | None) -> str:
    """The civil date, for example ``2026-11-20``; empty for nothing."""
    if isinstance(value, datetime):
        value = value.astimezone(ZONE).date()
    return value.isoformat() if value else ""


@register.simple_tag
def when(value: datetime | None) -> str:
    """A ``<time>`` element with month, day and time; its title has the year."""
    if not value:
        return ""
    exact = value.astimezone(ZONE).isoformat(timespec="seconds")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', exact, moment(value), short(value)
    )


# --- deadlines --------------------------------------------------------------------------
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


# One sentence is looked up per lamp, because a queue shows fifty of them.
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


@register.simple_tag(name="lamp")
def draw_lamp(lamp: Lamp | None, due_at: datetime | None = None) -> str:
    """The lamp with its shape (drawn by the style sheet) and words; title: the due moment."""
    if lamp is None:
        return ""
    due = f' title="{escape(_("Due %(at)s") % {"at": moment(due_at)})}"' if due_at else ""
    words = escape(lamp_words(lamp))
    return SafeString(f'<span class="lamp {lamp.code.value}"{due}>{words}</span>')


@register.simple_tag
def lamp_bar(counts: Mapping[str, int]) -> str:
    """Counts by lamp code as one bar of coloured parts; nothing when all are 0.

    The figures stand beside it in the page: the bar itself is hidden from screen readers.
    """
    total = sum(counts.get(code, 0) for code in BAR_ORDER)
    if not total:
        return ""
    parts, start = [], 0
    for code in BAR_ORDER:
        end = start + counts.get(code, 0)
        left, right = BAR_WIDTH * start // total, BAR_WIDTH * end // total
        if right > left:
            parts.append((str(code), left, right - left))
        start = end
    rows = format_html_join("", '<rect class="k-{}" x="{}" width="{}" height="10"/>', parts)
    return format_html(
        '<svg class="stackbar" viewBox="0 0 {} 10" preserveAspectRatio="none"'
        ' aria-hidden="true" focusable="false">{}</svg>',
        BAR_WIDTH,
        rows,
    )


@register.simple_tag
def lamp_key() -> str:
    """The legend of ``lamp_bar``: colour and name of each lamp."""
    rows = ((str(code), _(code.label)) for code in BAR_ORDER)
    items = format_html_join(
        "",
        '<li><svg viewBox="0 0 1 1" aria-hidden="true" focusable="false">'
        '<rect class="k-{}" width="1" height="1"/></svg>{}</li>',
        rows,
    )
    return format_html('<ul class="key">{}</ul>', items)


# --- masked personal data (lists, exports, notices) -------------------------------------
@register.filter
def mask_name(name: str | None) -> str:
    """First and last character with stars between: 张*三; of two characters 张*.

    A single character becomes a star.
    """
    name = (name or "").strip()
    if len(name) <= 2:
        return name[:-1] + "*" if name else ""
    return name[0] + "*" * (len(name) - 2) + name[-1]


@register.filter
def mask_phone(number: str | None) -> str:
    """``138****5678``; of shorter numbers only the last four digits stay, of tiny ones none."""
    digits = re.sub(r"\D", "", COUNTRY_CODE.sub("", (number or "").strip()))
    if not digits:
        return ""
    if len(digits) >= 10:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-4:]}" if len(digits) >= 7 else "****"
