"""The examples of the API are taken at their word: each one is sent and answered."""

from typing import Any

from django.test import Client

from cases.models import Case
from cases.papers import today
from cases.petition_examples import ACTS, LODGED
from cases.rules.petition import ACCEPTING, HANDLING, PASSING_ON, REVIEWING
from cases.rules.terms import RESIDENT_VERBS, SYSTEM_VERBS, Stand, Verb
from cases.rules.workflow import Kind, Status, find
from cases.transitions import database_now
from governance import tokens
from tests.cases import petitions
from tests.cases.matters import in_days
from tests.cases.petitions import at, concluded, person, prepare
from tests.cases.stages import undone
from tests.world import World

KEY = "one-key-for-one-act"


def client_of(user: Any) -> Client:
    token, _row = tokens.issue(user)
    return Client(headers={"Authorization": f"Token {token}", "Idempotency-Key": KEY})


def test_every_act_of_staff_has_an_example() -> None:
    own = {step.verb for step in (*PASSING_ON, *ACCEPTING, *HANDLING, *REVIEWING)}
    shown = [Verb(value["verb"]) for _, value in ACTS]
    assert len(shown) == len(set(shown))
    assert set(shown) == own - SYSTEM_VERBS - RESIDENT_VERBS - {Verb.REOPEN}


def test_each_example_is_answered(world: World) -> None:
    petitions.extras(world)
    matters: dict[Status, Case] = {}
    number = concluded(world).number
    for name, value in ACTS:
        verb = Verb(value["verb"])
        status = next(one for one in petitions.STATUSES if find(Kind.PETITION, one, verb))
        case = matters.get(status) or matters.setdefault(status, at(world, status))
        with undone():
            prepare(world, case, verb)
            step = find(Kind.PETITION, status, verb)
            assert step is not None
            actor = person(world, case, step, min(step.stands - {Stand.CO_HANDLER}))
            answer = client_of(actor).post(
                f"/api/v1/cases/{case.number}/act/", of_today(world, value, number),
                content_type="application/json",
            )  # fmt: skip
            assert answer.status_code == 200, (name, answer.content.decode())
            assert answer.json()["rev"] == case.last_seq + 1


def of_today(world: World, value: dict[str, Any], number: str) -> dict[str, Any]:
    """An example with the units and days of this test in place of the printed ones."""
    units = {14: world.qingshi_police.pk, 15: world.qingshi_justice.pk}
    now = {
        "unit": units.get(value.get("unit", 0)), "until": in_days(3).isoformat(),
        "perform_by": in_days(30).isoformat(), "served_on": today(database_now()).isoformat(),
        "other": number,
    }  # fmt: skip
    return value | {key: found for key, found in now.items() if key in value}


def test_a_matter_is_lodged_by_its_example_with_the_senders_day(world: World) -> None:
    petitions.extras(world)
    day = today(in_days(9)).isoformat()
    body = LODGED.value | {"sender_due": day, "area": world.donghe1.pk}
    answer = client_of(world.people["pan"]).post(
        "/api/v1/cases/", body, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content.decode()
    case = Case.objects.get(number=answer.json()["number"])
    assert case.status == Status.LODGED and case.sender_due_at == case.due_at
