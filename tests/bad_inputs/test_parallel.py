"""The same thing many times at once: one case, one answer."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.test import Client

from cases.models import Case, CaseEvent, IdempotencyKey
from governance import tokens
from tests.world import World

CASES = "/api/v1/cases/"
BODY = {"kind": "event", "category": "E03", "text": "路灯不亮"}
PARALLEL = 50
AT_ONCE = 10  # connections of the test server are limited


def test_fifty_submissions_with_one_key_are_one_case(committed_world: World) -> None:
    key, _row = tokens.issue(committed_world.gao)
    headers = {"Authorization": f"Token {key}", "Idempotency-Key": "one-and-the-same"}
    together = threading.Barrier(AT_ONCE)

    def submit(place: int) -> tuple[int, bytes]:
        if place < AT_ONCE:
            together.wait(timeout=20)
        try:
            answer = Client(headers=headers).post(CASES, BODY, content_type="application/json")
            return answer.status_code, answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(submit, range(PARALLEL)))
    assert sorted(status for status, _ in answers) == [200] * (PARALLEL - 1) + [201]
    assert len({content for _, content in answers}) == 1
    assert Case.objects.count() == CaseEvent.objects.count() == 1
    assert IdempotencyKey.objects.count() == 1


def test_one_of_two_signs_and_the_other_is_told(committed_world: World) -> None:
    world = committed_world
    key, _row = tokens.issue(world.gao)
    headers = {"Authorization": f"Token {key}", "Idempotency-Key": "register-1"}
    registered = Client(headers=headers).post(CASES, BODY, content_type="application/json").json()
    case = Case.objects.get(number=registered["number"])
    assert case.holder_unit_id == world.donghe1_team.pk
    together = threading.Barrier(2)

    def sign(place: int) -> int:
        together.wait(timeout=20)
        try:
            client = Client(headers={**headers, "Idempotency-Key": f"sign-key-{place}"})
            body = {"verb": "sign", "rev": 1}
            url = f"{CASES}{case.number}/act/"
            return client.post(url, body, content_type="application/json").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(sign, range(2)))
    assert statuses == [200, 409]
    assert CaseEvent.objects.filter(case_id=case.pk).count() == 2
