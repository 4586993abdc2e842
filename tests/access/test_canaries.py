"""No word of anybody else: not on a page, not in the API, not in a file taken out, not in the
log. What is asked stands in policy.toml, what must not come back in tests/access/canaries.py.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.test import Client

from cases import figures, intake, sealing
from cases.intake import Draft, PartyDraft
from cases.models import Attachment
from cases.outbox import deliver
from cases.rules.workflow import Kind
from grids.models import Area, Unit
from grids.roles import Role, UnitKindCode
from grids.staff import hire, post
from tests.access.asking import POLICY, content_of, sent, url_of
from tests.access.canaries import EXCUSED, TOKEN, Scene, ours, text_fields, too_short, wanted
from tests.access.policy import Entry
from tests.access.things import Thing, Things, relations
from tests.world import SINCE

pytestmark = pytest.mark.slow  # once in a run of everything, not again on the second database
# Open to everybody, or the description of the product; and what needs a thing of its own.
LEFT_OUT = {"grids:notice", "api:schema", "start", "logout", "demo_enter"}
SEARCHED = ("cases:queue", "api:cases", "cases:areas", "office:staff", "office:units")
# Who asks about things of others, one by one: all others do so in the matrix.
ASKING = ("triage", "sys_admin")
WORKING = (*ASKING, "grid_worker", "mediator", "leader", "auditor")
OWN = re.compile(r"KN-\d{3}-\w")  # of the cases of the matrix: the log names nobody's words


class Heard(logging.Handler):
    """Everything the product logs, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def scene(things: Things, area: Area, unit: Unit, about: Unit, *, shared: bool) -> Scene:
    tenant = area.tenant
    assert tenant is not None
    user = hire(username=f"canary-{area.pk}", display_name="canary")
    post(user, Role.GRID_WORKER, unit, area, SINCE)
    told = Draft(
        kind=Kind.DISPUTE, text="两家因水沟争执。", category="D02", area_id=area.pk,
        parties=(PartyDraft("张三", "13800005678", "2组15号"),),
    )  # fmt: skip
    case = intake.register(told, actor=user).case
    Attachment.objects.create(
        case=case, tenant_id=case.tenant_id, uploaded_by=user, at=case.registered_at, name="a",
        media_type="image/jpeg", size=1, sha256=bytes(32), storage_key="a", state="ready",
    )  # fmt: skip
    above = things.stage.unit("nanshan" if shared else "hubin", UnitKindCode.DISCIPLINE)
    if not above.postings.exists():
        liaison = hire(username=f"liaison-{area.pk}", display_name="liaison")
        post(liaison, Role.DISCIPLINE_LIAISON, above, above.area, SINCE)
    accusation = Draft(kind=Kind.REQUEST, text="收礼。", area_id=area.pk)
    key, words = f"canary-{area.pk}", b"canary"
    matter = sealing.register(
        accusation, about.pk, "", actor=user, key=key, digest=words
    ).matter  # fmt: skip
    return Scene(tenant, area, unit, user, case, matter, shared)


@pytest.fixture(scope="module")
def planted(things: Things) -> Iterator[tuple[dict[str, str], list[Scene]]]:
    """The canaries of both scenes by column; taken back after this module."""
    world = things.stage.world
    with transaction.atomic():
        village = world.unit(world.songpo, UnitKindCode.VILLAGE_COMMITTEE)
        abroad = scene(things, world.songpo1, world.songpo1_team, village, shared=True)
        far = scene(things, world.dukou1, world.dukou1_team, world.dukou_committee, shared=False)
        words = {f"abroad {name}": word for name, word in abroad.plant().items()}
        words |= {f"far {name}": word for name, word in far.plant().items()}
        for one in (abroad, far):
            for row in (one.area, one.unit, one.user, one.case, one.matter):
                row.refresh_from_db()
        yield words, [abroad, far]
        transaction.set_rollback(True)


def test_every_text_field_has_its_canary(planted: tuple[dict[str, str], list[Scene]]) -> None:
    """Read back from the tables: a new field without one fails here."""
    words, _scenes = planted
    missing = []
    for name in wanted():
        label, _, column = name.rpartition(".")
        (model,) = [one for one in ours() if one._meta.label == label]
        rows = model._base_manager.filter(**{f"{column}__isnull": False})
        values = str(list(rows.values_list(column, flat=True)))
        if words[f"abroad {name}"] not in values:
            missing.append(name)
    assert missing == []
    known = {one._meta.label for one in ours()} | {
        f"{one._meta.label}.{field.name}" for one in ours() for field in text_fields(one)
    }
    assert sorted(set(EXCUSED) - known) == [], "excused, but gone"
    assert set(too_short()) & set(wanted()) == set()
    assert len(words) > 100


def test_the_canaries_do_sing(planted: tuple[dict[str, str], list[Scene]]) -> None:
    """Whoever works at the place reads them."""
    words, scenes = planted
    for name, one in zip(("abroad", "far"), scenes, strict=True):
        client = Client()
        client.force_login(one.user)
        page = client.get(f"/case/{one.case.number}/").content.decode()
        for column in ("cases.Story.text", "cases.Party.name", "cases.CaseNote.text"):
            assert words[f"{name} {column}"] in page, (name, column)


def asked(
    entry: Entry, method: str, url: str, client: Client, thing: Thing | None
) -> tuple[int, set[str]]:
    """Status and canaries of an answer, those of its own address left out."""
    with transaction.atomic():
        answer = sent(client, entry, method, url, thing)
        text = f"{answer.headers}\n{content_of(answer).decode(errors='replace')}"
        transaction.set_rollback(True)
    return answer.status_code, set(TOKEN.findall(text)) - set(TOKEN.findall(url))


def methods(entry: Entry) -> list[str]:
    """Reading, and taking files out."""
    return [one for one in entry.answers if one == "GET" or "export" in entry.name]


def foreign(entry: Entry, scenes: list[Scene]) -> Iterator[Thing]:
    """The things of the scenes that ``entry`` could be about."""
    for one in scenes:
        rows = {
            "case": one.case, "area": one.area, "grid": one.area, "unit": one.unit,
            "staff": one.user, "post": one.user.postings.get(), "sealed": one.matter,
        }  # fmt: skip
        if entry.thing in rows:
            yield Thing(entry.thing, "foreign", rows[entry.thing], "")


def test_no_foreign_word_in_any_answer_or_in_the_log(
    things: Things, planted: tuple[dict[str, str], list[Scene]]
) -> None:
    words, scenes = planted
    where = {word.lower(): name for name, word in words.items()}
    found, count = [], 0
    with listening() as heard:
        for who, entry, method, url, client, thing in questions(things, scenes):
            before = len(heard.lines)
            status, leaked = asked(entry, method, url, client, thing)
            count += 1
            assert status < 500, f"{method} {url} as {who}: {status}"
            lines = " ".join(heard.lines[before:])
            leaked |= set(TOKEN.findall(lines)) - set(TOKEN.findall(url))
            found += [f"{method} {url} as {who}: {where[word.lower()]}" for word in leaked]
            found += [f"the log of {method} {url}: {word}" for word in OWN.findall(lines)]
        before = len(heard.lines)
        deliver()
        figures.fold()
    found += TOKEN.findall(" ".join(heard.lines[before:]))
    assert found == [], "\n".join(found[:30])
    print({"canaries": len(words), "answers": count, "lines of log": len(heard.lines)})
    assert count > 500 and len(heard.lines) > 50


@contextmanager
def listening() -> Iterator[Heard]:
    """The log of an installation, with a line for every address that is not there."""
    heard, root = Heard(), logging.getLogger()
    loggers = {root: logging.INFO, logging.getLogger("django.request"): logging.WARNING}
    before = {one: one.level for one in loggers}
    root.addHandler(heard)
    for one, level in loggers.items():
        one.setLevel(level)
    try:
        yield heard
    finally:
        root.removeHandler(heard)
        for one, level in before.items():
            one.setLevel(level)


Asked = tuple[str, Entry, str, str, Client, Thing | None]


def questions(things: Things, scenes: list[Scene]) -> Iterator[Asked]:
    """Everybody at home at every address; some at what is not theirs; searches for it."""
    at_home = [things.stage.people[role, "posted"] for role in Role]
    entries = [one for one in POLICY.entries if one.name not in LEFT_OUT and not one.demo]
    for entry in entries:
        for person in at_home:
            thing = next(iter(things.around(person, entry.thing)), None) if entry.thing else None
            if entry.thing and (thing is None or person.role.value not in WORKING):
                continue
            for method in methods(entry):
                ties = relations(person, thing)
                if entry.expected(POLICY, method, person.role.value, ties) < 400:
                    yield str(person), entry, method, url_of(entry, thing), person.browser(), thing
        for role in ASKING:
            person = things.stage.people[Role(role), "posted"]
            for thing in foreign(entry, scenes):
                for method in methods(entry):
                    yield str(person), entry, method, url_of(entry, thing), person.browser(), thing
        if entry.name in SEARCHED and "GET" in entry.answers:
            url = url_of(entry, None)
            mark = "&" if "?" in url else "?"
            for person in at_home:
                yield str(person), entry, "GET", f"{url}{mark}q=kj-", person.browser(), None
