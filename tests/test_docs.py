"""What is written about the code is true of it: links lead somewhere, numbers exist."""

import re

import pytest

from tests.architecture.source import ROOT, project, suite

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
NUMBERED = re.compile(r"^(\d+)\. \*\*|^(\d+)\. ", re.MULTILINE)
LONGEST = {"README.md": 150, "CONTRIBUTING.md": 120}  # lines
# Roots of a machine, and addresses of machines, have no place in a document.
MACHINE = re.compile(r"(?<![\w.])/(work|home|root|tmp|Users)/|localhost:\d|registry\.|mirrors?\.")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    missing = [
        target
        for target in targets
        if not target.startswith("http") and not (page.parent / target).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_knows_a_machine(page) -> None:
    assert MACHINE.findall(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("name", "lines"), LONGEST.items())
def test_what_everybody_reads_is_short(name: str, lines: int) -> None:
    assert (ROOT / name).read_text(encoding="utf-8").count("\n") <= lines


def test_decisions_and_adrs_that_the_code_names_exist() -> None:
    text = (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
    decided = {int(a or b) for a, b in NUMBERED.findall(text)}
    pages = {page.name[:4] for page in (ROOT / "docs/adr").glob("*.md")}
    for file in (*project(), *suite()):
        for numbers in re.findall(r"decisions\.md (\d+(?:, \d+)*)", file.text):
            assert {int(one) for one in numbers.split(", ")} <= decided, file.path
        assert set(re.findall(r"docs/adr/(\d{4})", file.text)) <= pages, file.path


def test_the_code_names_no_document_that_is_not_here() -> None:
    present = {page.name for page in PAGES}
    for file in project():
        named = set(re.findall(r"\b([a-z][a-z-]+\.md)\b", file.text))
        assert named <= present, file.path


def test_modules_named_in_the_contributors_table_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:cases|grids|governance|tests|docs)/[\w/.]+)`", text))
    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []
