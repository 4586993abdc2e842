"""Every address and method, as every role in every relation, against policy.toml."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cases.models import Case
from grids.roles import Role
from tests.access.policy import FILE, METHODS, Entry, Policy
from tests.access.stage import WAYS, Person
from tests.access.things import Thing, Things, relations
from tests.test_every_url import ALL, Address

ADDRESSES = {one.name: one for one in ALL}
READ = Policy(FILE.read_text("utf-8"), frozenset(Role.values()))
ENTRIES = {one.title: one for one in READ.entries}
CHECKED: Counter[str] = Counter()


# --- one question -----------------------------------------------------------------------
def url_of(address: Address, entry: Entry, thing: Thing | None) -> str:
    values: dict[str, object] = {}
    for word in address.places:
        values[word] = entry.fill[word] if word in entry.fill else filled(entry, thing, word)
    found = reverse(address.name, kwargs=values)
    return f"{found}?{entry.ask}" if entry.ask else found


def filled(entry: Entry, thing: Thing | None, word: str) -> object:
    assert thing is not None, f"{entry.title}: say what {word} is: thing = … or fill = …"
    return thing.value(word)


def asked(client: Client, entry: Entry, method: str, url: str) -> HttpResponse:
    """The answer; whatever it wrote is taken back."""
    with transaction.atomic():
        sent: Mapping[str, Any] = entry.send or {"note": "x"}
        if method != "POST":
            answer = client.generic(method, url)
        elif entry.name.startswith("api:"):
            headers = {"idempotency-key": "matrix-question-1"}
            answer = client.post(url, dict(sent), "application/json", headers=headers)
        else:
            answer = client.post(url, dict(sent))
        if answer.streaming:
            b"".join(answer)
        transaction.set_rollback(True)
    return answer


@dataclass
class Surprises:
    """What differed from the policy, one line each."""

    entry: Entry
    found: list[str] = field(default_factory=list)

    def none(self) -> None:
        """Fail with every line, and say where the answer is decided."""
        if self.found:
            lines = "\n".join(self.found[:40])
            pytest.fail(
                f"[{self.entry.title}] {len(self.found)} surprises:\n{lines}", pytrace=False
            )

    def compare(self, method: str, who: str, thing: Thing | None, got: int, wanted: int) -> None:
        CHECKED["answers"] += 1
        if got != wanted:
            about = f" about {thing.label!r}" if thing else ""
            self.found.append(f"{method} as {who}{about}: {got}, the policy says {wanted}")


def pairs(entry: Entry, things: Things) -> Iterator[tuple[Person, Thing | None]]:
    """Who asks about what: every role in every relation to a thing of the sort."""
    for person in things.stage:
        if person.stranger:
            continue
        if not entry.thing:
            yield person, None
            continue
        seen: set[frozenset[str]] = set()
        for thing in things.around(person, entry.thing):
            found = relations(person, thing)
            if found not in seen:
                seen.add(found)
                yield person, thing


# --- the matrix -------------------------------------------------------------------------
@pytest.mark.parametrize("entry", READ.entries, ids=list(ENTRIES))
def test_every_role_in_every_relation_is_answered_as_the_policy_says(
    things: Things, policy: Policy, entry: Entry
) -> None:
    address, surprises = ADDRESSES[entry.name], Surprises(entry)
    for person, thing in pairs(entry, things):
        url = url_of(address, entry, thing)
        found = relations(person, thing)
        for method in entry.answers:
            answer = asked(person.browser(), entry, method, url)
            wanted = entry.expected(policy, method, person.role.value, found)
            who = f"{person} ({' '.join(sorted(found))})"
            surprises.compare(method, who, thing, answer.status_code, wanted)
    surprises.none()


@pytest.mark.parametrize("entry", READ.entries, ids=list(ENTRIES))
def test_strangers_and_unknown_methods(things: Things, policy: Policy, entry: Entry) -> None:
    """Strangers are sent to sign in; a method the policy does not name is refused."""
    address, surprises = ADDRESSES[entry.name], Surprises(entry)
    thing = things.of(entry.thing)[0] if entry.thing else None
    url = url_of(address, entry, thing)
    turned_away = 401 if entry.name.startswith("api:") else 302
    disabled = [person.browser() for person in things.stage if person.stranger]
    for client in [Client(), *disabled]:
        for method in entry.answers:
            open_to = entry.open_to_strangers(method)
            got = asked(client, entry, method, url).status_code
            surprises.compare(method, "a stranger", thing, got, open_to or turned_away)
    for role in Role:
        person = things.stage.people[role, "posted"]
        for method in METHODS:
            if method not in entry.answers:
                got = asked(person.browser(), entry, method, url).status_code
                surprises.compare(method, str(person), thing, got, 405)
    surprises.none()


def test_every_address_has_its_entry() -> None:
    assert sorted(set(ADDRESSES) - {one.name for one in READ.entries}) == []


def test_every_entry_has_its_address() -> None:
    assert sorted({one.name for one in READ.entries} - set(ADDRESSES)) == []


# --- who sees which case ------------------------------------------------------------------
@pytest.mark.parametrize("role", list(Role), ids=Role.values())
def test_every_case_is_seen_by_whom_the_policy_names(
    things: Things, policy: Policy, role: Role
) -> None:
    """Every person against every case of the matrix, through ``visible_to``."""
    surprises = []
    for person in [things.stage.people[role, way] for way in WAYS]:
        user = type(person.user).objects.get(pk=person.user.pk)
        seen = set(Case.objects.visible_to(user).values_list("pk", flat=True))
        for thing in things.cases:
            found = relations(person, thing)
            wanted = policy.belongs("sees_case", role.value, found)
            CHECKED["scopes"] += 1
            if (thing.row.pk in seen) != wanted:
                surprises.append((str(person), thing.label, sorted(found), wanted))
    assert surprises == []
