"""Free ports on the loopback interface."""

import random
import socket

from governance.launch.console import CannotStart

# Below 32768: from there Linux takes the ports of outgoing connections, which would collide
# with a server that is restarted on its old port.
LOWEST, HIGHEST = 10_000, 32_767


def is_free(port: int) -> bool:
    """True if a server could listen on ``port`` now."""
    with socket.socket() as probe:
        # Servers set it too; without it a port just left counts as taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A random port that is free at this moment; somebody may still be quicker."""
    for _ in range(200):
        port = random.randint(LOWEST, HIGHEST)
        if is_free(port):
            return port
    raise CannotStart(f"No free port found between {LOWEST} and {HIGHEST}.")


def web_port(wish: str) -> int:
    """The port of ``PORT``, or a free one where it is empty."""
    if not wish:
        return free_port()
    if not wish.isascii() or not wish.isdigit() or not 0 < int(wish) < 65536:
        raise CannotStart(f"PORT={wish!r}: write a number from 1 to 65535.")
    if not is_free(int(wish)):
        raise CannotStart(f"Port {wish} is taken by another program; set PORT to another one.")
    return int(wish)
