"""Spans, moments and pauses as people type them. Pure Python.

Whoever types something wrong reads one sentence that says what is wrong and how it is written;
``BadInput`` carries it as a msgid, with the field it belongs to.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, time, tzinfo

from cases.rules.clock import LONGEST, Pause, Span, SpanUnit
from cases.rules.windows import Window, Windows
from grids.errors import BadInput

UNITS: dict[str, SpanUnit] = {
    "wd": SpanUnit.WORKING_DAY,
    "工作日": SpanUnit.WORKING_DAY,
    "个工作日": SpanUnit.WORKING_DAY,
    "d": SpanUnit.CALENDAR_DAY,
    "天": SpanUnit.CALENDAR_DAY,
    "日": SpanUnit.CALENDAR_DAY,
    "自然日": SpanUnit.CALENDAR_DAY,
    "mo": SpanUnit.MONTH,
    "月": SpanUnit.MONTH,
    "个月": SpanUnit.MONTH,
    "wh": SpanUnit.WORKING_HOUR,
    "工作小时": SpanUnit.WORKING_HOUR,
    "个工作小时": SpanUnit.WORKING_HOUR,
    "h": SpanUnit.HOUR,
    "小时": SpanUnit.HOUR,
    "min": SpanUnit.MINUTE,
    "分钟": SpanUnit.MINUTE,
    "s": SpanUnit.SECOND,
    "秒": SpanUnit.SECOND,
}
SHORT: dict[SpanUnit, str] = {
    unit: name for name, unit in reversed(UNITS.items()) if name.isascii()
}
LONGEST_TEXT = 80
SPAN = re.compile(r"([+\-−]?)([0-9]+)(\.[0-9]+)?\s*([^\W\d_]*)")
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?"
    r"(Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
WINDOW = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
FIRST_YEAR, LAST_YEAR = 1949, 2199


def plain(text: str) -> str:
    """``text`` without outer blanks, full-width letters and digits as ASCII ones."""
    return unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).strip()


def read_span(text: str, field: str = "span") -> Span:
    """A span like ``5wd``, ``60d``, ``24h``, ``3wh``, ``1mo``, ``30min``; raises ``BadInput``."""
    found = SPAN.fullmatch(plain(text))
    if found is None or not found[4]:
        raise BadInput(
            "“%(text)s” is not a span of time. Write a whole number and a unit, for example 5wd,"
            " 60d, 24h, 3wh, 1mo or 30min.", field=field, text=plain(text),
        )  # fmt: skip
    sign, digits, fraction, name = found.groups()
    unit = UNITS.get(name.lower())
    if unit is None:
        raise BadInput(
            "“%(unit)s” is not a unit of time. Use wd (working days), d (calendar days), mo"
            " (months), wh (working hours), h (hours) or min (minutes).", field=field, unit=name,
        )  # fmt: skip
    if fraction:
        raise BadInput(
            "A span is a whole number of units, not %(text)s.", field=field, text=plain(text)
        )
    if sign in ("-", "−") or int(digits) == 0:
        raise BadInput(
            "A span is at least 1, not %(amount)s.", field=field, amount=f"{sign}{digits}"
        )
    if len(digits) > 9 or int(digits) > LONGEST[unit]:
        raise BadInput(
            "A span of %(text)s is longer than ten years; at most %(most)s can be counted.",
            field=field, text=plain(text), most=f"{LONGEST[unit]}{SHORT[unit]}",
        )  # fmt: skip
    return Span(int(digits), unit)


def write_span(span: Span) -> str:
    """A span as ``read_span`` reads it."""
    return f"{span.amount}{SHORT[span.unit]}"


def read_moment(text: str, zone: tzinfo, field: str = "start") -> datetime:
    """A day or a moment; without a zone it is the clock of ``zone``, a day is its 0:00.

    Raises ``BadInput``.
    """
    typed = plain(text)
    found = MOMENT.fullmatch(typed)
    if found is None:
        raise BadInput(
            "“%(text)s” is not a day or a moment. Write it like 2026-02-12 or 2026-02-12T10:00.",
            field=field, text=typed,
        )  # fmt: skip
    year, month, day, hour, minute, second, offset = found.groups()
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise BadInput(
            "Days from %(first)s to %(last)s can be counted, not %(text)s.",
            field=field, first=FIRST_YEAR, last=LAST_YEAR, text=typed,
        )  # fmt: skip
    clock = f"{int(hour or 0):02d}:{minute or '00'}:{second or '00'}"
    try:
        moment = datetime.fromisoformat(
            f"{year}-{int(month):02d}-{int(day):02d}T{clock}{(offset or '').upper()}"
        )
    except ValueError:
        raise BadInput("There is no such day or time: %(text)s.", field=field, text=typed) from None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def is_day(text: str) -> bool:
    """Whether a day was typed and no time of it."""
    return DAY.fullmatch(plain(text)) is not None


def read_pause(first: str, last: str, zone: tzinfo, field: str = "pause") -> Pause:
    """A pause from one moment up to another; raises ``BadInput``."""
    if not plain(last):
        raise BadInput(
            "The pause from %(start)s has no end. Write when the clock went on, or count up to"
            " now.", field=field, start=plain(first),
        )  # fmt: skip
    start, end = read_moment(first, zone, field), read_moment(last, zone, field)
    if end < start:
        raise BadInput(
            "The pause ends on %(end)s, before it starts on %(start)s.",
            field=field, start=plain(first), end=plain(last),
        )  # fmt: skip
    return Pause(start, end)


def read_pauses(texts: Sequence[str], zone: tzinfo, field: str = "pause") -> tuple[Pause, ...]:
    """Pauses like ``2026-03-02T09:00/2026-03-05T09:00``; raises ``BadInput``."""
    pauses = []
    for text in texts:
        first, slash, last = text.partition("/")
        if not slash or not plain(first):
            raise BadInput(
                "“%(text)s” is not a pause. Write its first and last moment with a / between"
                " them, for example 2026-03-02T09:00/2026-03-05T09:00.",
                field=field, text=plain(text),
            )  # fmt: skip
        pauses.append(read_pause(first, last, zone, field))
    return apart(pauses, field)


def apart(pauses: Sequence[Pause], field: str = "pause") -> tuple[Pause, ...]:
    """The pauses in order; raises ``BadInput`` when two of them overlap."""
    found = sorted(pauses, key=lambda one: one.start.astimezone(UTC))
    for early, late in zip(found, found[1:], strict=False):
        if early.end is None or late.start < early.end:
            raise BadInput(
                "Two pauses overlap: one starts on %(late)s, before the other ends.",
                field=field, late=f"{late.start:%Y-%m-%d %H:%M}",
            )  # fmt: skip
    return tuple(found)


def read_windows(text: str, field: str = "hours") -> Windows:
    """Working hours of every working day like ``08:30-12:00,14:00-17:30``; raises ``BadInput``."""
    windows: list[Window] = []
    try:
        for part in plain(text).split(","):
            found = WINDOW.fullmatch(part.strip())
            if found is None:
                raise ValueError
            opens, opens_at, closes, closes_at = map(int, found.groups())
            windows.append((time(opens, opens_at), time(closes, closes_at)))
        return Windows.every_day(*windows)
    except ValueError:
        raise BadInput(
            "“%(text)s” are no working hours. Write them in order like 08:30-12:00,14:00-17:30.",
            field=field, text=plain(text),
        ) from None  # fmt: skip
