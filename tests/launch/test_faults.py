"""The harness that breaks things: its devices work, and its plants still grow."""

import re
import socket
from collections.abc import Iterator

import pytest

from governance.faults.breaking import FAULTS
from governance.faults.relay import Relay
from governance.faults.verdict import Verdict
from governance.launch.planted import PLANTS
from governance.launch.ports import free_port
from tests.architecture.source import ROOT


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_what_a_plant_changes_stands_there_once(plant) -> None:
    assert plant.fault in FAULTS
    for file, old, new in plant.edits:
        assert (ROOT / file).read_text("utf-8").count(old) == 1
        assert old != new


def test_every_fault_is_described() -> None:
    text = (ROOT / "docs/faults.md").read_text("utf-8").partition("## A run")[0]
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(FAULTS)


@pytest.mark.parametrize("name", ["lost", "doubled", "early", "chain_breaks", "untrue", "leaked"])
def test_one_of_anything_fails_the_run(name: str) -> None:
    assert Verdict(faults=9, due=9, events=9, acknowledged=9).sound
    assert not Verdict(**{name: 1}).sound


@pytest.fixture
def ends() -> Iterator[tuple[Relay, socket.socket]]:
    """A relay and the server behind it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay = Relay(free_port())
        relay.target = server.getsockname()[1]
        yield relay, server


def called(relay: Relay, server: socket.socket) -> tuple[socket.socket, socket.socket]:
    near = socket.create_connection(("127.0.0.1", relay.port), timeout=5)
    far, _ = server.accept()
    far.settimeout(5)
    return near, far


def test_a_relay_passes_both_ways(ends) -> None:
    near, far = called(*ends)
    with near, far:
        near.sendall(b"there")
        assert far.recv(9) == b"there"
        far.sendall(b"back")
        assert near.recv(9) == b"back"


def test_a_hole_swallows_and_its_connections_end_with_it(ends) -> None:
    relay, server = ends
    near, far = called(relay, server)
    with near, far:
        relay.switch("hole")
        near.sendall(b"lost")
        far.settimeout(0.2)
        with pytest.raises(TimeoutError):
            far.recv(9)
        relay.switch("pass")
        assert near.recv(9) == b""


def test_a_shut_relay_ends_connections_at_once(ends) -> None:
    relay, _ = ends
    relay.switch("shut")
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as near:
        assert near.recv(9) == b""
