"""Settings: read in one place, listed in one file, and an odd value stops the process."""

import re

import pytest

from governance import env
from tests.architecture import source
from tests.architecture.source import ROOT

READ = re.compile(r'env\.\w+\(\s*"(\w+)"')
READERS = {
    "governance/env.py",
    "governance/celery.py",  # names the settings
    "governance/wsgi.py",  # names the settings
    "governance/bench/reference.py",  # a program of its own, to measure against
    "governance/bench/serving.py",  # passes its own environment on to that program
}
LISTED = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def settings_text() -> str:
    return (ROOT / "governance/settings.py").read_text(encoding="utf-8")


def example_text() -> str:
    return (ROOT / ".env.example").read_text(encoding="utf-8")


def test_the_example_lists_exactly_what_the_settings_read() -> None:
    listed = LISTED.findall(example_text())
    assert set(READ.findall(settings_text())) == set(listed)
    assert len(listed) == len(set(listed))


def test_every_line_of_the_example_is_explained() -> None:
    blocks = example_text().strip().split("\n\n")
    for block in blocks:
        assert block.startswith("# "), block


@pytest.mark.parametrize("planted", ['X = env.text("NEW_THING")', 'X = env.flag(\n    "NEW_THING"'])
def test_a_setting_missing_from_the_example_is_noticed(planted: str) -> None:
    read = set(READ.findall(settings_text() + planted))
    assert read != set(LISTED.findall(example_text()))


def test_only_the_settings_read_the_environment() -> None:
    """The launcher runs before Django and hands the settings their environment."""
    found = [
        file.path
        for file in source.project()
        if re.search(r"os\.environ|os\.getenv", file.text)
        and not file.path.startswith("governance/launch/")
    ]
    assert set(found) <= READERS


@pytest.mark.parametrize(
    ("name", "value", "reader"),
    [
        ("DEBUG", "yes", lambda: env.flag("DEBUG", default=False)),
        ("BEAT_SECONDS", "soon", lambda: env.number("BEAT_SECONDS", 30)),
        ("DATABASE_URL", "mysql://x/y", lambda: env.database("DATABASE_URL")),
        ("FIELD_KEYS", "1:short", lambda: env.keys("FIELD_KEYS")),
    ],
)
def test_odd_values_stop_the_process(monkeypatch, name: str, value: str, reader) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.delenv(f"{name}_FILE", raising=False)
    with pytest.raises(env.BadSetting, match=name):
        reader()


def test_a_missing_value_names_the_example(monkeypatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    with pytest.raises(env.BadSetting, match=r"SECRET_KEY.*\.env\.example"):
        env.text("SECRET_KEY")


def test_a_secret_may_come_from_a_file(monkeypatch, tmp_path) -> None:
    (tmp_path / "key").write_text("from the file\n", encoding="utf-8")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    assert env.text("SECRET_KEY") == "from the file"
