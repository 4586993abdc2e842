"""Every English sentence the product can say, and what the catalogue says instead."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.utils.translation.template import templatize

from cases.rules.ladder import LADDERS
from cases.rules.numbers import NUMBERS
from governance.dashboard.numbers import FIGURES
from grids.errors import BrokenRule
from grids.roles import LEVEL_LABELS
from grids.words import Word
from tests.architecture.source import ROOT, Source, project

Named = defaultdict[str, list[ast.expr]]
CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
SPEAKERS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
COUNTERS = {"ngettext", "ngettext_lazy"}
LITERAL = r"""u?((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))"""
SPOKEN = re.compile(rf"\b(?:gettext|_)\({LITERAL}")
COUNTED = re.compile(rf"\bngettext\({LITERAL}\s*,\s*{LITERAL}")


def everything() -> dict[str, str]:
    """Every msgid with one place it comes from."""
    found: dict[str, str] = {}
    files = list(project())
    named: Named = defaultdict(list)
    for file in files:
        for name, value in assigned(file):
            if name.isupper():  # read elsewhere, too
                named[name].append(value)
    for file in files:
        for text in of_code(file, named):
            found.setdefault(text, file.path)
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for text in of_template(path.read_text(encoding="utf-8")):
            found.setdefault(text, path.relative_to(ROOT).as_posix())
    for text in of_tables():
        found.setdefault(text, "tables")
    return {text: place for text, place in found.items() if text}


def refusals(base: type = BrokenRule) -> Iterator[str]:
    """Names of the exceptions whose first argument is shown to people."""
    yield base.__name__
    for child in base.__subclasses__():
        yield from refusals(child)


def of_code(source: Source, named: Named) -> Iterator[str]:
    """What is passed to gettext, to a refusal, to ``need`` and ``wrong``, or a problem: as it
    stands there, by a name it was given before, or one of two."""
    exceptions = set(refusals())
    local: Named = defaultdict(list, {name: list(values) for name, values in named.items()})
    for name, value in assigned(source):
        if not name.isupper():
            local[name].append(value)
    for node in source.walk():
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        places: tuple[int, ...] = ()
        if name in SPEAKERS | exceptions:
            places = (0,)
        elif name in COUNTERS:
            places = (0, 1)
        elif method == "need":
            places = (2,)
        elif method == "wrong" or name == "Problem":
            places = (1,)
        for place in places:
            if place < len(node.args):
                yield from sentences(node.args[place], local if name in exceptions else {})


def assigned(source: Source) -> Iterator[tuple[str, ast.expr]]:
    """Every name of a file with what it was given; of ``a, b = …`` both with the whole."""
    for node in source.walk():
        if isinstance(node, ast.Assign):
            for target in node.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                yield from ((one.id, node.value) for one in names if isinstance(one, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def sentences(node: ast.expr, named: Mapping[str, list[ast.expr]]) -> Iterator[str]:
    """The strings ``node`` may be; of a table of refusals every value that is a sentence."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from sentences(body, named)
            yield from sentences(other, named)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            for value in named.get(name, []):
                yield from sentences(
                    value, {} if isinstance(value, ast.Name | ast.Attribute) else named
                )
        case ast.Subscript(value=ast.Name(id=name)):
            for value in named.get(name, []):
                parts = value.values if isinstance(value, ast.Dict) else []
                found = (text for part in parts for text in ast.walk(part))
                texts = (one.value for one in found if isinstance(one, ast.Constant))
                yield from (text for text in texts if isinstance(text, str) and " " in text)


def of_template(text: str) -> Iterator[str]:
    """What ``translate`` and ``blocktranslate`` of a template say."""
    code = templatize(text)
    for match in SPOKEN.finditer(code):
        yield ast.literal_eval(match.group(1))
    for match in COUNTED.finditer(code):
        yield from (ast.literal_eval(part) for part in match.groups())


def of_tables() -> Iterator[str]:
    """Labels that live in tables of the rules."""
    for words in Word.__subclasses__():
        if not words.__module__.startswith("tests."):
            yield from (word.label for word in words)
    yield from LEVEL_LABELS.values()
    yield from (ladder.name for ladder in LADDERS.values())
    for figure in FIGURES.values():
        yield from (figure.label, figure.about)
    for number in NUMBERS.values():
        yield from (number.label, number.said, number.about)


# --- the catalogue ----------------------------------------------------------------------
ENTRY = re.compile(
    r'^(?P<flags>(?:#.*\n)*)msgid (?P<id>(?:".*"\n)+)(?:msgid_plural (?P<plural>(?:".*"\n)+))?'
    r'msgstr(?:\[0\])? (?P<str>(?:".*"\n?)+)',
    re.MULTILINE,
)


def translations(path: Path) -> dict[str, str]:
    """msgid → translation; fuzzy and obsolete entries are left out."""
    found: dict[str, str] = {}
    for entry in ENTRY.finditer(path.read_text(encoding="utf-8")):
        if "fuzzy" in entry["flags"]:
            continue
        said = joined(entry["str"])
        found[joined(entry["id"])] = said
        if entry["plural"]:
            found[joined(entry["plural"])] = said
    found.pop("", None)
    return found


def plurals(path: Path) -> set[str]:
    """msgids that are only ever asked for with a number."""
    text = path.read_text(encoding="utf-8")
    return {joined(entry["plural"]) for entry in ENTRY.finditer(text) if entry["plural"]}


def joined(lines: str) -> str:
    return "".join(ast.literal_eval(line) for line in lines.strip().splitlines())


def places_in(text: str) -> set[str]:
    """Names that are filled in, e.g. ``%(n)s``."""
    return set(re.findall(r"%\((\w+)\)s", text))
