"""What a command does not understand it says in one sentence, in the user's language, exit 2."""

from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from grids.commanding import SpeakingCommand, spoken

OURS = ("grids", "cases", "governance")


def told_by(capsys: pytest.CaptureFixture[str], *line: str) -> str:
    """What ``manage.py`` says to a line it does not understand."""
    command = load_command_class(get_commands()[line[0]], line[0])
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", *line])
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1 and "usage" not in told.err
    return told.err.strip()


@pytest.mark.parametrize(
    ("line", "chinese"),
    [
        (["sweep", "--twice"], "sweep 不认识“--twice”，可用 --help 查看用法。"),
        (["sweep", "--once", "now"], "sweep 不认识“now”，可用 --help 查看用法。"),
        (["sweep", "--batch"], "--batch 后面缺少取值，可用 --help 查看用法。"),
        (["sweep", "--batch", "ten"], "--batch 不能是 'ten'，可用 --help 查看允许的取值。"),
        (["sweep", "--once=1"], "--once 不需要取值。"),
        (["deadline", "2026-02-12", "5wd", "--pauses", "x"],
         "deadline 不认识“--pauses x”，可用 --help 查看用法。"),
        (["import_holidays"],
         "import_holidays 缺少参数 file, --year, --document，可用 --help 查看写法。"),
        (["area_edition", "decide"],
         "area_edition decide 缺少参数 edition, answer，可用 --help 查看写法。"),
        (["import_areas", "x", "--t", "y"],
         "--t 可能指 --traceback, --tenants, --tenant-prefix，请写完整。"),
    ],
)  # fmt: skip
def test_one_sentence_in_the_language_of_the_office(
    capsys: pytest.CaptureFixture[str], line: list[str], chinese: str
) -> None:
    assert told_by(capsys, *line) == chinese


def test_in_the_language_chosen_on_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["deadline", "2026-02-12", "5wd", "--pauses", "x"]
    english = "deadline does not know --pauses x; --help lists what it knows."
    assert told_by(capsys, *line, "--lang", "en") == english
    assert told_by(capsys, *line, "--lang=en") == english
    assert "不认识" in told_by(capsys, *line, "--lang=zh")
    assert "--pause needs a value" in told_by(capsys, "deadline", "--lang", "en", "--pause")


@pytest.mark.parametrize("line", [[], ["2026-02-12"], ["2026-02-12", "5wd", "--lang", "fr"]])
def test_a_deadline_without_start_or_span_or_in_no_language(
    capsys: pytest.CaptureFixture[str], line: list[str]
) -> None:
    assert told_by(capsys, "deadline", *line)


def test_a_span_that_cannot_be_is_no_matter_of_the_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = load_command_class("cases", "deadline")
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "deadline", "2026-02-12", "5xx"])
    assert ended.value.code == 1 and capsys.readouterr().err.count("\n") == 1


def test_what_no_sentence_fits_is_quoted() -> None:
    said = spoken("sweep", "something new")
    assert "sweep" in said and "something new" in said


def test_programs_get_an_exception() -> None:
    with pytest.raises(CommandError, match="unrecognized"):
        call_command("sweep", "--twice")


def test_every_command_of_ours_speaks() -> None:
    found = {}
    for package in OURS:
        folder = import_module(f"{package}.management.commands")
        for one in iter_modules(folder.__path__):
            kind = import_module(f"{folder.__name__}.{one.name}").Command
            found[one.name] = kind
    silent = {name for name, kind in found.items() if not issubclass(kind, SpeakingCommand)}
    assert silent == {"migrate"}, "Django's own, with another role"
    assert len(found) > 12
