"""``./run init``: what it asks, and an installation that starts without any demo login."""

import io
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from governance.launch.console import CannotStart
from governance.launch.installing import MARK, ask
from governance.launch.ports import free_port
from tests.launch.processes import Launcher, bare_environment

COMMAND = [sys.executable, "-P", "-m", "governance.launch"]
FLAGS = ["--district", "350203000000", "--prefix", "SM", "--username", "anquan"]


def init(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "init", *arguments],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip


class TestAnswers:
    def test_flags_win_over_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("INIT_PREFIX", "XX")
        monkeypatch.setenv("INIT_DISPLAY_NAME", "安全员")
        found = ask(FLAGS)
        assert found == [*FLAGS, "--display-name", "安全员"]

    def test_a_missing_answer_is_named_where_nobody_can_be_asked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with pytest.raises(CannotStart, match="--district is missing.*INIT_DISTRICT"):
            ask([])


@pytest.mark.slow
def test_a_real_installation_from_nothing(tmp_path: Path) -> None:
    environment = bare_environment(tmp_path)
    environment.pop("DEMO")  # the mark of the installation decides
    made = init(environment, *FLAGS, "--display-name", "安全员")
    assert made.returncode == 0, made.stderr
    assert "one-time password" in made.stdout
    assert made.stderr.count("governance.W001") <= 1
    assert (tmp_path / MARK).exists()
    again = init(environment, *FLAGS, "--display-name", "安全员")
    assert (again.returncode, "in use already" in again.stderr) == (1, True)

    refused = Launcher(["-m", "governance.launch", "up"], dict(environment, DEMO="1"))
    code, said = refused.finish()
    assert code == 1 and "governance.E006" in said

    port = free_port()
    running = Launcher(["-m", "governance.launch", "up"], dict(environment, PORT=str(port)))
    try:
        running.read_until("READY")
        said = "".join(running.lines)
        assert said.count("governance.W001") <= 1
        assert "Demonstration logins" not in said
        body = urllib.parse.urlencode({"username": "secadmin"}).encode()
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/demo/enter/", body, timeout=10)
        assert caught.value.code in (403, 404)
    finally:
        running.kill_for_good()
