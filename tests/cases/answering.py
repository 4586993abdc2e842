"""A server that answers badly, in as many ways as servers do. Plain sockets: a real library
would be too well-behaved to hang, to stop in the middle or to talk without end."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Talk = Callable[[socket.socket], None]


def saying(status: str, body: bytes = b"", *headers: str) -> Talk:
    """A whole answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return lambda talk: talk.sendall("\r\n".join([*head, "", ""]).encode() + body)


def silent(talk: socket.socket) -> None:
    """Takes the request and says nothing."""
    with contextlib.suppress(OSError):
        while talk.recv(4096):
            pass


def dripping(talk: socket.socket) -> None:
    """A header, one letter at a time, for ever."""
    with contextlib.suppress(OSError):
        talk.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            talk.sendall(b"x")
            time.sleep(0.05)


def endless(talk: socket.socket) -> None:
    """A body without end."""
    with contextlib.suppress(OSError):
        talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            talk.sendall(b"x" * 65536)


def resetting(talk: socket.socket) -> None:
    """Hangs up rudely after the request."""
    talk.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


class Server:
    """Listens on a port of this machine; ``talk`` answers, ``heard`` keeps what was sent."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.wire = socket.create_server(("127.0.0.1", 0))
        self.port = self.wire.getsockname()[1]
        self.talk: Talk = saying("200 OK", b'{"errcode":0}')
        self.heard: list[bytes] = []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                talk, _whom = self.wire.accept()
                threading.Thread(target=self.answer, args=[talk], daemon=True).start()

    def answer(self, talk: socket.socket) -> None:
        with contextlib.suppress(OSError), talk:
            talk.settimeout(5)
            if self.tls:
                talk = self.tls.wrap_socket(talk, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                part = talk.recv(65536)
                if not part:
                    return
                request += part
            head, _blank, body = request.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
            while len(body) < length:
                body += talk.recv(65536)
            with self.lock:
                self.heard.append(head + b"\r\n\r\n" + body)
            self.talk(talk)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.wire.shutdown(socket.SHUT_RDWR)  # wakes who waits for the next caller
        self.wire.close()


def self_made(folder: Path) -> ssl.SSLContext:
    """TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1)
    ).sign(key, hashes.SHA256())
    file = folder / "self-made.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(tls)
    try:
        yield server
    finally:
        server.close()
