"""A full disk: the tables that a climb writes lie on a small memory disk that is filled up.

Mounting needs root. Then the whole stage lives in a mount namespace of its own, so that nothing
stays mounted whatever happens. Without root this fault is not run, and that is said.
"""

import ctypes
import os
import subprocess
import time
from pathlib import Path

from governance.faults.stage import Stage
from governance.launch import privilege

NEW_NAMESPACE = 0x0002_0000  # CLONE_NEWNS
ROOM = 24  # megabytes beyond what the tables hold already
TABLES = ("cases_clockstep", "cases_caseevent", "cases_outbox")


def own_mounts() -> None:
    """Leave the machine's mounts alone from now on; does nothing without root."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0 and libc.unshare(NEW_NAMESPACE) == 0:
        subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True)


def mounted(place: Path, megabytes: int) -> bool:
    place.mkdir(mode=0o700)
    argv = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(place)]
    return os.geteuid() == 0 and subprocess.run(argv, capture_output=True).returncode == 0


def full(stage: Stage, short: bool) -> None:
    """The disk fills up in the middle of the climbs, and somebody makes room again."""
    place = stage.place / "small"
    held = sum(stage.one("SELECT pg_total_relation_size(%s::regclass)", one) for one in TABLES)
    if not mounted(place, held // 1_000_000 + ROOM):
        stage.notes.append("disk: NOT RUN, a small disk can be mounted by root only")
        return
    privilege.give(place, stage.postgres.prefix)
    stage.do(f"CREATE TABLESPACE small LOCATION '{place}'")
    move(stage, "small")
    for _ in range(1 if short else 3):
        hog = place / "hog"
        fill(hog)
        stage.fault()
        stage.feed(300)
        stage.sleep(4.0)
        aside = stage.one("SELECT count(*) FROM cases_sweepfailure")
        stage.expect(f"{aside} clocks are blamed for a full disk", aside == 0)
        stage.expect("a full disk let everything climb", stage.due() > 0)
        hog.unlink()
        stage.wait_for("the cases to climb once there is room", lambda: stage.due(3) == 0)
    stage.crowd.pause()
    move(stage, "pg_default")
    stage.crowd.go_on()


def fill(hog: Path) -> None:
    """Take every block that is left."""
    with hog.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                time.sleep(0.05)


def move(stage: Stage, space: str) -> None:
    """Bring the tables and their indexes elsewhere."""
    for table in TABLES:
        stage.do(f"ALTER TABLE {table} SET TABLESPACE {space}")
        with stage.desk.cursor() as cursor:
            cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [table])
            names = [row[0] for row in cursor.fetchall()]
        for name in names:
            stage.do(f'ALTER INDEX "{name}" SET TABLESPACE {space}')
