"""The queue page against a bare ``select 1`` view, in turns (decisions.md 34)."""

import statistics
from datetime import date

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Case, Recusal
from governance.bench import data
from governance.bench.figures import Figures, p95
from governance.bench.serving import Request, one_by_one, serving
from governance.signed_in import SessionStore
from grids.models import Posting, User

TURNS, PAIRS = 5, 60  # p95 of 300 requests in five interleaved turns
SINCE = date(2020, 1, 1)
# name: role and (unit, area) of each post; area by level from the made-up customer
PEOPLE = {
    "grid": [("grid_worker", data.GRID, data.GRID)],
    "village": [("village_staff", data.VILLAGE + 500_000, data.VILLAGE)],
    "township": [("triage", data.TOWNSHIP, data.TOWNSHIP)],
    "district": [("triage", data.DISTRICT, data.DISTRICT)],
    "city": [("triage", data.CITY, data.CITY)],
    "handler": [("handler", 600_000, data.TOWNSHIP)],
    "three_posts": [
        ("triage", data.TOWNSHIP + 1, data.TOWNSHIP + 1),
        ("village_staff", data.VILLAGE + 500_001, data.VILLAGE + 1),
        ("grid_worker", data.GRID + 1, data.GRID + 1),
    ],
}


def run(rows: int) -> None:
    """Print p95 ratios per kind of user, HTML and JSON, the spread, and the statements."""
    figures = Figures("queue", rows)
    people = {name: hire(name, posts) for name, posts in PEOPLE.items()}
    recuse(people["three_posts"], 50)
    hand_over(people["handler"])
    figures.metric("statements", max(statements(user) for user in people.values()), len(people))
    html: dict[str, list[float]] = {name: [] for name in people}
    api: dict[str, list[float]] = {name: [] for name in people}
    bare: list[float] = []
    with (
        serving("governance.wsgi:application", "/healthz") as product,
        serving("governance.bench.reference:application", "/one", bare=True) as control,
    ):
        for turn in range(TURNS + 1):
            for name, user in turned(list(people.items()), turn):
                cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session(user)}"}
                page = take(product.port, ("GET", path(user), b"", cookie))
                json = take(product.port, ("GET", f"/api/v1/cases/?tab={tab(user)}", b"", cookie))
                one = take(control.port, ("GET", "/one", b"", {}))
                if turn:  # the first turn warms caches and connections
                    html[name] += page
                    api[name] += json
                    bare += one
    report(figures, html, api, bare)


def turned(people: list[tuple[str, User]], turn: int) -> list[tuple[str, User]]:
    """Another first person in each turn: none always follows the same load."""
    start = turn % len(people)
    return people[start:] + people[:start]


def take(port: int, request: Request) -> list[float]:
    return one_by_one(port, request, PAIRS)


def hire(name: str, posts: list[tuple[str, int, int]]) -> User:
    user: User = User.objects.create(username=f"bench-{name}", display_name=name, password="!")
    Posting.objects.bulk_create(
        Posting(user=user, role=role, unit_id=unit, area_id=area, started_on=SINCE)
        for role, unit, area in posts
    )
    return user


def recuse(user: User, count: int) -> None:
    """Keep ``user`` away from the ``count`` most urgent cases of their first post."""
    area = user.posts[0].area_id
    ids = Case.objects.filter(township_id=area, closed_at=None).order_by("due_at", "id")[:count]
    Recusal.objects.bulk_create(
        Recusal(case=case, tenant_id=case.tenant_id, user=user, since=case.registered_at)
        for case in ids
    )


def hand_over(user: User) -> None:
    """Let the department of ``user`` hold some hundred cases of its township."""
    post = user.posts[0]
    cases = Case.objects.filter(township_id=post.area_id, closed_at=None).order_by("id")[:300]
    Case.objects.filter(pk__in=list(cases.values_list("pk", flat=True))).update(
        holder_unit_id=post.unit_id
    )


def tab(user: User) -> str:
    """The fullest list the person has: the area, or what the unit holds."""
    return "area" if any(post.sees_area for post in user.posts) else "todo"


def path(user: User) -> str:
    return f"{reverse('cases:queue')}?tab={tab(user)}"


def session(user: User) -> str:
    """A signed-in session as the login page makes it."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def statements(user: User) -> int:
    """SQL statements of one page, session and user included."""
    client = Client(headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session(user)
    client.get(path(user))  # the first page of a session writes it
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path(user))
    if answer.status_code != 200:
        raise RuntimeError(f"the queue answered {answer.status_code}")
    return len([query for query in captured if "SAVEPOINT" not in query["sql"]])


def report(
    figures: Figures, html: dict[str, list[float]], api: dict[str, list[float]], bare: list[float]
) -> None:
    control = p95(bare)
    figures.note(
        "bare select 1, ms", f"p50 {statistics.median(bare) * 1e3:.2f}, p95 {control * 1e3:.2f}"
    )
    for name in html:
        figures.note(
            f"{name}: HTML and JSON, ms",
            f"p50 {statistics.median(html[name]) * 1e3:.2f}"
            f" / {statistics.median(api[name]) * 1e3:.2f},"
            f" p95 {p95(html[name]) * 1e3:.2f} / {p95(api[name]) * 1e3:.2f}",
        )
    pages = [p95(values) for values in html.values()]
    figures.metric("p95_ratio", max(pages) / control, TURNS)
    figures.metric("json_p95_ratio", max(p95(values) for values in api.values()) / control, TURNS)
    medians = [statistics.median(values) for values in html.values()]
    figures.metric("spread_ratio", max(medians) / min(medians), TURNS, of="medians")
    figures.metric("spread_p95_ratio", max(pages) / min(pages), TURNS)
