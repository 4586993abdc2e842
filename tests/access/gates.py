"""Every call that narrows rows to what a person may see, and a way to take one of them out.

The calls are found in the source; a call is taken out by letting it answer all rows, or by
letting a power say yes. That is what removing it from the line would do, without starting the
product anew.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from grids import powers
from grids.models import User
from grids.scoping import ScopedQuerySet
from grids.staffing import Post
from tests.architecture.source import ROOT

PACKAGES = ("grids", "cases", "governance")
PASSED_THROUGH = ("django/db/models/manager.py", "tests/access/gates.py")
POWERS = "grids/powers.py"


@dataclass(frozen=True)
class Call:
    """One call of a gate: where it ends in its file is its name while the program runs."""

    file: str
    end: tuple[int, int]
    gate: str
    inside: str  # the function it stands in
    nth: int  # of several in that function

    def __str__(self) -> str:
        """The name under which its door is known."""
        again = f" {self.nth}" if self.nth > 1 else ""
        return f"{self.file} {self.inside} {self.gate}{again}"


def gated() -> dict[tuple[object, str], Callable[..., Any]]:
    """The methods of scoped query sets that take the person who looks, and the powers."""
    found: dict[tuple[object, str], Callable[..., Any]] = {}
    for kind in [ScopedQuerySet, *subclasses(ScopedQuerySet)]:
        for name, value in vars(kind).items():
            if inspect.isfunction(value) and takes(User, value, 1):
                found[kind, name] = value
    for name, value in vars(powers).items():
        if inspect.isfunction(value) and takes(Post, value, 0):
            found[powers, name] = value
    return found


def subclasses(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def takes(kind: type, function: Callable[..., Any], place: int) -> bool:
    names = list(inspect.signature(function).parameters.values())
    return len(names) > place and names[place].annotation in (kind, kind.__name__)


@cache
def calls() -> tuple[Call, ...]:
    """Every call of a gate in the product."""
    names = {name for _, name in gated()}
    found: list[Call] = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text("utf-8")
            if "/migrations/" not in path.as_posix() and any(name in text for name in names):
                found += numbered(calls_in(path, ast.parse(text), names))
    return tuple(found)


def numbered(found: Iterator[Call]) -> Iterator[Call]:
    seen: dict[tuple[str, str], int] = {}
    for one in found:
        key = (one.inside, one.gate)
        seen[key] = seen.get(key, 0) + 1
        yield Call(one.file, one.end, one.gate, one.inside, seen[key])


def calls_in(path: Path, tree: ast.AST, names: set[str], inside: str = "") -> Iterator[Call]:
    file = path.relative_to(ROOT).as_posix()
    for node in ast.iter_child_nodes(tree):
        here = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else inside
        if isinstance(node, ast.Call) and (gate := called(node, file)) in names:
            yield Call(file, (node.end_lineno or 0, node.end_col_offset or 0), gate, inside, 1)
        yield from calls_in(path, node, names, here)


def called(node: ast.Call, file: str) -> str:
    """The name a call goes by. Powers are asked as ``powers.governs``: taken out of the module
    they would still stand wherever they were imported by name."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) and file == POWERS else ""


def caller(frame: FrameType | None) -> tuple[str, tuple[int, int]] | None:
    """File and end of the call that is being made, as ``Call`` names it."""
    while frame and frame.f_code.co_filename.endswith(PASSED_THROUGH):
        frame = frame.f_back
    if frame is None:
        return None
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    name = frame.f_code.co_filename.removeprefix(f"{ROOT}/")
    return name, (positions[1] or 0, positions[3] or 0)


@contextmanager
def watched(note: Callable[[str, tuple[int, int]], bool]) -> Iterator[None]:
    """Tell ``note`` of every call of a gate; the gate stands open when it says True."""
    with ExitStack() as stack:
        for (kind, name), original in gated().items():
            stack.enter_context(mock.patch.object(kind, name, opened(original, note)))
        yield


def opened(
    original: Callable[..., Any], note: Callable[[str, tuple[int, int]], bool]
) -> Callable[..., Any]:
    def gate(first: Any, *args: Any, **kwargs: Any) -> Any:
        here = caller(sys._getframe(1))
        if here and note(*here):
            return True if isinstance(first, Post) else first.all()
        return original(first, *args, **kwargs)

    return gate
