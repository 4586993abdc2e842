"""The keys of an installation: made once, kept in ``keys.json`` of the state folder."""

import base64
import contextlib
import json
import os
import secrets
from pathlib import Path

from governance import env
from governance.launch.console import CannotStart
from governance.launch.state import read_json, write_private

RINGS = ("FIELD_KEYS", "INDEX_KEYS", "CODE_KEYS", "CODE_LOOKUP_KEYS", "SEAL_KEYS")
# Rings younger than some installations: made when their file does not hold them yet. Once there
# are sealed matters ``check`` finds out when the ring beside them is another one.
ADDED = ("SEAL_KEYS",)
NAMES = ("SECRET_KEY", *RINGS)


def fresh() -> dict[str, str]:
    """A new set of keys; every ring begins with key number 1."""
    return {"SECRET_KEY": secrets.token_urlsafe(48), **{ring: fresh_ring() for ring in RINGS}}


def fresh_ring() -> str:
    return "1:" + base64.b64encode(secrets.token_bytes(32)).decode()


def _make(path: Path) -> dict[str, str]:
    """Write new keys; of two launchers that do it at once, both take the first one's."""
    mine = path.with_name(f"keys.{os.getpid()}")
    write_private(mine, json.dumps(fresh(), indent=1))
    with contextlib.suppress(FileExistsError):
        os.link(mine, path)
    mine.unlink()
    return read_json(path) or {}


def keys(state: Path) -> dict[str, str]:
    """The keys to run with; a key given in the environment wins over the file.

    Refuses to make new ones beside old data: what the old keys sealed would be lost.
    """
    given = {name: env.text(name, "") for name in NAMES}
    given = {name: value for name, value in given.items() if value}
    if len(given) == len(NAMES):
        return given
    path = state / "keys.json"
    found = read_json(path)
    if found is None:
        if any(state.glob("pg*/PG_VERSION")):
            raise CannotStart(
                f"{path} is missing although there is data beside it, and without the old keys "
                "that data cannot be read. Restore the file from a backup, or set JIEYOU_STATE "
                "to a new folder."
            )
        found = _make(path)
    missing = [name for name in NAMES if name not in found and name not in given]
    if missing and set(missing) <= set(ADDED):
        found = {**found, **{name: fresh_ring() for name in missing}}
        write_private(path, json.dumps(found, indent=1))
        missing = []
    if missing:
        raise CannotStart(f"{path} holds no {', '.join(missing)}; restore it from a backup.")
    os.chmod(path, 0o600)
    return {**{name: found[name] for name in NAMES if name in found}, **given}
