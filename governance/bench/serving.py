"""Start the server as shipped, send requests over kept-open connections, read CPU time."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

TICK = os.sysconf("SC_CLK_TCK")
HOST = "127.0.0.1"
Request = tuple[str, str, bytes, dict[str, str]]  # method, path, body, headers


@dataclass(frozen=True, slots=True)
class Server:
    """A running granian with its port."""

    port: int
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def serving(application: str, ready: str, *, bare: bool = False) -> Iterator[Server]:
    """Serve ``application`` with the workers and threads of ``./run``; gone afterwards.

    ``bare`` asks the controls to run without middleware.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    argv = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port),
        "--workers", "2", "--blocking-threads", "4", "--log-level", "warning", application,
    ]  # fmt: skip
    process = subprocess.Popen(argv, env=os.environ | ({"BENCH_BARE": "1"} if bare else {}))
    try:
        wait_until_ready(process, port, ready)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("the web server ended at once")
        with contextlib.suppress(OSError, http.client.HTTPException):
            client = http.client.HTTPConnection(HOST, port, timeout=5)
            client.request("GET", path)
            if client.getresponse().status < 500:
                return
        time.sleep(0.05)
    raise RuntimeError("the web server did not answer")


def load(
    port: int, make: Callable[[int], Request], *, clients: int, seconds: float, expect: int
) -> list[float]:
    """Seconds each request took, ``clients`` at a time for ``seconds``; raises on an odd answer."""
    taken: list[float] = []
    wrong: list[str] = []
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        link = http.client.HTTPConnection(HOST, port, timeout=60)
        turn = 0
        while time.perf_counter() < end and not wrong:
            method, path, body, headers = make(number * 10_000_000 + turn)
            turn += 1
            began = time.perf_counter()
            link.request(method, path, body, headers)
            answer = link.getresponse()
            text = answer.read()
            taken.append(time.perf_counter() - began)
            if answer.status != expect:
                wrong.append(f"{answer.status}: {text[:300]!r}")
        link.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"unexpected answer {wrong[0]}")
    return taken


def one_by_one(port: int, request: Request, times: int, expect: int = 200) -> list[float]:
    """Seconds of each of ``times`` requests over one connection."""
    link = http.client.HTTPConnection(HOST, port, timeout=60)
    taken = []
    for _ in range(times):
        method, path, body, headers = request
        began = time.perf_counter()
        link.request(method, path, body, headers)
        answer = link.getresponse()
        text = answer.read()
        taken.append(time.perf_counter() - began)
        if answer.status != expect:
            raise RuntimeError(f"{path}: unexpected answer {answer.status}: {text[:300]!r}")
    link.close()
    return taken


def cpu_seconds(server: Server) -> tuple[float, float]:
    """User and system time so far of the web workers, and of the whole database server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    return tree_time(server.process.pid), tree_time(parent(backend))


def stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the command name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def parent(pid: int) -> int:
    return int(stat(pid)[1])


def tree_time(root: int) -> float:
    """CPU seconds of a process, its ended children and its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(parent(int(entry.name)), []).append(int(entry.name))
    ticks, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            ticks += sum(int(value) for value in stat(pid)[11:15])
            waiting += children.get(pid, [])
    return ticks / TICK
