"""One request of the matrix, and what its answer gives away.

The status is compared with the policy. Beside it every answer, whatever its status, is read
for what the person must not have: canary words of cases, numbers of cases, links into closed
doors, places offered in a form, and words of the other customer.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from grids.roles import Role
from tests.access.policy import FILE, Entry, Policy
from tests.access.stage import Person
from tests.access.things import SEALED, Thing, Things, relations
from tests.test_every_url import ALL, Address

FULL = os.environ.get("MATRIX") == "full"
CORE = ("api:case", "cases:act sign", "cases:attachment", "cases:detail")
ADDRESSES: dict[str, Address] = {one.name: one for one in ALL}
POLICY = Policy(FILE.read_text("utf-8"), frozenset(Role.values()))
CHECKED: Counter[str] = Counter()

WORD = re.compile(r"KN-(\d{3})-(\w)")
PHONE = re.compile(r"1387(\d{3})\d{4}")
NUMBER = re.compile(r"\b(?:LB|NS)\d{4}-\d{6}\b")
LINK = re.compile(r"""["'(]/case/((?:LB|NS)\d{4}-\d{6})/""")
PLACES = re.compile(r'<select[^>]* name="area"[^>]*>(.*?)</select>', re.DOTALL)
OPTION = re.compile(r'<option value="(\d+)"')
SUMMARY = "S"  # the field of the canary that stands in the first sentence
EXAMPLE = "-000123"  # stands in the hint of a field
ABROAD = re.compile(r"KX-\d{3}")


@dataclass(frozen=True)
class Question:
    """Somebody asks one address with one method."""

    entry: Entry
    method: str
    person: Person
    thing: Thing | None

    @property
    def relations(self) -> frozenset[str]:
        return relations(self.person, self.thing)

    def __str__(self) -> str:
        about = f" about {self.thing.label!r}" if self.thing else ""
        return f"{self.method} as {self.person} ({' '.join(sorted(self.relations))}){about}"


# --- asking -----------------------------------------------------------------------------
def url_of(entry: Entry, thing: Thing | None) -> str:
    values: dict[str, object] = {}
    address = ADDRESSES[entry.name]
    for word in address.places:
        values[word] = entry.fill[word] if word in entry.fill else filled(entry, thing, word)
    found = reverse(address.name, kwargs=values)
    return f"{found}?{completed(entry.ask, thing)}" if entry.ask else found


def filled(entry: Entry, thing: Thing | None, word: str) -> object:
    assert thing is not None, f"{entry.title}: say what {word} is: thing = … or fill = …"
    return thing.value(word)


def completed(text: Any, thing: Thing | None, home: int = 0) -> Any:
    """``{pk}`` and the like stand for the thing, ``{home}`` for the place of the post."""
    if not isinstance(text, str) or "{" not in text:
        return text
    text = text.replace("{home}", str(home))
    if thing is None:
        return text
    return re.sub(r"\{(\w+)\}", lambda found: str(thing.value(found[1])), text)


def sent(
    client: Client, entry: Entry, method: str, url: str, thing: Thing | None, home: int = 0
) -> HttpResponse:
    """One request; the caller takes back what it wrote. ``home``: the place of the post."""
    values: Mapping[str, Any] = entry.send or {"note": "x"}
    body = {name: completed(value, thing, home) for name, value in values.items()}
    if method != "POST":
        answer = client.generic(method, url)
    elif entry.name.startswith("api:"):
        headers = {"idempotency-key": "matrix-question-1"}
        answer = client.post(url, body, "application/json", headers=headers)
    else:
        answer = client.post(url, body)
    return answer


def content_of(answer: HttpResponse) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def status(client: Client, entry: Entry, method: str, url: str, thing: Thing | None) -> int:
    """The status alone, for strangers."""
    with transaction.atomic():
        answer = sent(client, entry, method, url, thing)
        content_of(answer)
        transaction.set_rollback(True)
    return answer.status_code


def surprises(question: Question, things: Things) -> list[str]:
    """Ask; everything that differs from the policy, one line each."""
    entry, person, thing = question.entry, question.person, question.thing
    url = url_of(entry, thing)
    wanted = entry.expected(POLICY, question.method, person.role.value, question.relations)
    with transaction.atomic(), override_settings(DEMO=entry.demo):
        home = person.unit.area_id if person.unit else 0
        answer = sent(person.browser(), entry, question.method, url, thing, home)
        text = f"{answer.headers}\n{content_of(answer).decode(errors='replace')}"
        found = list(given_away(question, things, answer, text, url))
        transaction.set_rollback(True)
    CHECKED["answers"] += 1
    if answer.status_code != wanted:
        found.insert(0, f"{answer.status_code}, the policy says {wanted}")
    if wanted == 200 and thing and thing.sort == "case" and f"KN-{thing.number:03d}" in text:
        CHECKED["canaries found where they belong"] += 1
    return [f"{question.entry.title} {question}: {line}" for line in found]


def questions(entry: Entry, things: Things) -> Iterator[Question]:
    """Every role in every relation to a thing of the entry's sort, every method it answers.

    The addresses of ``CORE`` are asked everything, and so are all with ``MATRIX=full``.
    Otherwise two who are simply posted and one who is not stand for each role and answer:
    that the scope is one and the same everywhere is what the removed gates show.
    """
    found: Counter[tuple[object, ...]] = Counter()
    for person in things.stage:
        if person.stranger:
            continue
        for thing in things.around(person, entry.thing) if entry.thing else [None]:
            for method in entry.answers:
                one = Question(entry, method, person, thing)
                role, posted = person.role.value, person.way == "posted"
                kind = (method, role, posted, entry.expected(POLICY, method, role, one.relations))
                found[kind] += 1
                if FULL or entry.title in CORE or found[kind] <= (2 if posted else 1):
                    yield one


# --- reading ----------------------------------------------------------------------------
def given_away(
    question: Question, things: Things, answer: HttpResponse, text: str, url: str
) -> Iterator[str]:
    """What the answer shows that the person must not have."""
    person, entry = question.person, question.entry
    CHECKED["answers read for canaries"] += 1
    asked = question.thing.number if question.thing else -1
    words = {(int(case), field) for case, field in WORD.findall(text)}
    for case, field in words | {(int(one), "phone") for one in PHONE.findall(text)}:
        lines = entry.lines if field == SUMMARY else ""
        if not may(person, things.cases[case], "sees_case", entry.texts, lines):
            yield f"words of {things.cases[case].label!r} ({field})"
    known = set(NUMBER.findall(url)) | {one for one in things.by_number if one.endswith(EXAMPLE)}
    if "{secret}" in str(entry.send):
        known.add(things.secret.row.number)  # typed by the person: comes back in the form
    for number in set(NUMBER.findall(text)) - known:
        thing = things.by_number.get(number)
        if thing and thing.number != asked and not may(
            person, thing, "sees_case", entry.numbers
        ):  # fmt: skip
            yield f"the number of {thing.label!r}"
    for number in set(LINK.findall(text)) - set(NUMBER.findall(url)):
        thing = things.by_number.get(number)
        if thing and not may(person, thing, "sees_case"):
            yield f"a link to {thing.label!r}"
    (sealed,) = things.of("sealed")
    if not may(person, sealed, "holds_sealed"):
        if SEALED in text:
            yield "words of the accusation"
        if sealed.row.number in text and sealed.row.number not in url:
            yield "the number of the accusation"
    if person.way != "other_district" and (found := ABROAD.search(text)):
        yield f"words of the other customer: {found[0]}"
    if "tiles" in (answer.context or {}):
        counted = sum(may(person, one, "counts_case") for one in things.cases if not one.closed)
        if answer.context["tiles"][0].n != counted:
            yield f"{answer.context['tiles'][0].n} open cases counted, {counted} may be"
    if answer.headers["Content-Type"] == "application/json" and '"results"' in text:
        yield from listed_places(person, things, answer.json().get("results", []))
    if answer.status_code == 302:
        yield from closed_door(person, things, answer["Location"])
    for options in PLACES.findall(text):
        for pk in OPTION.findall(options):
            place = things.by_area.get(int(pk))
            if place and not may(person, place, "sees_place"):
                yield f"the place {place.label!r} in a list"


def listed_places(person: Person, things: Things, rows: list[Any]) -> Iterator[str]:
    """Places that an answer of the API lists by themselves."""
    for row in rows:
        if isinstance(row, dict) and "parent" in row and "level" in row:
            place = things.by_area.get(row.get("id", 0))
            if place and not may(person, place, "sees_place"):
                yield f"the place {place.label!r}"


def may(person: Person, thing: Thing, *groups: str) -> bool:
    found = relations(person, thing)
    names = [name for group in groups for name in group.split(" or ") if name]
    return any(POLICY.belongs(name, person.role.value, found) for name in names)


def closed_door(person: Person, things: Things, target: str) -> Iterator[str]:
    """A redirect never leads to a case that the person does not see any more."""
    if number := NUMBER.search(target):
        answer = person.browser().get(target)
        if answer.status_code != 200:
            yield f"a way to {number[0]} that ends with {answer.status_code}"
