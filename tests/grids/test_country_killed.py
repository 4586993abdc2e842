"""An import of the country that is killed in the middle: run again, it comes to the same."""

import signal
import subprocess
import sys
import time

import psycopg2
from django.db import connection

from grids import planting
from grids.importing import Edition
from grids.models import Area
from grids.models.area import STAMP_COLUMNS
from tests.architecture.source import ROOT
from tests.grids.test_country import CUT
from tests.world import World

PATIENCE = 60  # seconds until the program must have come so far
HELD = "420000000000"  # a province in the middle
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO grids_area%'"
)


def stored(year: int) -> set[tuple[object, ...]]:
    """Every place of an edition in words: no ids, which differ from run to run."""
    rows = list(Area.objects.filter(code_system="NBS", code_year=year))
    codes = {row.pk: row.code for row in rows} | {None: ""}
    return {
        (row.code, row.name, row.level, row.kind, codes[row.parent_id], row.valid_from,
         tuple(codes[int(pk)] for pk in row.path.split(".")[:-1]),
         *(codes[getattr(row, column)] for column in STAMP_COLUMNS))
        for row in rows
    }  # fmt: skip


def test_a_killed_import_goes_on_and_comes_to_the_same(
    committed_world: World, server_environment: dict[str, str]
) -> None:
    """Somebody holds the code of a province: the import waits there, and is killed there."""
    parameters = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    holder = psycopg2.connect(**{name: parameters[name] for name in names if name in parameters})
    with holder, holder.cursor() as cursor:
        cursor.execute("SELECT id FROM grids_area LIMIT 1")
        cursor.execute(
            "INSERT INTO grids_area (public_id, level, kind, path, name, code, code_system,"
            " code_year, urban_rural, number, boundary, map_approval, valid_from)"
            " VALUES (gen_random_uuid(), 1, 'official', '0.', 'x', %s, 'NBS', 2023, '', '', '',"
            " '', now())",
            [HELD],
        )
        command = [sys.executable, str(ROOT / "manage.py"), "import_areas", str(CUT)]
        with subprocess.Popen(command, env=server_environment, stderr=subprocess.DEVNULL) as run:
            until_it_waits(run)
            run.send_signal(signal.SIGKILL)
        holder.rollback()
    holder.close()
    begun = Area.objects.filter(code_system="NBS").count()
    done = planting.import_country(CUT, Edition(), lambda words: None)
    assert 0 < begun == done.known and done.areas > 0
    killed = stored(2023)
    planting.import_country(CUT, Edition(year=2022), lambda words: None)
    assert stored(2022) == killed and len(killed) == done.areas + done.known


def until_it_waits(run: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    while True:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone() != (0,):
                return
        assert run.poll() is None, "the import ended before it could be killed"
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.05)
