"""The package of a trial: opens where it shall, holds what is the viewer's, and nobody else's."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard.exports import readings
from dashboard.exports.errors import ExportError, ExportRefused, TrialNotFound
from dashboard.exports.slices import Slice
from dashboard.exports.trial_package.package import write
from dashboard.exports.trial_package.request import ExportLimits, PackageRequest, request_package
from tests.fixtures.tenants import ALPHA, BETA, PLANT, Tenants, seed
from tests.fixtures.viewing import bind

ROOT = Path(__file__).parents[2]
HELSINKI = ZoneInfo("Europe/Helsinki")
GROWN_MAX_KIB = 40 * 1024
HOSTILE = '=HYPERLINK("http://evil.example";"x")<script>alert(1)</script>\r\n../../etc/passwd'


@pytest.fixture(scope="module")
def plant(migrated_module_url: str) -> Tenants:
    return seed(migrated_module_url)


@contextmanager
def _snapshot(plant: Tenants, viewer: str):
    with psycopg.connect(plant.url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        bind(connection, plant.viewers[viewer])
        yield connection


def _asked_for(plant: Tenants, viewer: str, trial: int = 1, **limits: int) -> PackageRequest:
    with plant.viewing(viewer) as connection:
        return request_package(connection, trial, datetime.now(UTC), limits=ExportLimits(**limits))


def _package(plant: Tenants, viewer: str, trial: int = 1) -> zipfile.ZipFile:
    wanted = _asked_for(plant, viewer, trial)
    stream = io.BytesIO()
    seen: list[tuple[int, int]] = []
    with _snapshot(plant, viewer) as connection:
        write(connection, wanted, stream, datetime.now(UTC), lambda *rows: seen.append(rows))
    assert seen
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]
    found = zipfile.ZipFile(stream)
    assert found.testzip() is None
    return found


def test_every_file_has_the_checksum_that_the_package_says(plant: Tenants) -> None:
    package = _package(plant, "alpha")
    sums = dict(
        reversed(line.split("  ", 1)) for line in package.read("SHA256SUMS").decode().splitlines()
    )
    assert set(sums) == set(package.namelist()) - {"SHA256SUMS"}
    for name, wanted in sums.items():
        assert hashlib.sha256(package.read(name)).hexdigest() == wanted, name


def test_values_are_the_same_in_parquet_in_csv_and_in_the_database(plant: Tenants) -> None:
    package = _package(plant, "alpha")
    frame = pd.read_parquet(io.BytesIO(package.read("readings.parquet")))
    stored = plant.rows(
        "alpha",
        "SELECT p.key, r.ts, r.value, r.qc FROM visible.reading r"
        " JOIN visible.point p USING (point_id) ORDER BY 1, 2",
    )
    found = frame.sort_values(["point", "ts"])[["point", "ts", "value", "qc"]]
    assert list(found.itertuples(index=False, name=None)) == stored
    assert len(stored) > 90
    rows = 0
    for name in package.namelist():
        if name.startswith("csv/"):
            text = package.read(name)
            assert text.startswith(b"\xef\xbb\xbftime_local;time_utc;value (m3/h);quality;")
            part = pd.read_csv(
                io.BytesIO(text), sep=";", decimal=",", encoding="utf-8-sig", parse_dates=[0, 1]
            )
            assert pd.api.types.is_numeric_dtype(part["value (m3/h)"])
            assert set(part["value (m3/h)"]) <= {1.0, 16180.0}
            rows += len(part)
    assert rows == len(stored)


def test_units_history_and_words_are_with_the_values(plant: Tenants) -> None:
    package = _package(plant, "alpha")
    points = json.loads(package.read("points.json"))
    assert [(p["line"], p["key"], p["unit"], p["reference"]) for p in points] == [
        ("hall", "alpha", "m3/h", False),
        ("main", "reference", "m3/h", True),
    ]
    assert json.loads(package.read("trial.json"))["trial"]["name"] == {"en": "ALPHA-CANARY trial"}
    for name, text in {
        "notes.csv": "ALPHA-CANARY note",
        "journal.csv": "ALPHA-CANARY entry",
        "instrument_history.csv": "ALPHA-CANARY maker",
        "point_history.csv": "ALPHA-CANARY note",
        "methods.csv": "an instrument in the plant",
        "quality.csv": "epävarma",
        "README.txt": "SUOMEKSI",
    }.items():
        assert text in package.read(name).decode(), name
    methods = pd.read_csv(io.BytesIO(package.read("methods.csv")), sep=";", encoding="utf-8-sig")
    assert set(methods["comes_from_fi"]) == {"laitoksen mittalaite"}
    assert set(methods["ranges_sv"]) == {"exempel som ingen har kontrollerat"}
    assert (
        "description_fi;description_sv;description_en"
        in package.read("instrument_history.csv").decode()
    )
    metadata = pq.read_schema(io.BytesIO(package.read("readings.parquet"))).metadata
    assert metadata[b"trial"] == b"alpha"


@pytest.mark.parametrize("viewer", ["alpha", "engineer"])
def test_a_package_holds_no_word_and_no_value_of_others(plant: Tenants, viewer: str) -> None:
    package = _package(plant, viewer)
    texts = {name: package.read(name) for name in package.namelist()}
    frame = pd.read_parquet(io.BytesIO(texts.pop("readings.parquet")))
    assert set(frame["value"]) == {1.0, 16180.0}
    assert any(ALPHA.encode() in text for text in texts.values())
    for name, text in texts.items():
        for foreign in (BETA, PLANT, "31337", "27182"):
            assert foreign.encode() not in text + name.encode(), name


@pytest.mark.parametrize(
    ("viewer", "trial"), [("alpha", 2), ("alpha", 999), ("beta", 1), ("guest", 1), ("disabled", 1)]
)
def test_not_yours_and_no_such_trial_are_the_same(plant: Tenants, viewer: str, trial: int) -> None:
    with pytest.raises(TrialNotFound, match="There is no such trial"):
        _asked_for(plant, viewer, trial)


def test_who_may_only_look_takes_nothing_home(plant: Tenants) -> None:
    for viewer in ("early", "Control room", "process"):
        with pytest.raises(ExportRefused, match="not take its data home"):
            _asked_for(plant, viewer)


def test_an_order_of_one_viewer_brings_another_nothing(plant: Tenants) -> None:
    wanted = _asked_for(plant, "alpha")
    stream = io.BytesIO()
    with _snapshot(plant, "beta") as connection:
        write(connection, wanted, stream, datetime.now(UTC))
    package = zipfile.ZipFile(stream)
    assert pq.read_table(io.BytesIO(package.read("readings.parquet"))).num_rows == 0
    assert json.loads(package.read("points.json")) == []
    assert ALPHA not in package.read("notes.csv").decode()


def test_an_account_has_so_many_packages_a_day_and_one_at_a_time(plant: Tenants) -> None:
    used = plant.rows("beta", "SELECT count(*) FROM visible.access_log WHERE action = 'export'")
    assert used == [(0,)]
    wanted = _asked_for(plant, "beta", 2, exports_per_day=1)
    with pytest.raises(ExportRefused, match="1 packages were made in the last 24 hours"):
        _asked_for(plant, "beta", 2, exports_per_day=1)
    now = datetime.now(UTC)
    with _snapshot(plant, "beta") as first:
        write(first, wanted, io.BytesIO(), now)
        with (
            pytest.raises(ExportRefused, match="wait until it is done"),
            _snapshot(plant, "beta") as second,
        ):
            write(second, wanted, io.BytesIO(), now)
    with _snapshot(plant, "beta") as third:
        write(third, wanted, io.BytesIO(), now)


def test_a_package_that_is_too_large_is_refused_before_its_first_byte(plant: Tenants) -> None:
    wanted = _asked_for(plant, "alpha", rows_max=10)
    stream = io.BytesIO()
    with (
        pytest.raises(ExportRefused, match="at most 10; choose a shorter time"),
        _snapshot(plant, "alpha") as connection,
    ):
        write(connection, wanted, stream, datetime.now(UTC))
    assert stream.getvalue() == b""


def test_a_transaction_that_could_see_two_states_is_refused(plant: Tenants) -> None:
    wanted = _asked_for(plant, "alpha")
    with pytest.raises(ExportError, match="REPEATABLE READ"), plant.viewing("alpha") as open_:
        write(open_, wanted, io.BytesIO(), datetime.now(UTC))


def test_the_company_reads_in_its_log_who_took_its_data(plant: Tenants) -> None:
    wanted = _asked_for(plant, "engineer")
    rows = plant.rows(
        "alpha",
        "SELECT who, object FROM visible.access_log WHERE action = 'export'"
        " ORDER BY at DESC LIMIT 1",
    )
    day = wanted.end.astimezone(HELSINKI).date()
    assert rows == [("PLANT engineer", f"virtaama-s-hall-alpha-{day.isoformat()}.zip")]


def test_hostile_names_and_notes_are_harmless(migrated_url: str) -> None:
    plant = seed(migrated_url)
    plant.owner("UPDATE point SET key = %s, tag = %s WHERE point_id = 3", HOSTILE, HOSTILE)
    plant.owner("UPDATE point SET key = '../../../evil' WHERE point_id = 1")
    plant.owner(
        "UPDATE trial SET key = %s, name = jsonb_build_object('fi', %s::text) WHERE trial_id = 1",
        *[HOSTILE] * 2,
    )
    plant.owner("UPDATE company SET name = name || %s", HOSTILE)
    plant.owner("UPDATE note SET body = %s", HOSTILE)
    plant.owner("UPDATE trial_entry SET title = %s, body = %s", HOSTILE, HOSTILE)
    plant.owner("UPDATE account SET display_name = %s", HOSTILE)
    plant.owner("UPDATE instrument SET description = %s", HOSTILE)
    wanted = _asked_for(plant, "alpha")
    assert "/" not in wanted.file_name
    package = _package(plant, "alpha")
    for name in package.namelist():
        assert not name.startswith("/")
        assert ".." not in name
        assert name.count("/") == (1 if name.startswith("csv/") else 0)
        assert name.isascii()
        if name.endswith(".csv"):
            text = package.read(name).decode("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
            assert len({len(row) for row in rows}) == 1, name
            cells = [cell for row in rows for cell in row]
            assert not any(cell.startswith(("=", "@", "+")) for cell in cells), name
        if name.endswith(".json"):
            assert b"<script" not in package.read(name)
    head = package.read("README.txt").decode("utf-8-sig").split("\r\n\r\n")[0].split("\r\n")
    assert len(head) == 5


MEASURED = """
import resource, sys
from datetime import UTC, datetime, timedelta
import psycopg
from dashboard.exports.trial_package.request import request_package
from dashboard.exports.trial_package.package import write
from tests.fixtures.viewing import bind

class Nowhere:
    size = 0
    def write(self, data): self.size += len(data)
    def flush(self): pass

url, viewer = sys.argv[1:]
now = datetime.now(UTC)
with psycopg.connect(url) as connection:
    bind(connection, viewer)
    wanted = request_package(connection, 1, now)
with psycopg.connect(url) as connection:
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    bind(connection, viewer)
    rows = []
    write(connection, wanted, Nowhere(), now, lambda done, total: rows.append(done))
print(rows[-1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _measured(plant: Tenants) -> tuple[int, int]:
    """Return rows and the peak of memory in KiB of a process that writes alpha's package."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, plant.url, plant.viewers["alpha"]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    rows, peak = done.stdout.split()
    return int(rows), int(peak)


@pytest.mark.parametrize(
    ("hours", "spacing"),
    [pytest.param(47, "376 ms", marks=pytest.mark.exhaustive), (1, "8 ms")],
)
def test_memory_does_not_grow_with_the_package(migrated_url: str, hours: int, spacing: str) -> None:
    plant = seed(migrated_url)
    small_rows, small_kib = _measured(plant)
    # 450 000 readings of one point: many slices, or one hour that is read in blocks.
    plant.owner(
        "INSERT INTO reading SELECT 3, t, random(), 0, 1, 0, t FROM generate_series("
        " now() - make_interval(hours => %s), now(), %s::interval) t ON CONFLICT DO NOTHING",
        *(hours, spacing),
    )
    plant.owner(
        "INSERT INTO rollup_1h SELECT 3, date_trunc('hour', ts), count(*), 0, 0, 0, 0 FROM reading"
        " WHERE point_id = 3 GROUP BY 2 ON CONFLICT (point_id, bucket) DO UPDATE SET n = excluded.n"
    )
    large_rows, large_kib = _measured(plant)
    assert large_rows - small_rows > 890_000  # each is read twice
    print(f"{large_rows} rows: {(large_kib - small_kib) / 1024:.0f} MiB more")
    assert large_kib - small_kib < GROWN_MAX_KIB


def test_an_hour_of_more_readings_than_are_read_at_once_is_whole(plant: Tenants) -> None:
    now = datetime.now(UTC)
    part = Slice(now - timedelta(days=3), now, "")
    with _snapshot(plant, "alpha") as connection:
        whole = readings.fetch(connection, 3, part)
        blocks = list(readings.blocks(connection, 3, part, rows_max=7))
    assert len(whole) > 14
    assert max(map(len, blocks)) == 7
    assert pa.concat_tables(blocks) == whole


def test_each_reading_of_a_package_has_the_unit_of_its_own_time(migrated_url: str) -> None:
    plant = seed(migrated_url)
    plant.owner(
        "INSERT INTO point_definition (point_id, valid_from, kind, unit, unit_display, verified)"
        " VALUES (3, now() - INTERVAL '1 day', 'measurement', 'L/s', 'l/s', false)"
    )
    package = _package(plant, "alpha")
    frame = pd.read_parquet(io.BytesIO(package.read("readings.parquet")))
    changed_at = datetime.now(UTC) - timedelta(days=1)
    for _, row in frame.iterrows():
        is_new = row["point"] == "alpha" and row["ts"] >= changed_at
        assert row["unit"] == ("L/s" if is_new else "m3/h")
    assert set(frame["unit"]) == {"m3/h", "L/s"}
    units = []
    for name in package.namelist():
        if name.startswith("csv/"):
            part = pd.read_csv(io.BytesIO(package.read(name)), sep=";", decimal=",")
            if "alpha" in name:
                assert "value" in part.columns
                units += part["unit"].tolist()
            else:
                assert "value (m3/h)" in part.columns
                assert "unit" not in part.columns
    assert units == frame[frame["point"] == "alpha"].sort_values("ts")["unit"].tolist()


def test_a_package_holds_the_limits_that_applied_during_the_trial_and_no_others(
    migrated_url: str,
) -> None:
    plant = seed(migrated_url)
    plant.owner("UPDATE limit_set SET source = 'a permit' WHERE limit_set_id = 1")
    plant.owner("UPDATE trial SET ends_at = now() - INTERVAL '1 h', access_until = 'infinity'")
    for age, value in (("9 days", 1), ("3 days", 2), ("30 h", 3), ("30 minutes", 4)):
        plant.owner(
            "INSERT INTO limit_value (limit_set_id, point_id, bound, statistic, valid_from, value)"
            " VALUES (1, 3, 'max', 'value', now() - %s::interval, %s)",
            *(age, value),
        )
    found = json.loads(_package(plant, "alpha").read("limits.json"))
    assert [(row["value"], row["unit"], row["valid_to"] is None) for row in found] == [
        (2.0, "m3/h", False),
        (3.0, "m3/h", True),
    ]


def test_a_point_that_was_retired_after_the_trial_is_still_in_its_package(
    migrated_url: str,
) -> None:
    plant = seed(migrated_url)
    plant.owner("UPDATE point SET retired_at = now() WHERE point_id = 3")
    frame = pd.read_parquet(io.BytesIO(_package(plant, "alpha").read("readings.parquet")))
    assert {"alpha", "reference"} == set(frame["point"])


def test_a_package_says_which_readings_are_stored_no_more(plant: Tenants) -> None:
    whole = _package(plant, "alpha")
    assert "MISSING" not in whole.read("README.txt").decode()
    stored = pd.read_parquet(io.BytesIO(whole.read("readings.parquet")))
    gone = stored["ts"].sort_values().iloc[len(stored) // 2].floor("D").to_pydatetime()
    with psycopg.connect(plant.url) as connection:
        connection.execute("DELETE FROM reading WHERE ts < %s", (gone,))
        connection.execute("UPDATE storage_class SET dropped_before = %s", (gone,))
    package = _package(plant, "alpha")
    left = pd.read_parquet(io.BytesIO(package.read("readings.parquet")))
    assert len(left) == (stored["ts"] >= gone).sum() < len(stored)
    text = package.read("README.txt").decode()
    assert f", {len(left)} readings" in text
    assert all(word in text for word in ("PUUTTUU", "SAKNAS", "MISSING"))
    told = json.loads(package.read("trial.json"))["readings_dropped_before"]
    assert datetime.fromisoformat(told) == gone
