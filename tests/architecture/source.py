"""One file of the project as the rules read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LAYERS = ["grids", "cases", "governance"]  # lower first


@dataclass(frozen=True)
class Source:
    """A file: its path from the root with slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        return self.path.split("/")[0]

    @property
    def module(self) -> str:
        """Dotted name, without ``__init__``."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def is_migration(self) -> bool:
        return "/migrations/" in self.path

    def walk(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in self.walk():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def classes(self) -> Iterator[ast.ClassDef]:
        for node in self.walk():
            if isinstance(node, ast.ClassDef):
                yield node

    def strings(self) -> Iterator[tuple[int, str]]:
        """Line and value of every string that is not a docstring; f-strings in their parts."""
        docs = {
            id(body[0].value)
            for node in self.walk()
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and (body := node.body)
            and isinstance(body[0], ast.Expr)
        }
        for node in self.walk():
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docs
            ):
                yield node.lineno, node.value


def imported(tree: ast.AST) -> set[str]:
    """Full names a tree imports: ``from a import b`` gives ``a.b``."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def project() -> list[Source]:
    """Every Python file of the three packages."""
    files = (file for package in LAYERS for file in sorted((ROOT / package).rglob("*.py")))
    return [read(file) for file in files]


def suite() -> list[Source]:
    return [read(file) for file in sorted((ROOT / "tests").rglob("*.py"))]


def read(file: Path) -> Source:
    return Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8"))
