"""Templates drawn once per language and then only filled with values.

The template engine takes some milliseconds for a page of a hundred tags, on every request for
the same words. A sheet is drawn with marks in place of its values and kept; filling it in costs
microseconds. An empty value is drawn as empty, so ``{% if %}`` around a value works; anything
else a template decides on is a *shape*, given by name when filling.
"""

import re
from collections.abc import Hashable
from functools import lru_cache
from html import escape
from typing import Any

from django.http import HttpRequest
from django.template import Engine
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

SPECIAL = re.compile("[&<>\"']")
MOST = 512  # sheets kept per process, some kilobytes each
Shape = tuple[tuple[str, Hashable], ...]


@lru_cache(maxsize=MOST)
def sheet(language: str, template: str, shape: Shape, names: tuple[str, ...]) -> str:
    """The markup of ``template`` with ``{name}`` for each of ``names``."""
    marks = {name: f"{{{name}}}" for name in names}
    return str(render_to_string(template, {**marks, **dict(shape)}))


def fill(template: str, shape: Shape = (), **values: str) -> SafeString:
    """``template`` with ``values``; every value is escaped unless it is markup already.

    The template must not hold braces of its own and must put each value where text or a quoted
    attribute stands.
    """
    names = tuple(name for name, value in values.items() if value)
    drawn = sheet(get_language() or "", template, shape, names)
    return SafeString(drawn.format_map({name: as_markup(values[name]) for name in names}))


def fill_page(request: HttpRequest, template: str, **values: str) -> str:
    """A whole page as a sheet, with the frame the context processors name for ``request``.

    A page with messages is drawn the usual way: they differ each time.
    """
    context: dict[str, Any] = {}
    for processor in Engine.get_default().template_context_processors:
        context.update(processor(request))
    if len(context["messages"]) or "frame" not in context:
        return str(render_to_string(template, values, request))
    return fill(template, context["frame"], top=context["top"](), **values)


def as_markup(value: str) -> str:
    """``value`` escaped, or as it is when it is markup."""
    return value if isinstance(value, SafeString) else escaped(value)


def escaped(text: str) -> str:
    """``html.escape``; most texts need nothing done, and asking that is three times as fast."""
    return escape(text) if SPECIAL.search(text) else text
