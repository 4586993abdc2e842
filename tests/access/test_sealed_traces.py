"""No trace of a sealed matter: in no page, file, table, log or answer of anybody it is not for.

Canary words stand in every field of two accusations against 青石镇's governance centre: one sealed
at intake, one recorded as an ordinary dispute, worked on, and sealed afterwards. Everybody of the
matrix and of the world but 湖滨区's liaison asks every address about them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch

from cases import attachments, figures, sealed_work, sealing
from cases.intake import Draft, PartyDraft
from cases.models import Case, SealedMatter
from cases.outbox import deliver
from cases.rules.sealing import SealedVerb
from cases.rules.workflow import Kind, Verb
from grids import access
from grids.models import User
from grids.roles import Role, UnitKindCode
from tests.access.asking import ADDRESSES, POLICY, content_of, sent, url_of
from tests.access.policy import Entry
from tests.access.things import Thing, Things
from tests.cases.matters import NEIGHBOURS, dispute, do
from tests.cases.sealed import JPEG

pytestmark = pytest.mark.slow  # once in a run of everything, not again on the second database
CANARIES = [f"金丝雀{mark}号" for mark in "甲乙丙丁戊己庚辛"]
TEXT, PLACE, NAME, ADDRESS, WRITTEN, NOTE, FILE, STEP = CANARIES
PHONE = "13912348765"
# What differs between two answers to the same question: tokens, moments, retry keys.
VARYING = re.compile(
    r"csrfmiddlewaretoken\" value=\"\w+\"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+\d\d:\d\d)?|\b\d+ (min|h|分钟|小时)\b"
    r"|_seconds\": (null|\d+)|\b\d+ seconds old"
)


@dataclass
class Accused:
    """Both matters, and the shell of the one that was a case."""

    intake: SealedMatter
    later: SealedMatter
    shell: Case

    @property
    def secrets(self) -> list[str]:
        """What no answer may hold."""
        return [*CANARIES, PHONE, self.intake.number, self.later.number, self.shell.number]


def told(text: str) -> Draft:
    return Draft(
        kind=Kind.REQUEST, text=text, place=PLACE, parties=(PartyDraft(NAME, PHONE, ADDRESS),)
    )


def sealed_at_intake(things: Things) -> SealedMatter:
    world = things.stage.world
    upload = SimpleUploadedFile(f"{FILE}.jpg", JPEG, "image/jpeg")
    return sealing.register(
        told(f"{TEXT}，综治中心收礼。"), world.qingshi_centre.pk, WRITTEN, actor=world.gao,
        key="traces-1", digest=b"traces", uploads=[upload],
    ).matter  # fmt: skip


def sealed_later(things: Things) -> Case:
    """A dispute with words everywhere, seen, told of, raised to the township, then sealed."""
    world = things.stage.world
    party = PartyDraft(NAME, PHONE, ADDRESS)
    case = dispute(world, text=f"{TEXT}，综治中心收礼。", place=PLACE, parties=(party, *NEIGHBOURS))
    upload = SimpleUploadedFile(f"{FILE}.jpg", JPEG, "image/jpeg")
    attachments.accept(case, [upload], actor=world.gao)
    do(case, Verb.SIGN, world.gao)
    do(case, Verb.SUPPLEMENT, world.gao, note=NOTE)
    do(case, Verb.RAISE, world.gao, reason="beyond_power", note=NOTE)
    access.looked(world.cun, "view", case.number, tenant_id=case.tenant_id, fields="text")
    deliver()
    figures.fold()
    do(case, Verb.SEAL, world.cun, unit_id=world.qingshi_centre.pk, text=WRITTEN)
    deliver()
    figures.fold()
    case.refresh_from_db()
    return case


@pytest.fixture(scope="module")
def liaison(things: Things) -> Iterator[User]:
    """湖滨区's liaison; what this module writes is taken back after it, this one included."""
    world, stage = things.stage.world, things.stage
    with transaction.atomic():
        unit = stage.unit("hubin", UnitKindCode.DISCIPLINE)
        yield world.person("jian", Role.DISCIPLINE_LIAISON, unit)
        transaction.set_rollback(True)
    del world.people["jian"]


@pytest.fixture(scope="module")
def accused(things: Things, liaison: User) -> Accused:
    at_intake, shell = sealed_at_intake(things), sealed_later(things)
    later = shell.sealed_shell.matter
    for matter in (at_intake, later):
        sealed_work.open_matter(liaison, matter.number, "work", None)
        sealed_work.act(liaison, matter.number, SealedVerb.RECEIVE)
        sealed_work.act(liaison, matter.number, SealedVerb.NOTE, note=STEP)
    return Accused(at_intake, later, shell)


def everybody(things: Things) -> Iterator[tuple[str, Client]]:
    """Every role at the place and beside it, and the world below the district's liaison."""
    yield from those(things, ("posted", "sibling"))
    yield from named(things, "gao", "cun", "mei", "ouyang", "tan", "han", "su", "ling", "wai")


def those(things: Things, ways: tuple[str, ...]) -> Iterator[tuple[str, Client]]:
    for person in things.stage:
        if person.way in ways:
            yield str(person), person.browser()


def named(things: Things, *names: str) -> Iterator[tuple[str, Client]]:
    for name in names:
        client = Client(headers={"accept-language": "en"})
        client.force_login(things.stage.world.people[name])
        yield name, client


def asked(
    client: Client, entry: Entry, method: str, url: str, thing: Thing | None = None
) -> tuple[int, str, str]:
    """Status, body and headers of an answer; whatever it wrote is taken back."""
    with transaction.atomic():
        answer = sent(client, entry, method, url, thing)
        body = content_of(answer).decode("utf-8", "replace")
        transaction.set_rollback(True)
    return answer.status_code, body, str(answer.headers)


def questions(things: Things, about: list[Thing]) -> Iterator[tuple[str, str, str]]:
    """(entry, method, url) of every address: as the policy asks, and about ``about``."""
    for entry in POLICY.entries:
        address = ADDRESSES[entry.name]
        subjects = about if entry.thing == "sealed" else []
        if entry.thing == "case":  # no case has the number of either matter: one shows both
            subjects = about[:2]
        if not subjects:
            subjects = [things.of(entry.thing)[0]] if entry.thing else [None]
        for thing in subjects:
            try:
                url = url_of(entry, thing)
            except (KeyError, NoReverseMatch):  # what only an ordinary case has, or had
                url = address.at(thing.row.number)
            for method in entry.answers:
                yield entry.title, method, url


def leaks(answer: tuple[int, str, str], secrets: list[str], url: str) -> list[str]:
    """Secrets in body or headers, beyond what was asked for in the address itself."""
    _, body, headers = answer
    return [one for one in secrets if one in body + headers and one not in url]


def test_searching_finds_nothing(things: Things, accused: Accused) -> None:
    for who, client in everybody(things):
        for words in (*accused.secrets, PHONE[-4:]):
            for url in ("/queue/", "/api/v1/cases/"):
                answer = client.get(url, {"q": words})
                said = answer.content.decode().replace(f'value="{words}"', "")
                assert accused.shell.number not in said.replace(words, ""), (who, words)
                assert f"/case/{accused.shell.number}" not in said, (who, words)


def test_no_answer_to_anybody_holds_a_trace(things: Things, accused: Accused) -> None:
    shell = Thing("case", "shell", accused.shell, "hubin")
    first = Thing("sealed", "intake", accused.intake, "hubin")
    later = Thing("sealed", "later", accused.later, "hubin")
    entries = {entry.title: entry for entry in POLICY.entries}
    found, asked_for = [], 0
    people = list(everybody(things))
    for title, method, url in questions(things, [shell, first, later]):
        entry, about = entries[title], any(one in url for one in accused.secrets)
        # The description of the API is the same for everybody, and slow to draw.
        for who, client in people[:1] if title == "api:schema" else people:
            answer = asked(client, entry, method, url)
            asked_for += 1
            if leaked := leaks(answer, accused.secrets, url):
                found.append(f"{method} {url} as {who}: {leaked}")
            if about and answer[0] not in (302, 401, 404, 405):
                found.append(f"{method} {url} as {who}: {answer[0]}")
    assert found == [], "\n".join(found[:30])
    assert asked_for > 3000


def test_sealing_at_intake_changes_no_page_of_anybody(things: Things, liaison: User) -> None:
    """Whoever compares a page before and after sees the same, letter by letter."""
    people = list(those(things, ("posted", "sibling")))
    entries = [entry for entry in POLICY.entries if not entry.thing and "GET" in entry.answers]
    urls = [(entry, url_of(entry, None)) for entry in entries]

    def pictures() -> dict[tuple[str, str], str]:
        return {
            (who, url): VARYING.sub("…", "{} {}".format(*asked(client, entry, "GET", url)))
            for entry, url in urls
            # The description of the API is the same for everybody, and slow to draw.
            for who, client in (people[:1] if entry.name == "api:schema" else people)
            # Every question adds to the log it shows; the deep check sweeps for the first only.
            if "audit" not in entry.name and entry.name != "healthz_deep"
        }

    before = pictures()
    with transaction.atomic():
        sealed_at_intake_again(things)
        after = pictures()
        transaction.set_rollback(True)
    changed = [key for key, text in before.items() if after[key] != text]
    assert changed == []
    assert len(before) > 200


def sealed_at_intake_again(things: Things) -> None:
    world = things.stage.world
    sealing.register(
        told(f"{TEXT}，又一件。"), world.qingshi_centre.pk, "", actor=world.gao,
        key=f"traces-{datetime.now(UTC).timestamp()}", digest=b"again",
    )  # fmt: skip


def test_no_table_holds_a_word(accused: Accused) -> None:
    for words in (*CANARIES, PHONE, PHONE[-4:]):
        assert columns_with(words) == [], words


def columns_with(words: str) -> list[str]:
    """Every column of every table, as text and as bytes, that contains ``words``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        found = []
        for table, column, kind in cursor.fetchall():
            if kind not in ("bytea", "text", "character varying", "json", "jsonb", "ARRAY"):
                continue  # in keys, moments and numbers four digits of a phone occur by chance
            if kind == "bytea":
                where, value = f'position(%s::bytea IN "{table}"."{column}")', words.encode()
            else:
                where, value = f'position(%s IN "{column}"::text)', words
            cursor.execute(f'SELECT 1 FROM "{table}" WHERE {where} > 0 LIMIT 1', [value])
            if cursor.fetchone():
                found.append(f"{table}.{column}")
        return found


def test_no_stored_file_holds_a_word(accused: Accused) -> None:
    def walk(folder: str) -> Iterator[str]:
        folders, files = default_storage.listdir(folder)
        yield from (f"{folder}/{name}".lstrip("/") for name in files)
        for inner in folders:
            yield from walk(f"{folder}/{inner}".lstrip("/"))

    names = [name for name in walk("") if name.startswith("sealed/")]
    assert len(names) >= 2
    for name in names:
        with default_storage.open(name) as file:
            content = file.read()
        assert JPEG not in content
        assert not [word for word in CANARIES if word.encode() in content or word in name]


def test_nothing_is_written_to_a_log(
    things: Things, liaison: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with transaction.atomic():
        sealed_later(things)
        sealed_at_intake_again(things)
        transaction.set_rollback(True)
    said = [r.getMessage() for r in caplog.records if not r.name.startswith("django.db.backends")]
    assert not [word for word in CANARIES if word in "\n".join(said)]


def test_the_liaison_alone_reads_every_word(accused: Accused, liaison: User) -> None:
    for matter in (accused.intake, accused.later):
        opened = sealed_work.open_matter(liaison, matter.number, "work", None)
        said = f"{opened.words}{[one.name for one in opened.files]}{opened.history}"
        wanted = {TEXT, PLACE, NAME, ADDRESS, WRITTEN, FILE, STEP, PHONE}
        if matter == accused.later:
            wanted.add(NOTE)
        assert [word for word in wanted if word not in said] == []


def test_numbers_of_ordinary_cases_have_no_gap(things: Things, liaison: User) -> None:
    with transaction.atomic():
        first = dispute(things.stage.world).number
        sealed_at_intake_again(things)
        second = dispute(things.stage.world).number
        transaction.set_rollback(True)
    assert int(second[-6:]) == int(first[-6:]) + 1
