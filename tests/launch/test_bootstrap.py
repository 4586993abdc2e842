"""``run`` itself: what it decides before any package is installed."""

import importlib.util
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from governance.launch.state import ROOT

LOCKS = ["requirements.txt", "requirements-dev.txt"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The file ``run`` as a module, looking at a finished environment in ``tmp_path``."""
    loader = SourceFileLoader("bootstrap", str(ROOT / "run"))
    spec = importlib.util.spec_from_loader("bootstrap", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").write_text("")
    (venv / ".stamp-python").write_text(sys.version)
    for name, value in {
        "ROOT": tmp_path,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "UNFINISHED": venv / ".unfinished",
    }.items():
        monkeypatch.setattr(module, name, str(value))
    for lock in LOCKS:
        (tmp_path / lock).write_text(f"# {lock}")
        (venv / f".stamp-{lock}").write_text(module.fingerprint(lock))
    return module


class TestWhatToInstall:
    def test_nothing_when_all_is_there(self, run: ModuleType) -> None:
        assert run.to_do(LOCKS) == (False, [])

    def test_only_the_lock_that_changed(self, run: ModuleType, tmp_path: Path) -> None:
        (tmp_path / LOCKS[1]).write_text("# newer")
        assert run.to_do(LOCKS) == (False, [LOCKS[1]])

    def test_all_after_an_unfinished_set_up(self, run: ModuleType, tmp_path: Path) -> None:
        (tmp_path / ".venv" / ".unfinished").write_text("")
        assert run.to_do(LOCKS) == (True, LOCKS)

    def test_all_for_another_python(self, run: ModuleType, tmp_path: Path) -> None:
        (tmp_path / ".venv" / ".stamp-python").write_text("3.11.0")
        assert run.to_do(LOCKS) == (True, LOCKS)

    def test_all_when_the_python_is_gone(self, run: ModuleType, tmp_path: Path) -> None:
        (tmp_path / ".venv" / "bin" / "python").unlink()
        assert run.to_do(LOCKS) == (True, LOCKS)


class TestMirror:
    def test_pips_mirror_is_passed_on(self, run: ModuleType) -> None:
        made = run.uv_environment({"PIP_INDEX_URL": "https://mirror.example/simple"})
        assert made["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"

    def test_a_mirror_for_uv_is_left_alone(self, run: ModuleType) -> None:
        given = {"UV_DEFAULT_INDEX": "https://a.example", "PIP_INDEX_URL": "https://b.example"}
        assert run.uv_environment(given)["UV_DEFAULT_INDEX"] == "https://a.example"


class TestUsage:
    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ROOT / "run", *arguments], capture_output=True, text=True
        )

    def test_help(self) -> None:
        done = self.call("--help")
        assert done.returncode == 0
        assert "./run test" in done.stdout

    def test_an_unknown_command(self) -> None:
        done = self.call("dance")
        assert done.returncode == 2
        assert "Unknown command: dance" in done.stderr and "usage:" in done.stderr
        assert done.stdout == ""
