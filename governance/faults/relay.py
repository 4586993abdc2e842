"""A TCP relay between the programs and a server: passes, delays, swallows or refuses."""

import contextlib
import socket
import threading
import time

CHUNK = 65_536


class Relay:
    """Listens on ``port`` for good; ``target`` may change as servers come back elsewhere.

    ``mode`` is "pass", "hole" (connects, then silence both ways) or "shut" (connections end at
    once). ``delay``: seconds each piece takes in each direction.
    """

    def __init__(self, port: int) -> None:
        self.port, self.target = port, 0
        self.mode, self.delay = "pass", 0.0
        self.open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def switch(self, mode: str) -> None:
        """Change the mode. What was swallowed is gone: such connections end with the hole."""
        self.mode = mode
        if mode in ("pass", "shut"):
            self.cut()

    def cut(self) -> None:
        """End every connection."""
        for one in list(self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                near.close()
                continue
            if self.mode == "shut":
                near.close()
                far.close()
                continue
            far.settimeout(None)
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.open.add(one)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(CHUNK):
                if self.delay:
                    time.sleep(self.delay)
                if self.mode == "pass":
                    sink.sendall(piece)
        self.open.discard(source)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            source.close()
