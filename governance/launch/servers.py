"""The database and broker a command works on: given by the environment, or our own."""

import os
import secrets
from pathlib import Path

from governance import env
from governance.launch import checks
from governance.launch.console import CannotStart, say
from governance.launch.ports import free_port
from governance.launch.postgres import APPLICATION, OWNER, Postgres
from governance.launch.supervisor import Supervisor
from governance.launch.valkey import Valkey


def given() -> dict[str, str]:
    """The servers named in the environment (``NAME`` or ``NAME_FILE``)."""
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
    found = {name: env.text(name, "").strip() for name in names}
    if found["DATABASE_OWNER_URL"] and not found["DATABASE_URL"]:
        raise CannotStart("DATABASE_OWNER_URL is set but DATABASE_URL is not; set both.")
    return {name: value for name, value in found.items() if value}


def bring_up(
    supervisor: Supervisor, state: Path, wanted: dict[str, str], *, throw_away: bool, sync: bool
) -> dict[str, str]:
    """Start what ``wanted`` does not name, check both, return their addresses."""
    urls = dict(wanted)
    if "DATABASE_URL" not in urls:
        _forget_defaults()
        postgres = Postgres(state, throw_away=throw_away, sync=sync)
        postgres.prepare(supervisor)
        postgres.start(supervisor)
        urls["DATABASE_URL"] = postgres.url(APPLICATION)
        urls["DATABASE_OWNER_URL"] = postgres.url(OWNER)
    elif "DATABASE_OWNER_URL" not in urls:
        say(
            "WARNING: DATABASE_OWNER_URL is not set, so one database role both runs the "
            "application and owns its tables. The rules that keep records unchangeable are "
            "then only as strong as the triggers; use two roles for real cases."
        )
    checks.database(urls["DATABASE_URL"], urls.get("DATABASE_OWNER_URL", ""))
    if "REDIS_URL" not in urls:
        valkey = Valkey(state)
        valkey.start(supervisor)
        urls["REDIS_URL"] = valkey.url()
    checks.broker(urls["REDIS_URL"])
    return urls


def to_be(supervisor: Supervisor, state: Path) -> dict[str, str]:
    """Addresses for servers that somebody else starts in ``state``, behind relays of theirs; the
    database is made already, so that its passwords are known."""
    _forget_defaults()
    postgres = Postgres(state, sync=True)
    postgres.prepare(supervisor)
    postgres.port = free_port()
    urls = {"DATABASE_URL": postgres.url(APPLICATION), "DATABASE_OWNER_URL": postgres.url(OWNER)}
    password = secrets.token_urlsafe(24)
    return {**urls, "REDIS_URL": f"redis://:{password}@127.0.0.1:{free_port()}/0"}


def forget_given() -> None:
    """A given database is never touched by what breaks things."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        for one in (name, f"{name}_FILE"):
            os.environ.pop(one, None)


def _forget_defaults() -> None:
    """PGSSLMODE, PGOPTIONS and the like are meant for the user's own server, not for ours."""
    for name in [name for name in os.environ if name.startswith("PG") and name != "PG_BIN"]:
        del os.environ[name]


def export(values: dict[str, str]) -> None:
    """Make ``values`` the environment of all later children; NAME_FILE must not win over them."""
    for name, value in values.items():
        os.environ.pop(f"{name}_FILE", None)
        os.environ[name] = value
