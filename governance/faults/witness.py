"""People who act over HTTP while things break, and the witness who writes down what they heard.

A person who gets no answer, or an error of ours, sends the same again with the same key, as the
product asks. What was acknowledged is written to a file and forced to the disk at once.
"""

import http.client
import json
import os
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 30.0  # seconds until a request without an answer is given up and sent again
PHONE = "13800000001"  # must stand in no log
TEXTS = (
    "两家因新修的排水沟走向发生争执，昨晚下雨后水流进院子。",
    "楼上漏水，楼下天花板泡坏，双方对赔多少说不拢。",
    "合伙买的农机坏了，谁出修理费谈了两次没谈成。",
)


@dataclass
class Witness:
    """The file of acknowledged work, and how many keys were ever used."""

    path: Path
    lines: list[dict[str, Any]] = field(default_factory=list)
    keys: int = 0
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)  # acts by number and verb
    waits: list[float] = field(default_factory=list)  # seconds of each acknowledged intake
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._handle = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def write(self, **line: Any) -> None:
        """Keep what somebody was told, even through a power cut."""
        with self.lock:
            os.write(self._handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())
            os.fsync(self._handle)
            self.lines.append(line)

    def new_key(self, name: str) -> str:
        with self.lock:
            self.keys += 1
            return f"faults-{name}-{self.keys:07d}"


class Crowd:
    """Some people at work, each a thread; ``pause`` sends them for tea."""

    def __init__(self, port: int, keys: list[str], witness: Witness, seed: int, size: int) -> None:
        self.port, self.witness = port, witness
        self.going = threading.Event()
        self.ended = False
        self.threads = [
            threading.Thread(
                target=self._work, args=(random.Random(seed * 100 + n), keys[n::size]), daemon=True
            )
            for n in range(size)
        ]
        self.going.set()
        for thread in self.threads:
            thread.start()

    def pause(self) -> None:
        self.going.clear()
        time.sleep(1.0)

    def go_on(self) -> None:
        self.going.set()

    def end(self) -> None:
        """Everybody finishes what is under way."""
        self.ended = True
        self.going.set()
        for thread in self.threads:
            thread.join(PATIENCE * 2)

    def _work(self, lot: random.Random, keys: list[str]) -> None:
        mine: list[tuple[str, str]] = []  # number and the writer's key
        while not self.ended:
            self.going.wait()
            token = lot.choice(keys)
            if not mine or lot.random() < 0.6:
                self._register(lot, token, mine)
            else:
                number, token = lot.choice(mine[-6:])
                self._act(lot, token, number)
            time.sleep(lot.uniform(0.05, 0.3))

    def _register(self, lot: random.Random, token: str, mine: list[tuple[str, str]]) -> None:
        parties = [{"name": "张三", "phone": PHONE}, {"name": "李四"}]
        body = {
            "kind": "dispute", "category": "D02", "source": "grid", "text": lot.choice(TEXTS),
            "parties": parties,
        }  # fmt: skip
        key, began = self.witness.new_key("case"), time.monotonic()
        status, told = self._until_answered("/api/v1/cases/", token, key, body)
        if status in (200, 201):
            self.witness.waits.append(time.monotonic() - began)
            self.witness.write(what="case", key=key, number=told["number"], text=body["text"])
            mine.append((told["number"], token))

    def _act(self, lot: random.Random, token: str, number: str) -> None:
        verb = lot.choice(("sign", "supplement", "supplement"))
        body = {"verb": verb, **({"note": "又来问过一次。"} if verb == "supplement" else {})}
        key = self.witness.new_key("act")
        path = f"/api/v1/cases/{number}/act/"
        with self.witness.lock:
            self.witness.tried[number, verb] += 1
        status, told = self._until_answered(path, token, key, body)
        if status == 200:
            self.witness.write(what="act", key=key, number=number, verb=verb)

    def _until_answered(
        self, path: str, token: str, key: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Send until something else than our own failure comes back; same key each time."""
        give_up = time.monotonic() + 90
        while True:
            status, told = ask(self.port, path, token, key, body)
            if 0 < status < 500 or (self.ended and time.monotonic() > give_up):
                return status, told
            time.sleep(0.3)


def ask(
    port: int, path: str, token: str = "", key: str = "", body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    """One request; status 0 where nothing came back."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Content-Type": "application/json"}
    if token:
        headers |= {"Authorization": f"Token {token}", "Idempotency-Key": key}
    try:
        payload = json.dumps(body).encode() if body is not None else None
        link.request("POST" if payload else "GET", path, payload, headers)
        answer = link.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text[:1] == b"{" else {}
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
    finally:
        link.close()


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of /readyz: when it was asked and told (monotonic seconds), and what."""

    asked: float
    told: float
    status: int
    body: dict[str, Any]


class Prober:
    """Asks /readyz four times a second and keeps every answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: list[Said] = []
        threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        while True:
            asked = time.monotonic()
            status, body = ask(self.port, "/readyz")
            self.answers.append(Said(asked, time.monotonic(), status, body))
            time.sleep(0.25)

    def between(self, since: float, until: float) -> list[Said]:
        """Answers that were both asked and told in that time."""
        return [one for one in self.answers if one.asked >= since and one.told <= until]
