"""A database or broker that would work only halfway is refused in one clear sentence."""

import os
import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg2
import pytest

from governance.launch import checks
from governance.launch.console import CannotStart
from governance.launch.ports import free_port

OWNER = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
APPLICATION = os.environ["DATABASE_URL"]


def on(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def run_as_owner(statement: str) -> None:
    connection = psycopg2.connect(OWNER)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def refusal(url: str, owner_url: str = "") -> str:
    with pytest.raises(CannotStart) as raised:
        checks.database(url, owner_url)
    said = str(raised.value)
    assert "\n" not in said
    return said


@pytest.fixture
def make_database() -> Iterator[object]:
    """Creates an empty database with the given options; returns its name."""
    made: list[str] = []

    def make(options: str) -> str:
        name = f"checks_{secrets.token_hex(4)}"
        run_as_owner(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        made.append(name)
        return name

    yield make
    for name in made:
        run_as_owner(f"DROP DATABASE {name} WITH (FORCE)")


class TestDatabase:
    def test_a_good_one_passes(self, make_database) -> None:
        name = make_database("ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        checks.database(on(APPLICATION, name), on(OWNER, name))

    def test_a_character_type_without_chinese_is_refused(self, make_database) -> None:
        name = make_database("ENCODING 'UTF8' LOCALE 'C'")
        said = refusal(on(APPLICATION, name), on(OWNER, name))
        assert "LC_CTYPE" in said and "DATABASE_OWNER_URL" in said

    def test_another_encoding_is_refused(self, make_database) -> None:
        name = make_database("ENCODING 'SQL_ASCII' LOCALE 'C'")
        assert "SQL_ASCII" in refusal(on(APPLICATION, name), on(OWNER, name))

    def test_a_role_that_may_not_create_the_extension_is_refused(self, make_database) -> None:
        if OWNER == APPLICATION:
            return  # a single role owns everything here; nothing is forbidden to it
        name = make_database("ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        said = refusal(on(APPLICATION, name))
        assert "may not create the extension pg_trgm" in said and "DATABASE_URL" in said

    def test_an_extension_the_server_lacks_is_named(self, monkeypatch) -> None:
        monkeypatch.setattr(checks, "EXTENSIONS", ("no_such_extension",))
        assert "no_such_extension" in refusal(APPLICATION, OWNER)

    def test_an_old_server_is_refused(self, monkeypatch) -> None:
        monkeypatch.setattr(checks, "OLDEST", 99)
        assert "PostgreSQL 99 or newer is needed" in refusal(APPLICATION, OWNER)

    def test_nobody_listening(self) -> None:
        said = refusal(f"postgresql://somebody:secret@127.0.0.1:{free_port()}/x")
        assert "cannot be reached" in said and "secret" not in said

    def test_a_wrong_password(self) -> None:
        parts = urlsplit(APPLICATION)
        wrong = APPLICATION.replace(f":{parts.password}@", ":wrong@")
        assert "password authentication failed" in refusal(wrong, OWNER)

    @pytest.mark.parametrize("url", ["mysql://a/b", "nonsense"])
    def test_another_kind_of_address(self, url: str) -> None:
        assert "postgresql://" in refusal(url)


class TestBroker:
    def test_a_good_one_passes(self) -> None:
        checks.broker(os.environ["REDIS_URL"])

    @pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "nonsense"])
    def test_a_bad_one_is_refused(self, url: str) -> None:
        with pytest.raises(CannotStart, match="REDIS_URL: Redis cannot be reached"):
            checks.broker(url)
