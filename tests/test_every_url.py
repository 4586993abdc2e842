"""Every URL is closed to strangers and blind outside the area. New URLs are found by walking
the resolver, so nobody has to remember to add a line here."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cases.models import CaseEvent
from grids.models import AccessLog, User
from tests.cases.matters import dispute
from tests.world import World

# Open to strangers, each with its reason.
OPEN = {
    "start": "says what this is",
    "login": "the way in",
    "logout": "leaving twice harms nobody",
    "demo_enter": "the demonstration's way in; 404 without DEMO",
    "set_language": "a reader's choice before signing in",
    "text_size": "a reader's choice before signing in",
    "feedback": "complaints need no account",
    "healthz": "asked by a supervisor program",
    "healthz_deep": "asked by a monitor of this machine, or with its token",
    "readyz": "asked by a supervisor program",
    "api:token": "a program's way in",
    "cases:progress": "a resident with a query code",
    "cases:deadline": "counts days and reads nothing",
    "grids:notice": "residents read who works in their grid",
}
SAMPLES: dict[str, object] = {
    "verb": "sign",
    "party_id": 1,
    "order_id": 1,
    "alarm_id": 1,
    "pk": 1,
    "relation": 1,
    "post_id": 1,
    "area_id": 1,
    "change_id": 1,
    "kind": "rename",
    "code": "ladder.dispute",
    "public_id": UUID("00000000-0000-4000-8000-000000000000"),
}
SAYS_503 = {"healthz_deep": "where no worker runs it must not say that all is well"}
TAKES_DELETE = {"api:token": "a program hands its key back"}


@dataclass(frozen=True)
class Address:
    """One named URL and the places to fill in."""

    name: str
    places: tuple[str, ...]

    @property
    def of_a_case(self) -> bool:
        return "number" in self.places

    @property
    def for_programs(self) -> bool:
        return self.name.startswith("api:")

    def at(self, number: str) -> str:
        values = SAMPLES | {"number": number}
        return reverse(self.name, kwargs={place: values[place] for place in self.places})


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Address]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from addresses(entry, inner)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{entry.pattern} has no name"
            yield Address(f"{prefix}{entry.name}", tuple(entry.pattern.converters))


ALL = sorted(set(addresses()), key=lambda one: one.name)
OF_A_CASE = [one for one in ALL if one.of_a_case]


def post(client: Client, address: Address, url: str) -> HttpResponse:
    if address.for_programs:
        headers = {"idempotency-key": "every-url-1"}
        return client.post(url, {"verb": "sign"}, "application/json", headers=headers)
    return client.post(url, {"note": "x"})


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def names(found: list[Address]) -> list[str]:
    return [one.name for one in found]


def test_the_walk_finds_the_house() -> None:
    assert {"home", "api:cases", "governance:leader", "cases:queue", "cases:detail"} <= set(
        names(ALL)
    )
    assert set(OPEN) <= set(names(ALL))


@pytest.mark.parametrize("address", ALL, ids=names(ALL))
def test_strangers_are_turned_away(world: World, address: Address) -> None:
    url = address.at(dispute(world).number)
    for answer in (Client().get(url), post(Client(), address, url)):
        if address.name in OPEN:
            continue
        if address.for_programs:
            assert answer.status_code == 401
        else:
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("address", OF_A_CASE, ids=names(OF_A_CASE))
@pytest.mark.parametrize("person", ["bao", "du", "shui", "wai", "dou", "ling"])
def test_outside_the_area_a_case_does_not_exist(
    world: World, address: Address, person: str
) -> None:
    """404 for a neighbour, and the same for a number that was never given."""
    case = dispute(world)
    events, looks = CaseEvent.objects.count(), AccessLog.objects.count()
    client = signed_in(world.people[person])
    for number in (case.number, "LB2026-999999"):
        url = address.at(number)
        codes = {client.get(url).status_code, post(client, address, url).status_code}
        if (person, address.name) == ("ling", "cases:order_new") and number == case.number:
            assert codes == {200, 422}, "a leader supervises what lists name, without a word of it"
            continue
        assert codes <= {404, 405} and 404 in codes
    assert (CaseEvent.objects.count(), AccessLog.objects.count()) == (events, looks)


@pytest.mark.parametrize("address", ALL, ids=names(ALL))
def test_methods_that_no_page_knows_are_refused(world: World, address: Address) -> None:
    url = address.at(dispute(world).number)
    client = signed_in(world.gao)
    for method in ("PUT", "PATCH", "DELETE"):
        if method == "DELETE" and address.name in TAKES_DELETE:
            continue
        # The token's own address knows no session, so it asks for a token first.
        known = {401, 405} if address.name == "api:token" else {405}
        assert client.generic(method, url).status_code in known, method


@pytest.mark.parametrize("address", ALL, ids=names(ALL))
def test_every_address_takes_get_or_post(world: World, address: Address) -> None:
    url = address.at(dispute(world).number)
    codes = [signed_in(world.gao).get(url).status_code]
    codes.append(post(signed_in(world.gao), address, url).status_code)
    assert codes != [405, 405]
    known = {503} if address.name in SAYS_503 else set()
    assert not [code for code in codes if code >= 500 and code not in known]
