"""The lines of a queue as markup: fifty of them are the largest part of the page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.filters import Terms
from cases.lamps import markup
from cases.names import Names
from cases.queues import Line
from cases.rules.lamp import LampCode
from cases.rules.whose import DueOf
from cases.rules.workflow import Status
from grids.roles import Level
from grids.sheets import escaped, sheet
from grids.staffing import Post

EDGES = frozenset({LampCode.OVER, LampCode.SOON})
TONES = {
    Status.RETURNED: "warn", Status.CONTESTED: "warn", Status.SUSPENDED: "warn",
    Status.DONE: "info", Status.VERIFIED: "info", Status.STRUCK: "ok",
    Status.OBJECTED: "warn", Status.REPLIED: "info", Status.REVIEWED: "info",
    Status.WITHDRAWN: "warn", Status.COMPLETED: "ok", Status.CONCLUDED: "ok",
    Status.SETTLED: "ok",
}  # fmt: skip
MARKS = ("tone", "lamp", "url", "title", "tags", "number", "category", "place", "status", "holder",
         "source")  # fmt: skip


class Words(NamedTuple):
    """What every line of one language shares."""

    markup: str
    address: tuple[str, str]  # before and after the number of the case
    statuses: dict[str, str]
    urgent: str
    restricted: str
    supervised: str
    on_the_spot: str
    others: dict[DueOf, str]  # whose deadline it is, unless the agency's


@lru_cache(maxsize=8)
def words(language: str) -> Words:
    """The markup of one line with ``{title}`` and so on, and the tags it may carry."""
    before, _dash, after = reverse("cases:detail", args=["-"]).partition("-")
    return Words(
        sheet(language, "cases/_line.html", (), MARKS),
        (before, after),
        {one.value: tag(TONES.get(one, ""), _(one.label)) for one in Status},
        tag("err", _("Urgent")), tag("warn", _("Restricted")), tag("warn", _("Supervised")),
        tag("", _("Settled on the spot")),
        {one: f" <small>{escaped(_(one.label))}</small>" for one in DueOf
         if one is not DueOf.AGENCY},
    )  # fmt: skip


def tag(tone: str, text: str) -> str:
    return f'<span class="tag {tone}">{escaped(text)}</span>'


def tags(line: Line, known: Words) -> str:
    """What stands behind the title of a line."""
    found = known.urgent if line.urgent else ""
    if line.restricted:
        found += known.restricted
    if line.supervised_at:
        found += known.supervised
    if line.on_the_spot:
        found += known.on_the_spot
    return found


def rows(
    lines: Iterable[Line], now: datetime, terms: Terms, names: Names, posts: Sequence[Post]
) -> SafeString:
    """The rows of the table. Whatever a person may have written is escaped here."""
    language = get_language() or ""
    known = words(language)
    fill = known.markup.format
    before, after = known.address
    under = min(max(Level.DISTRICT, min(post.level for post in posts)), Level.VILLAGE)
    drawn = []
    for line in lines:
        light = line.lamp(now)
        number = escaped(line.number)
        category = terms.category_names.get(line.category_id, "")
        drawn.append(
            fill(
                tone=light.code.value if light.code in EDGES else "",
                lamp=markup(language, light, line.due_at, line.provisional)
                + known.others.get(line.whose, ""),
                url=f"{before}{number}{after}",
                title=escaped(line.summary or category), tags=tags(line, known), number=number,
                category=escaped(category), place=escaped(names.place(line, under)),
                status=known.statuses[line.status],
                holder=escaped(names.units.get(line.holder_unit_id or 0, "")),
                source=escaped(terms.source_names.get(line.source_id, "")),
            )
        )  # fmt: skip
    return SafeString("".join(drawn))
