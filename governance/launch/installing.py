"""What ``./run init`` must know: from flags, from the environment, else asked for."""

import argparse
import os
import sys
from pathlib import Path

from governance.launch.console import CannotStart

MARK = "installation"  # file of the state folder: real cases are written here
# Flag, question, what is taken when the answer is empty.
QUESTIONS = (
    ("district", "Code of the district (twelve digits, see grids/seed/areas_seed.csv)", ""),
    ("prefix", "Letters that begin every case number, for example SM", ""),
    ("username", "User name of the first security administrator", "security"),
    ("display_name", "Their name", ""),
)


def ask(arguments: list[str]) -> list[str]:
    """Arguments of ``manage.py install``. A flag wins over ``INIT_…`` of the environment; what
    is still missing is asked for at a terminal. Raises ``CannotStart`` where nobody can answer.
    """
    parser = argparse.ArgumentParser(prog="./run init", allow_abbrev=False)
    for name, question, _ in QUESTIONS:
        parser.add_argument(option(name), help=question)
    parser.add_argument("--areas", help="CSV of places to import from (default: those included)")
    parser.add_argument("--year", help="edition of that file")
    parser.add_argument("--valid-from", help="its cut-off date")
    given = vars(parser.parse_args(arguments))
    found = []
    for name, question, usual in QUESTIONS:
        value = given[name] or os.environ.get(f"INIT_{name.upper()}", "") or asked(question, usual)
        if not value:
            raise CannotStart(
                f"{option(name)} is missing: {question}. Give the flag, or INIT_{name.upper()}."
            )
        found += [option(name), value]
    if given["areas"]:
        found += ["--areas", str(Path(given["areas"]).absolute())]
    for name in ("year", "valid_from"):
        if given[name]:
            found += [option(name), given[name]]
    return found


def option(name: str) -> str:
    return "--" + name.replace("_", "-")


def asked(question: str, usual: str) -> str:
    """An answer from the terminal; the usual one where there is none."""
    if not sys.stdin.isatty():
        return usual
    try:
        return input(f"{question}{f' [{usual}]' if usual else ''}: ").strip() or usual
    except EOFError:
        return usual
