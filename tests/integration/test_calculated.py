"""Calculated points: stored like readings, corrected by late data, exact in all rollups."""

import asyncio
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ingest.calculation.calculator import Calculator
from ingest.calculation.tally import Tally
from ingest.database.connection import connect
from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.ingest_process import rows
from tests.fixtures.quality_windows import Staff, carry_out
from tests.fixtures.site_files import written
from tests.fixtures.writing import TIMEOUT_S, write_batches
from tests.integration.test_rollups import assert_rollups_equal_the_raw

BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SITE = """
[site]
key = "fi"
name = { fi = "L", en = "P", sv = "V" }
time_zone = "Europe/Helsinki"

[[line]]
key = "main"
kind = "main"
name = { fi = "P", en = "M", sv = "H" }

[[asset]]
kind = "inlet_pumping"

[[stream]]
kind = "influent"
to = "inlet_pumping"

[[point]]
key = "in-flow"
role = "influent.flow"
unit = "m3/h"
expected_interval_s = 10
range = [0, 2000]

[[point]]
key = "in-nh4"
role = "influent.ammonium"
unit = "mg/L"
expected_interval_s = 600
typical = [5, 60]

[[point]]
key = "in-load"
name = { fi = "Kuorma", en = "Load", sv = "Belastning" }
formula = "influent.flow * influent.ammonium"
unit = "kg/h"
"""
DOUBLE = """
[[point]]
key = "in-double"
name = { fi = "Tupla", en = "Double", sv = "Dubbel" }
formula = 'point("main/in-load") * 2'
unit = "kg/d"

[[point]]
key = "in-high"
name = { fi = "Yli", en = "High", sv = "Hög" }
formula = 'influent.flow > 100 "m3/h" and not influent.ammonium < 20 "mg/L"'
unit = "1"
"""
AIR = """
[[asset]]
kind = "membrane_tank"

[[point]]
key = "in-air"
role = "membrane_tank.scour_air_flow"
unit = "[ft_i]3{std}/min"
expected_interval_s = 10

[[point]]
key = "air-twice"
name = { fi = "Tupla", en = "Double", sv = "Dubbel" }
formula = 'point("main/in-air") * 2'
unit = "[ft_i]3{std}/min"
"""
NORMAL_AIR = """
[[point]]
key = "air-normal"
name = { fi = "Ilma", en = "Air", sv = "Luft" }
formula = "membrane_tank.scour_air_flow"
unit = "m3{n}/h"
"""
VALUES = """
    SELECT extract(epoch FROM ts - %s)::float8, value, qc
    FROM reading JOIN point USING (point_id) WHERE key = %s ORDER BY ts
"""
LATEST_EQUAL = """
    SELECT count(*) FROM latest n JOIN (
        SELECT DISTINCT ON (point_id) * FROM reading ORDER BY point_id, ts DESC
    ) r USING (point_id)
    WHERE (n.ts, n.value, n.qc, n.checks) IS DISTINCT FROM (r.ts, r.value, r.qc, r.checks)
"""


def message(key: str, after_s: float, value: float | None, status: int = 0) -> Message:
    """Return a reading so many seconds after the begin."""
    t = int((BEGIN + timedelta(seconds=after_s)).timestamp() * 1000)
    payload = json.dumps({"t": t, "v": value, "s": status}).encode()
    return Message(f"fi/main/{key}", payload, microseconds(NOW))


def _calculate(url: str) -> None:
    """Work on everything that waits, and once more: nothing may be left to do."""

    async def run() -> None:
        connection = await connect(url, TIMEOUT_S)
        try:
            calculator = await Calculator.load(connection, Tally())
            while await calculator.follow_commits(connection) or await calculator.catch_up(
                connection
            ):
                pass
            # Its own values are commits, too.
            await calculator.follow_commits(connection)
            await calculator.follow_commits(connection)
        finally:
            await connection.close()

    asyncio.run(run())


def _values(url: str, key: str = "in-load") -> list[tuple]:
    return [(after, value, qc) for after, value, qc in rows(url, VALUES, BEGIN, key)]


def _assert_exact(url: str) -> None:
    with psycopg.connect(url) as connection:
        assert_rollups_equal_the_raw(connection)
        assert connection.execute(LATEST_EQUAL).fetchone() == (0,)


@pytest.fixture
def loaded(tmp_path: Path, migrated_url: str) -> Callable[..., str]:
    def load_site(text: str = SITE, now: datetime = NOW) -> str:
        load(migrated_url, read(written(tmp_path, text)), now=now)
        return migrated_url

    return load_site


def test_a_value_stands_at_each_moment_at_which_an_input_has_one(
    loaded: Callable[..., str],
) -> None:
    url = loaded()
    _calculate(url)
    write_batches(url, [[message("in-flow", 0, 100), message("in-nh4", 5, 30)]])
    write_batches(url, [[message("in-flow", 10, 200), message("in-flow", 20, 300)]])
    _calculate(url)
    assert _values(url) == [
        (5.0, pytest.approx(3), 1),
        (10.0, pytest.approx(6), 1),
        (20.0, pytest.approx(9), 1),
    ]
    _assert_exact(url)


def test_values_of_two_far_times_in_one_round_are_in_the_rollups_once(
    loaded: Callable[..., str],
) -> None:
    url = loaded()
    _calculate(url)
    write_batches(url, [[message("in-nh4", 0, 30), message("in-flow", 1, 100)]])
    write_batches(url, [[message("in-nh4", 90_000, 30), message("in-flow", 90_001, 100)]])
    _calculate(url)
    assert [after for after, _, _ in _values(url)] == [1.0, 90_001.0]
    _assert_exact(url)


def test_an_input_that_is_too_old_gives_no_value(loaded: Callable[..., str]) -> None:
    url = loaded()
    _calculate(url)
    write_batches(
        url,
        [
            [
                message("in-nh4", 0, 30),
                message("in-flow", 1200, 100),
                message("in-flow", 1201, 100),
            ]
        ],
    )
    _calculate(url)
    assert [after for after, _, _ in _values(url)] == [1200.0]


def test_history_from_before_the_formula_is_calculated(loaded: Callable[..., str]) -> None:
    url = loaded(SITE[: SITE.index('[[point]]\nkey = "in-load"')])
    messages = [message("in-flow", 10 * n, 100) for n in range(20_000)]
    messages += [message("in-nh4", 600 * n, 30) for n in range(340)]
    write_batches(url, [messages])
    _calculate(url)
    loaded(now=NOW + timedelta(hours=1))
    _calculate(url)
    assert len(_values(url)) == 20_000
    _assert_exact(url)


def test_gas_of_the_past_is_calculated_once_the_site_says_at_which_temperature_it_is(
    loaded: Callable[..., str],
) -> None:
    """A volume that nobody had explained until then was at that temperature, too."""
    url = loaded(SITE + AIR)
    write_batches(url, [[message("in-air", 10 * n, 100) for n in range(50)]])
    _calculate(url)
    assert _values(url, "air-twice") == [(10.0 * n, pytest.approx(200), 1) for n in range(50)]
    stated = AIR + NORMAL_AIR
    zone = 'time_zone = "Europe/Helsinki"\n'
    head = SITE.replace(zone, f'{zone}standard_temperature = [60, "[degF]"]\n')
    loaded(head + stated, NOW + timedelta(hours=1))
    _calculate(url)
    normal = 100 * 1.699011 * 273.15 / 288.7056
    assert _values(url, "air-twice") == [(10.0 * n, pytest.approx(200), 1) for n in range(50)]
    assert _values(url, "air-normal") == [
        (10.0 * n, pytest.approx(normal, rel=1e-5), 1) for n in range(50)
    ]
    _assert_exact(url)


def test_quality_is_the_worst_of_the_inputs(loaded: Callable[..., str]) -> None:
    url = loaded()
    _calculate(url)
    flows = [
        (0, 100, 0),
        (10, 3000, 0),
        (20, 100, 0x4090_0000),
        (30, None, 0x808A_0000),
        (40, 100, 0),
    ]
    write_batches(url, [[message("in-nh4", 0, 30)] + [message("in-flow", *each) for each in flows]])
    _calculate(url)
    assert [qc for _, _, qc in _values(url)] == [1, 4, 3, 9, 1]
    assert [value for _, value, _ in _values(url)][3] is None
    write_batches(url, [[message("in-nh4", 45, 99), message("in-flow", 50, 100)]])
    _calculate(url)
    assert [qc for _, _, qc in _values(url)][-2:] == [3, 3]
    _assert_exact(url)


def test_a_late_reading_corrects_what_it_made_wrong_and_nothing_else(
    loaded: Callable[..., str],
) -> None:
    url = loaded()
    _calculate(url)
    messages = [message("in-flow", 10 * n, 100) for n in range(200)]
    write_batches(url, [[*messages, message("in-nh4", 0, 30), message("in-nh4", 1200, 40)]])
    _calculate(url)
    before = dict(
        rows(
            url,
            "SELECT ts, received_at FROM reading JOIN point USING (point_id) WHERE key = 'in-load'",
        )
    )
    write_batches(url, [[message("in-nh4", 605, 50)]])
    _calculate(url)
    found = {after: value for after, value, _ in _values(url)}
    assert found[600.0] == pytest.approx(3)
    assert found[605.0] == found[610.0] == found[1190.0] == pytest.approx(5)
    assert found[1200.0] == pytest.approx(4)
    after = dict(
        rows(
            url,
            "SELECT ts, received_at FROM reading JOIN point USING (point_id) WHERE key = 'in-load'",
        )
    )
    changed = {ts for ts in after if before.get(ts) != after[ts]}
    assert {(ts - BEGIN).total_seconds() for ts in changed} == {
        605.0,
        *(10.0 * n for n in range(61, 120)),
    }
    _assert_exact(url)


def test_points_that_are_calculated_from_calculated_ones_follow(loaded: Callable[..., str]) -> None:
    url = loaded(SITE + DOUBLE)
    _calculate(url)
    write_batches(
        url,
        [[message("in-nh4", 0, 30), message("in-flow", 0, 100), message("in-flow", 10, 200)]],
    )
    _calculate(url)
    assert [value for _, value, _ in _values(url, "in-double")] == pytest.approx([144, 288])
    assert [value for _, value, _ in _values(url, "in-high")] == [0, 1]
    write_batches(url, [[message("in-nh4", 5, 10)]])
    _calculate(url)
    assert [value for _, value, _ in _values(url, "in-double")] == pytest.approx([144, 48, 96])
    assert [value for _, value, _ in _values(url, "in-high")] == [0, 0, 0]
    _assert_exact(url)


def test_a_changed_formula_holds_from_its_date(loaded: Callable[..., str]) -> None:
    url = loaded()
    write_batches(
        url, [[message("in-nh4", 0, 30), *(message("in-flow", 10 * n, 100) for n in range(8))]]
    )
    _calculate(url)
    changed = SITE.replace(
        'influent.ammonium"\nunit = "kg/h"',
        'influent.ammonium * 2"\nunit = "kg/h"\nsince = 2026-11-20T02:00:35',
    )
    assert changed != SITE
    loaded(changed, NOW + timedelta(hours=1))
    _calculate(url)
    assert [value for _, value, _ in _values(url)] == pytest.approx([3] * 4 + [6] * 4)
    _assert_exact(url)
    # Without `since` it holds from the load, and what was calculated before stays.
    loaded(
        changed.replace("* 2", "* 3").replace("since = 2026-11-20T02:00:35", ""),
        NOW + timedelta(hours=2),
    )
    _calculate(url)
    assert [value for _, value, _ in _values(url)] == pytest.approx([3] * 4 + [6] * 4)


def test_division_by_zero_has_no_value(loaded: Callable[..., str]) -> None:
    url = loaded(
        SITE.replace('"influent.flow * influent.ammonium"', '"1 / influent.flow"').replace(
            "kg/h", "h/m3"
        )
    )
    _calculate(url)
    write_batches(url, [[message("in-flow", 0, 0), message("in-flow", 10, 4)]])
    _calculate(url)
    assert _values(url) == [(0.0, None, 9), (10.0, 0.25, 1)]
    _assert_exact(url)


def test_nobody_sends_what_is_calculated(loaded: Callable[..., str]) -> None:
    url = loaded()
    counts = write_batches(url, [[message("in-load", 0, 1)]])
    assert (counts.committed, counts.quarantined) == (0, 1)
    assert rows(url, "SELECT reason FROM quarantine") == [("unknown_point",)]


def test_its_provenance_is_calculated(loaded: Callable[..., str]) -> None:
    url = loaded()
    assert rows(url, "SELECT key, provenance FROM point_current ORDER BY key")[1] == (
        "in-load",
        "calculated",
    )


def test_whatever_comes_in_whichever_order_the_result_is_that_of_all_at_once(
    loaded: Callable[..., str], chance: random.Random
) -> None:
    url = loaded(SITE + DOUBLE)
    messages = [
        message(
            "in-flow",
            chance.randrange(3 * 86_400),
            chance.uniform(0, 2500),
            chance.choice([0, 0, 0, 0x4090_0000]),
        )
        for _ in range(1500)
    ]
    messages += [
        message("in-nh4", chance.randrange(3 * 86_400), chance.uniform(0, 80)) for _ in range(900)
    ]
    for _ in range(25):
        some, messages = messages[:96], messages[96:]
        write_batches(url, [some[:50], some[50:]])
        if chance.random() < 0.6:
            _calculate(url)
    _calculate(url)
    _assert_exact(url)
    kept = {key: _values(url, key) for key in ("in-load", "in-double", "in-high")}
    assert len(kept["in-load"]) > 500
    # Forgotten and made anew from nothing, it is the same.
    with psycopg.connect(url) as connection:
        ours = "point_id IN (SELECT point_id FROM calculated_plan)"
        for table in ("reading", "rollup_5m", "rollup_1h", "rollup_1d", "latest"):
            connection.execute(f"DELETE FROM {table} WHERE {ours}".encode())
        connection.execute("DELETE FROM calculated_plan")
    _calculate(url)
    assert {key: _values(url, key) for key in kept} == kept
    _assert_exact(url)


def test_a_calculated_value_that_a_person_judged_bad_stays_so_when_inputs_come_late(
    loaded: Callable[..., str],
) -> None:
    url = loaded()
    _calculate(url)
    write_batches(url, [[message("in-nh4", 0, 30), message("in-flow", 5, 100)]])
    write_batches(url, [[message("in-flow", 10, 200), message("in-flow", 20, 300)]])
    _calculate(url)
    point = rows(url, "SELECT point_id FROM point WHERE key = 'in-load'")[0][0]
    Staff(url, "fi").enter("bad", BEGIN, BEGIN + timedelta(seconds=12), point=point)
    carry_out(url)
    _calculate(url)
    assert [(at, qc) for at, _, qc in _values(url)] == [(5.0, 4), (10.0, 4), (20.0, 1)]
    write_batches(url, [[message("in-flow", 8, 150)]])
    _calculate(url)
    assert [(at, qc) for at, _, qc in _values(url)] == [(5.0, 4), (8.0, 4), (10.0, 4), (20.0, 1)]
    _assert_exact(url)
