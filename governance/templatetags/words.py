"""What pages say about moments, deadlines, shares and masked personal data.

Loaded as template built-ins. Every moment is shown at the clock of Asia/Shanghai.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.lamps import ZONE, draw_lamp, moment, provisional_tag
from cases.revealing import shown_name
from cases.rules import masking
from cases.rules.lamp import LampCode
from grids.roles import Role

register = template.Library()

BAR_ORDER = (
    LampCode.OVER,
    LampCode.SOON,
    LampCode.WATCH,
    LampCode.OK,
    LampCode.PAUSED,
    LampCode.DONE,
)
BAR_WIDTH = 1000  # user units of the drawing; it is stretched to the room it gets


# --- moments ----------------------------------------------------------------------------
register.filter("moment", moment)


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


# --- posts ------------------------------------------------------------------------------
@register.simple_tag
def role(code: str) -> str:
    """What a role is called in the reader's language."""
    return _(Role(code).label) if code in Role.values() else code


# --- deadlines --------------------------------------------------------------------------
register.simple_tag(draw_lamp, name="lamp")


@register.simple_tag
def provisional(row: object) -> str:
    """The mark behind a deadline of ``row`` that a holiday notice to come may move."""
    marked = getattr(row, "provisional", False)
    return SafeString(f" {provisional_tag(get_language())}") if marked else ""


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
register.filter("mask_name", masking.name)
register.filter("mask_phone", masking.phone)
register.filter("mask_text", masking.text)
register.filter("shown_name", shown_name)
