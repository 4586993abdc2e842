"""One page of a queue as JSON: the address read strictly, the lines with their names."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from cases import looks
from cases.lamps import ZONE
from cases.models import Category
from cases.names import Names, names_of
from cases.queues import BadQuery, Cursor, Filters, Line, Page, Tab, page
from cases.rules.lamp import Lamp, LampCode
from cases.rules.workflow import Kind, Status
from grids.bodies import digits, parameters
from grids.errors import NotVisible
from grids.models import Area, User
from grids.roles import COLUMN_LEVELS, Level
from grids.staffing import Post

PARAMETERS = ("tab", "post", "kind", "status", "lamp", "category", "area", "q", "after")
LEVEL_NAMES = {level.value: level.name.lower() for level in Level}


def listing(user: User, query: QueryDict, address: str | None = None) -> str:
    """The answer to ``GET /api/v1/cases/``; a search by words is logged.

    Raises ``BadQuery`` for values nobody offered, ``NotVisible`` for a post or place of somebody
    else.
    """
    asked = parameters(query, PARAMETERS)
    found = page(
        user,
        chosen_posts(user, asked.get("post", "")),
        Tab(one_of(asked, "tab", Tab.values(), Tab.TO_DO.value)),
        filters=filters(user, asked),
        cursor=Cursor.read(asked.get("after", "")),
    )
    if asked.get("q"):
        looks.searched(user, len(found.lines), address)
    return page_json(found)


def one_of(asked: dict[str, str], name: str, known: Collection[str], default: str = "") -> str:
    """The parameter ``name`` when it is known; ``default`` when absent."""
    value = asked.get(name, default)
    if value and value not in known:
        raise BadQuery("There is no such value of %(name)s.", field=name, name=name)
    return value


def chosen_posts(user: User, text: str) -> list[Post]:
    """The post of that id, or all posts when none is named."""
    if not text:
        return user.posts
    found = [post for post in user.posts if post.id == digits(text)]
    if not found:
        raise NotVisible("This is not a post of yours.")
    return found


def filters(user: User, asked: dict[str, str]) -> Filters:
    """What narrows the queue."""
    light = one_of(asked, "lamp", LampCode.values())
    return Filters(
        lamp=LampCode(light) if light else None,
        kind=one_of(asked, "kind", Kind.values()),
        status=one_of(asked, "status", Status.values()),
        categories=category_filter(asked.get("category", "")),
        area=area_filter(user, asked.get("area", "")),
        words=asked.get("q", ""),
    )


def area_filter(user: User, text: str) -> tuple[Level, int] | None:
    if not text:
        return None
    area = Area.objects.visible_to(user).filter(pk=digits(text) or 0).first()
    if area is None or area.level not in COLUMN_LEVELS:
        raise NotVisible("There is no such place in your area.")
    return Level(area.level), area.pk


CODES: dict[int, str] = {}  # category codes by id: neither ever changes, so a process keeps them


def category_codes(ids: Collection[int]) -> dict[int, str]:
    """The codes of categories, read again when one of ``ids`` is not known yet."""
    if not CODES or not CODES.keys() >= set(ids):
        CODES.update(Category.objects.values_list("pk", "code"))
    return CODES


def category_filter(code: str) -> tuple[int, ...]:
    """The category and what lies under it: D10 also finds D10.1."""
    if not code:
        return ()
    rows = Category.objects.filter(Q(code=code) | Q(code__startswith=f"{code}."))
    found = tuple(rows.values_list("pk", flat=True))
    if not found:
        raise BadQuery("There is no such value of %(name)s.", field="category", name="category")
    return found


def page_json(found: Page) -> str:
    """The answer as JSON text. Written line by line: fifty dictionaries and their encoding
    took longer than asking the database."""
    if not found.lines:
        return '{"results":[],"next":null,"previous":null}'
    now = datetime.fromtimestamp(found.lines[0].read_at, UTC)
    names = names_of(found.lines)
    codes = category_codes({line.category_id for line in found.lines})
    lines = ",".join([line_json(line, now, codes, names) for line in found.lines])
    return (
        f'{{"results":[{lines}],"next":{text(found.next or None)},'
        f'"previous":{text(found.previous or None)}}}'
    )


text = json.JSONEncoder(ensure_ascii=False).encode  # of a string or None, quotes included
public_name = lru_cache(maxsize=20_000)(text)  # of a unit or place; the same few in every list


def line_json(line: Line, now: datetime, codes: dict[int, str], names: Names) -> str:
    """One case. Whatever a person may have written goes through the encoder."""
    holder = line.holder_unit_id
    who = f'{{"id":{holder},"name":{public_name(names.units[holder])}}}' if holder else "null"
    return (
        f'{{"number":{text(line.number)},"kind":"{line.kind}",'
        f'"category":{public_name(codes[line.category_id])},"status":"{line.status}",'
        f'"level":"{LEVEL_NAMES[line.level]}","holder":{who},'
        f'"area":{{"id":{line.area_id},"name":{public_name(names.areas[line.area_id])}}},'
        f'"summary":{text(line.summary or "")},"urgent":{"true" if line.urgent else "false"},'
        f'"registered_at":{moment_json(line.registered_at)},'
        f'"due_at":{moment_json(line.due_at)},"whose":"{line.whose}",'
        f'"provisional":{"true" if line.provisional else "false"},'
        f'"lamp":{lamp_text(line.lamp(now))}}}'
    )


def moment_json(moment: datetime | None) -> str:
    """A moment at Shanghai's clock, ISO 8601 with its offset."""
    return f'"{moment.astimezone(ZONE).isoformat()}"' if moment else "null"


@lru_cache(maxsize=2048)
def lamp_text(light: Lamp) -> str:
    return json.dumps(lamp_json(light), separators=(",", ":"))


def lamp_json(light: Lamp) -> dict[str, Any]:
    return {"code": light.code.value, "amount": light.amount, "unit": light.unit}
