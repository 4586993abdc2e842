"""Statement coverage: asked for by an option, measured where the meter is installed."""

import importlib.util

import pytest

from governance.launch import commands
from governance.launch.console import CannotStart


def test_without_the_option_pytest_runs_alone() -> None:
    assert commands.metered(["-q", "tests/rules"])[1:] == ["-m", "pytest", "-q", "tests/rules"]


def test_the_option_puts_the_meter_around_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    argv = commands.metered(["-q", "--covered=95", "-m", "not slow"])
    assert argv[1:3] == ["-m", "slipcover"]
    assert argv[argv.index("--fail-under") + 1] == "95"
    assert argv[-5:] == ["-m", "pytest", "-q", "-m", "not slow"]


def test_where_there_is_no_meter_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotStart, match="x86-64"):
        commands.metered(["--covered=95"])
