"""The commands of ``./run``. Each returns the exit code."""

import contextlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from governance.launch import installing, planted, readiness, secrets_file, servers
from governance.launch.console import CannotStart, Stopped, out, say
from governance.launch.ports import web_port
from governance.launch.state import ROOT, Lock, folder, make_folder, read_json, write_private
from governance.launch.supervisor import Program, Supervisor

MANAGE = [sys.executable, str(ROOT / "manage.py")]
COVERED = "--covered="  # an option of ./run test
STOPPED = 130  # what a shell reports after Ctrl-C
# manage.py commands that need no server and wait for none: they answer at once.
ALONE = frozenset({"deadline"})
NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "DATABASE_OWNER_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


@contextlib.contextmanager
def supervised(throw_away: Path | None = None) -> Iterator[Supervisor]:
    """A supervisor whose children are all gone afterwards, whatever happened."""
    supervisor = Supervisor(throw_away)
    try:
        yield supervisor
    finally:
        supervisor.stop_all()
        if throw_away is not None:
            shutil.rmtree(throw_away, ignore_errors=True)


def locked(state: Path) -> Lock:
    lock = Lock(state)
    if not lock.take():
        raise CannotStart(
            f"It is already running on {state}; stop that one first (Ctrl-C in its window), or "
            "set JIEYOU_STATE to another folder."
        )
    (state / "run.json").unlink(missing_ok=True)  # a killed launcher's
    return lock


def up(arguments: list[str]) -> int:
    """Everything, until Ctrl-C or TERM."""
    if arguments:
        raise CannotStart("./run up takes no arguments; settings come from the environment.")
    began = time.monotonic()
    state = folder()
    port = web_port(os.environ.get("PORT", ""))
    lock = locked(state)
    with supervised() as supervisor:
        try:
            _start_everything(supervisor, state, port)
            out(f"READY http://127.0.0.1:{port}")
            say(f"Ready after {time.monotonic() - began:.1f} s. Ctrl-C stops everything.")
            supervisor.watch()
        except Stopped:
            say("Stopping …")
        finally:
            (state / "run.json").unlink(missing_ok=True)
    lock.release()
    say("All stopped.")
    return 0


def usual_mode(state: Path) -> str:
    """DEMO where nobody says: off beside an installation for real cases, else on."""
    return "0" if (state / installing.MARK).exists() else "1"


def _start_everything(supervisor: Supervisor, state: Path, port: int) -> None:
    environment = secrets_file.keys(state)
    environment["DEMO"] = os.environ.get("DEMO") or usual_mode(state)
    environment["FILES_DIR"] = os.environ.get("FILES_DIR") or str(make_folder(state / "files"))
    urls = servers.bring_up(supervisor, state, servers.given(), throw_away=False, sync=True)
    servers.export({**environment, **urls})
    say("Bringing the tables up to date …")
    _manage(supervisor, "migrate", "--noinput", "-v", "0")
    logins = ""
    if environment["DEMO"] == "1":
        say("Loading demo data (only the first time it takes a while) …")
        logins = _manage(supervisor, "demo", "--skip-checks", quiet=True)
    _write_run_file(state, port, {**environment, **urls})
    _start_application(supervisor, state, port, urls["REDIS_URL"])
    if logins:
        out(logins.rstrip())


def _manage(supervisor: Supervisor, *arguments: str, quiet: bool = False) -> str:
    code, heard = supervisor.run([*MANAGE, *arguments], own_session=True, quiet=quiet)
    if code:
        if heard:
            say(heard.rstrip())
        raise CannotStart(f"manage.py {arguments[0]} failed (exit code {code}).")
    return heard


def _write_run_file(state: Path, port: int, environment: dict[str, str]) -> None:
    """How ``./run manage`` finds these servers while they run."""
    text = json.dumps({"port": str(port), **environment}, indent=1)
    write_private(state / "run.json", text)


def _start_application(supervisor: Supervisor, state: Path, port: int, broker: str) -> None:
    say("Starting web, worker and beat …")
    python = [sys.executable, "-m"]
    level = ["-l", "WARNING"]
    web = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--workers", "2", "--blocking-threads", "4", "--log-level", "warning"]
    web += ["--respawn-failed-workers"]
    supervisor.start(Program("web", [*python, *web, "governance.wsgi:application"], grace=12))
    node = f"jieyou-{supervisor.mark.rpartition('.')[2]}@local"
    celery = ["celery", "-q", "-A", "governance"]
    worker = [*celery, "worker", "-n", node, "-c", "2", "--without-gossip", "--without-mingle"]
    # As root only PostgreSQL gives up its rights; Celery's long warning about it helps nobody.
    calm = [sys.executable, "-W", "ignore:You're running the worker", "-m"]
    supervisor.start(Program("worker", [*calm, *worker, *level], grace=30))
    schedule = make_folder(state / "beat") / "schedule"
    for old in schedule.parent.glob(schedule.name + "*"):
        old.unlink()  # what is due is in the database; a schedule file says only "last sent"
    beat = [*celery, "beat", "-s", str(schedule), "--pidfile=", *level]
    supervisor.start(Program("beat", [*python, *beat], grace=5))
    readiness.web(supervisor, port)
    readiness.worker(supervisor, node, broker)
    readiness.beat(supervisor, schedule)


def _throw_away(
    action: Callable[[Supervisor], int], wanted: dict[str, str], place: Path, *, quick: bool
) -> int:
    """Run ``action`` with servers and keys that exist for it alone."""
    try:
        with supervised(place) as supervisor:
            environment = secrets_file.fresh()
            environment |= {"DEBUG": "0", "DEMO": "0", "SECURE_COOKIES": "0"}
            environment["FILES_DIR"] = str(make_folder(place / "files"))
            urls = servers.bring_up(supervisor, place, wanted, throw_away=quick, sync=not quick)
            servers.export({**environment, **urls})
            return action(supervisor)
    except Stopped:
        return STOPPED


def metered(arguments: list[str]) -> list[str]:
    """The call of pytest; under the meter of statements when ``--covered=PERCENT`` asks for it.

    Raises ``CannotStart`` where the meter is not installed (requirements-dev.in says where).
    """
    asked = [one for one in arguments if one.startswith(COVERED)]
    rest = [one for one in arguments if one not in asked]
    if not asked:
        return [sys.executable, "-m", "pytest", *rest]
    if importlib.util.find_spec("slipcover") is None:
        raise CannotStart("Coverage is measured on Linux x86-64 only; leave --covered out.")
    meter = ["--source", "cases,grids", "--omit", "*/migrations/*", "--skip-covered"]
    least = ["--fail-under", asked[-1].removeprefix(COVERED)]
    return [sys.executable, "-m", "slipcover", *meter, *least, "-m", "pytest", *rest]


def test(arguments: list[str]) -> int:
    """pytest with throw-away servers; its exit code. ``--covered=95`` fails below 95 %."""
    argv = metered(arguments)
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    place = Path(tempfile.mkdtemp(prefix="jieyou-test-"))

    def pytest(supervisor: Supervisor) -> int:
        os.chdir(ROOT)
        return supervisor.run(argv, own_session=True)[0]

    return _throw_away(pytest, servers.given(), place, quick=True)


def bench(arguments: list[str]) -> int:
    """``manage.py bench`` on fresh servers with the durability of real ones."""
    if servers.given():
        say("bench never touches a given database; it starts servers of its own (PG_BIN counts).")
    state = folder()
    place = Path(tempfile.mkdtemp(prefix="bench-", dir=state))
    os.environ.setdefault("LOG_LEVEL", "WARNING")

    def measure(supervisor: Supervisor) -> int:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
            os.environ.pop(f"{name}_FILE", None)
        _manage(supervisor, "migrate", "--noinput", "-v", "0")
        return supervisor.run([*MANAGE, "bench", *arguments], own_session=True)[0]

    return _throw_away(measure, {}, place, quick=False)


def faults(arguments: list[str]) -> int:
    """``manage.py faults`` on servers of its own, which it kills and starts itself."""
    if arguments[:1] == ["planted"]:
        return planted.prove(arguments[1:])
    place = Path(tempfile.mkdtemp(prefix="faults-", dir=folder()))
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    try:
        with supervised(place) as supervisor:
            servers.forget_given()
            environment = {**secrets_file.fresh(), "DEBUG": "0", "DEMO": "0", "BEAT_SECONDS": "1"}
            environment |= {"SECURE_COOKIES": "0", "FILES_DIR": str(make_folder(place / "files"))}
            servers.export({**environment, **servers.to_be(supervisor, place)})
            argv = [*MANAGE, "faults", "--place", str(place), *arguments]
            return supervisor.run(argv, own_session=True)[0]
    except Stopped:
        return STOPPED


def manage(arguments: list[str]) -> int:
    """manage.py on the running servers, or on servers started for the time it takes."""
    if arguments and arguments[0] in ALONE:
        # The settings want values; keys made for the moment open nothing.
        servers.export({**secrets_file.fresh(), **NOWHERE, **_reachable()})
        os.execv(MANAGE[0], [*MANAGE, *arguments])
    state = folder()
    wanted = servers.given()
    lock = Lock(state)
    if not ("DATABASE_URL" in wanted and "REDIS_URL" in wanted) and not lock.take():
        running = read_json(state / "run.json")
        if running is None:
            raise CannotStart(
                f"Another ./run is starting, stopping or managing {state}; try again in a moment."
            )
        running.pop("port", None)
        servers.export({**running, **wanted})
        os.execv(MANAGE[0], [*MANAGE, *arguments])
    os.environ.setdefault("DEMO", usual_mode(state))
    os.environ.setdefault("FILES_DIR", str(make_folder(state / "files")))
    with supervised() as supervisor:
        try:
            keys = secrets_file.keys(state)
            urls = servers.bring_up(supervisor, state, wanted, throw_away=False, sync=True)
            servers.export({**keys, **urls})
            return supervisor.run([*MANAGE, *arguments], own_session=False)[0]
        except Stopped:
            return STOPPED


def _reachable() -> dict[str, str]:
    """Servers that are there anyway: those of a ``./run`` on the usual folder, those given."""
    state = Path(os.environ.get("JIEYOU_STATE") or ROOT / ".state")
    try:
        running = read_json(state / "run.json") or {}
    except CannotStart:
        running = {}
    return {**{name: running[name] for name in NOWHERE if name in running}, **servers.given()}


def init(arguments: list[str]) -> int:
    """An empty installation for real cases: places, units, the first administrator."""
    answers = installing.ask(arguments)
    state = folder()
    lock = locked(state)
    with supervised() as supervisor:
        try:
            environment = {**secrets_file.keys(state), "DEMO": "0"}
            environment["FILES_DIR"] = os.environ.get("FILES_DIR") or str(
                make_folder(state / "files")
            )
            urls = servers.bring_up(supervisor, state, servers.given(), throw_away=False, sync=True)
            servers.export({**environment, **urls})
            say("Bringing the tables up to date …")
            _manage(supervisor, "migrate", "--noinput", "-v", "0")
            say("Importing places …")
            slip = _manage(supervisor, "install", "--skip-checks", *answers, quiet=True)
        except Stopped:
            return STOPPED
    write_private(state / installing.MARK, "Real cases are written here: no demonstration.\n")
    lock.release()
    out(slip.rstrip())
    say("Start it with ./run")
    return 0


def lint(arguments: list[str]) -> int:
    """ruff, the formatter's check and mypy; the worst exit code of the three."""
    # mypy's Django plugin reads the settings; they need values, but no server.
    servers.export({**secrets_file.fresh(), **NOWHERE})
    os.chdir(ROOT)
    worst = 0
    with supervised() as supervisor:
        try:
            for tool in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
                say("$ " + " ".join(tool))
                argv = [sys.executable, "-m", *tool, *arguments]
                worst = max(worst, abs(supervisor.run(argv, own_session=True)[0]))
        except Stopped:
            return STOPPED
    return worst
