"""Every address and method, as every role in every relation, against policy.toml.

Each answer is also read for canaries: words, numbers, links and places of what the person
must not see (``asking.given_away``).
"""

import pytest
from django.test import Client

from cases.models import Case
from grids.models import User
from grids.roles import Role
from tests.access.asking import ADDRESSES, CHECKED, POLICY, questions, status, surprises, url_of
from tests.access.policy import METHODS, Entry
from tests.access.stage import WAYS
from tests.access.things import Things, relations

pytestmark = pytest.mark.slow  # once in a run of everything, not again on the second database
ENTRIES = pytest.mark.parametrize("entry", POLICY.entries, ids=[e.title for e in POLICY.entries])


def none(entry: Entry, found: list[str]) -> None:
    """Fail with every line, and say where the answer is decided."""
    if found:
        lines = "\n".join(found[:40])
        head = f"[{entry.title}] of policy.toml, {len(found)} surprises"
        pytest.fail(f"{head}:\n{lines}", pytrace=False)


def test_every_address_has_its_entry() -> None:
    assert sorted(set(ADDRESSES) - {one.name for one in POLICY.entries}) == []


def test_every_entry_has_its_address() -> None:
    assert sorted({one.name for one in POLICY.entries} - set(ADDRESSES)) == []


@ENTRIES
def test_every_role_in_every_relation_is_answered_as_the_policy_says(
    things: Things, entry: Entry
) -> None:
    none(entry, [line for one in questions(entry, things) for line in surprises(one, things)])


@ENTRIES
def test_strangers_and_unknown_methods(things: Things, entry: Entry) -> None:
    """Strangers are sent to sign in; a method the policy does not name is refused."""
    found = []
    thing = things.of(entry.thing)[0] if entry.thing else None
    url = url_of(entry, thing)
    turned_away = 401 if entry.name.startswith("api:") else 302
    known = {method for one in POLICY.entries if one.name == entry.name for method in one.answers}
    disabled = [person.browser() for person in things.stage if person.stranger]
    wanted = [(method, entry.open_to_strangers(method) or turned_away) for method in entry.answers]
    tries = [(client, "a stranger", *one) for client in [Client(), *disabled] for one in wanted]
    tries += [
        (things.stage.people[role, "posted"].browser(), role.value, method, 405)
        for role in Role
        for method in METHODS
        if method not in known
    ]
    for client, who, method, code in tries:
        got = status(client, entry, method, url, thing)
        CHECKED["answers"] += 1
        if got != code:
            found.append(f"{method} as {who}: {got}, the policy says {code}")
    none(entry, found)


@pytest.mark.parametrize("role", list(Role), ids=Role.values())
def test_every_case_is_seen_by_whom_the_policy_names(things: Things, role: Role) -> None:
    """Every person against every case of the matrix, through ``visible_to``."""
    found = []
    for person in [things.stage.people[role, way] for way in WAYS]:
        user = User.objects.get(pk=person.user.pk)
        seen = set(Case.objects.visible_to(user).values_list("pk", flat=True))
        for thing in things.cases:
            ties = relations(person, thing)
            wanted = POLICY.belongs("sees_case", role.value, ties)
            CHECKED["cases seen or not"] += 1
            if (thing.row.pk in seen) != wanted:
                found.append((str(person), thing.label, sorted(ties), wanted))
    assert found == []


def test_that_was_a_matrix(request: pytest.FixtureRequest) -> None:
    """After the whole module: ten thousand checks, and the canaries did sing."""
    ran = {item.originalname for item in request.session.items if item.module is request.module}
    asked_for = [item for item in request.session.items if item.module is request.module]
    print(dict(CHECKED))
    if len(asked_for) < 2 * len(POLICY.entries) or len(ran) < 5:
        return  # only a part of the matrix was asked for
    assert sum(CHECKED.values()) >= 10_000
    assert CHECKED["canaries found where they belong"] > 100
