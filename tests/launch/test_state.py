"""The state folder: one launcher at a time, private keys, nothing made anew over old data."""

import json
import os
import socket
from pathlib import Path

import pytest

from governance import env
from governance.launch import ports, secrets_file, servers
from governance.launch.console import CannotStart
from governance.launch.postgres import binaries
from governance.launch.state import Lock, make_folder, read_json


@pytest.fixture(autouse=True)
def no_keys_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in secrets_file.NAMES:
        monkeypatch.delenv(name, raising=False)


class TestKeys:
    def test_are_made_once_and_only_the_owner_reads_them(self, tmp_path: Path) -> None:
        first = secrets_file.keys(tmp_path)
        assert secrets_file.keys(tmp_path) == first
        assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600

    def test_are_what_the_settings_read(self, tmp_path, monkeypatch) -> None:
        for name, value in secrets_file.keys(tmp_path).items():
            monkeypatch.setenv(name, value)
        rings = [env.keys(name) for name in secrets_file.RINGS]
        assert all(list(ring) == [1] for ring in rings)
        assert len({ring[1] for ring in rings}) == len(rings)

    def test_a_key_from_the_environment_wins(self, tmp_path, monkeypatch) -> None:
        made = secrets_file.keys(tmp_path)
        monkeypatch.setenv("SECRET_KEY", "mine")
        assert secrets_file.keys(tmp_path) == {**made, "SECRET_KEY": "mine"}

    def test_a_ring_that_came_later_is_added_to_an_old_file(self, tmp_path: Path) -> None:
        made = secrets_file.keys(tmp_path)
        old = {name: value for name, value in made.items() if name != "SEAL_KEYS"}
        (tmp_path / "keys.json").write_text(json.dumps(old))
        found = secrets_file.keys(tmp_path)
        assert {**found, "SEAL_KEYS": ""} == {**old, "SEAL_KEYS": ""} and found["SEAL_KEYS"]
        assert secrets_file.keys(tmp_path) == found

    def test_no_new_keys_beside_old_data(self, tmp_path: Path) -> None:
        (tmp_path / "pg18").mkdir()
        (tmp_path / "pg18" / "PG_VERSION").write_text("18")
        with pytest.raises(CannotStart, match="keys.json is missing"):
            secrets_file.keys(tmp_path)
        assert not (tmp_path / "keys.json").exists()

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"SECRET_KEY": "x"}'])
    def test_a_damaged_file_is_never_replaced(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "keys.json").write_text(text)
        with pytest.raises(CannotStart, match="restore it from a backup"):
            secrets_file.keys(tmp_path)
        assert (tmp_path / "keys.json").read_text() == text


class TestFolder:
    def test_is_private(self, tmp_path: Path) -> None:
        assert make_folder(tmp_path / "数据 a" / "b").stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize("path", ["/dev/null/state", "/proc/state"])
    def test_one_that_cannot_be_made_is_a_sentence(self, path: str) -> None:
        with pytest.raises(CannotStart, match="set JIEYOU_STATE"):
            make_folder(Path(path))

    def test_a_line_break_in_the_path_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CannotStart, match="line break"):
            make_folder(tmp_path / "a\nrequirepass b")

    def test_a_missing_file_is_none(self, tmp_path: Path) -> None:
        assert read_json(tmp_path / "run.json") is None


class TestLock:
    def test_only_one_has_it(self, tmp_path: Path) -> None:
        first, second = Lock(tmp_path), Lock(tmp_path)
        assert first.take()
        assert second.holder_lives()
        assert not second.take()
        first.release()
        assert second.take()
        second.release()


class TestPorts:
    def test_a_free_one_lies_below_those_of_outgoing_connections(self) -> None:
        assert all(ports.LOWEST <= ports.free_port() < 32768 for _ in range(20))

    def test_a_taken_one_is_a_sentence(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(CannotStart, match="is taken"):
                ports.web_port(str(taken.getsockname()[1]))

    @pytest.mark.parametrize("wish", ["http", "0", "65536", "-1", "８０"])
    def test_nonsense_is_a_sentence(self, wish: str) -> None:
        with pytest.raises(CannotStart, match="PORT="):
            ports.web_port(wish)

    def test_a_wish_is_granted(self) -> None:
        port = ports.free_port()
        assert ports.web_port(str(port)) == port


class TestGivenServers:
    def test_an_owner_without_an_application_role_is_refused(self, monkeypatch) -> None:
        monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://a@b/c")
        monkeypatch.delenv("DATABASE_URL", raising=False)
        with pytest.raises(CannotStart, match="set both"):
            servers.given()

    def test_a_file_may_hold_the_address(self, tmp_path, monkeypatch) -> None:
        (tmp_path / "url").write_text("postgresql://a@b/c\n")
        monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
        assert servers.given()["DATABASE_URL"] == "postgresql://a@b/c"

    def test_what_is_exported_wins_over_a_file(self, monkeypatch) -> None:
        monkeypatch.setenv("SOME_URL_FILE", "/nowhere")
        monkeypatch.setenv("SOME_URL", "old")
        servers.export({"SOME_URL": "new"})
        assert env.text("SOME_URL") == "new"
        assert "SOME_URL_FILE" not in os.environ

    def test_a_wrong_folder_of_programs_is_a_sentence(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setenv("PG_BIN", str(tmp_path))
        with pytest.raises(CannotStart, match="PG_BIN"):
            binaries()
