"""Intake by API against two ORM inserts under the same server, in turns (decisions.md 33).

The control runs twice: under the product's own settings, which is the bar, and without any
middleware, which shows what the product's own path costs beside the barest possible one.
"""

import hashlib
import json
import secrets
import statistics
from contextlib import closing
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from governance.bench import data
from governance.bench.figures import Figures, p95, spread
from governance.bench.serving import Request, Server, cpu_seconds, load, serving
from grids.models import ApiToken, Posting, User

CLIENTS, SECONDS, REPEATS = 8, 4.0, 5
WORKERS = 61  # grid workers who record at the same time; a prime, so that clients mix
RUN = secrets.token_hex(4)


class Turn(NamedTuple):
    """One turn: requests per second, CPU ms per request (web and database), p99 in ms, web CPU."""

    rate: float
    cpu: float
    p99: float
    web: float


def run(rows: int) -> None:
    """Print the intake's figures: rate, CPU and p99 as ratios to REF."""
    figures = Figures("intake", rows)
    tokens = [grid_worker_token(number) for number in range(WORKERS)]
    with closing(data.owner()) as desk, desk.cursor() as cursor:
        cursor.execute(data.REFERENCE_TABLES)
        cursor.execute("GRANT ALL ON bench_case, bench_event TO PUBLIC")
        cursor.execute("GRANT ALL ON SEQUENCE bench_case_id_seq, bench_event_id_seq TO PUBLIC")
    turns: dict[str, list[Turn]] = {"product": [], "ref": [], "bare": []}
    with (
        serving("governance.wsgi:application", "/healthz") as product,
        serving("governance.bench.reference:application", "/one") as ref,
        serving("governance.bench.reference:application", "/one", bare=True) as bare,
    ):
        servers = {"product": product, "ref": ref, "bare": bare}
        for turn in range(REPEATS + 1):
            for name, server in servers.items():
                path = "/api/v1/cases/" if name == "product" else "/ref"
                taken = measure(server, tokens, path, f"{name}{turn}")
                if turn:  # the first round warms all of them up
                    turns[name].append(taken)
    report(figures, turns)


def grid_worker_token(number: int) -> str:
    """A grid worker of the made-up customer, each in a grid of another village, with a token."""
    grid = data.GRID + number * 37
    user = User.objects.create(username=f"bench-{number}", display_name="bench", password="!")
    Posting.objects.create(
        user=user, role="grid_worker", unit_id=grid, area_id=grid, started_on="2020-01-01"
    )
    key = secrets.token_urlsafe(30)
    now = timezone.now()
    ApiToken.objects.create(
        user=user, digest=hashlib.sha256(key.encode()).digest(), created_at=now,
        expires_at=now + timedelta(days=1),
    )  # fmt: skip
    return key


def measure(server: Server, tokens: list[str], path: str, name: str) -> Turn:
    """Requests per second, CPU milliseconds per request and p99 in ms of one turn."""
    body = {
        "kind": "dispute", "category": "D02", "source": "grid",
        "text": "两家因新修的排水沟走向发生争执，昨晚下雨后水流进院子。双方都同意镇里来人看一看。",
        "parties": [{"name": "张三", "phone": "13800000001"}, {"name": "李四"}],
    }  # fmt: skip
    payload = json.dumps(body).encode()

    def make(number: int) -> Request:
        headers = {
            "Authorization": f"Token {tokens[number % WORKERS]}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{RUN}-{name}-{number}",
        }  # fmt: skip
        return "POST", path, payload, headers

    before = cpu_seconds(server)
    taken = load(server.port, make, clients=CLIENTS, seconds=SECONDS, expect=201)
    after = cpu_seconds(server)
    web, database = ((b - a) * 1000 / len(taken) for a, b in zip(before, after, strict=True))
    p99 = sorted(taken)[int(len(taken) * 0.99)] * 1000
    return Turn(len(taken) / SECONDS, web + database, p99, web)


CONTROLS = {
    "": ("ref", "two inserts, same settings"),  # decisions.md 33
    "bare_": ("bare", "two inserts, no middleware"),
}


def report(figures: Figures, turns: dict[str, list[Turn]]) -> None:
    """Each figure of the product, then its ratio to either control."""
    ours = turns["product"]
    for place, (name, unit) in enumerate(
        [("rps", "req/s"), ("cpu", "CPU ms per request"), ("p99", "p99 ms"), ("web", "web CPU ms")]
    ):
        mine = [one[place] for one in ours]
        figures.note(f"product, {unit}", spread(mine))
        for prefix, (control, label) in CONTROLS.items():
            ref = [one[place] for one in turns[control]]
            figures.note(f"{label}, {unit}", spread(ref))
            ratio = statistics.median(mine) / statistics.median(ref)
            figures.metric(f"{prefix}{name}_ratio", ratio, len(ours))
    figures.note("p95 of the product's p99", f"{p95([one.p99 for one in ours]):.1f} ms")
