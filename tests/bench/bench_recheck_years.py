"""A recheck of ten years: how fast, in how much memory, and killed in the midst of it."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from schemas.check_rule import CheckRule
from tests.fixtures.ingest_process import rows
from tests.fixtures.service_process import ROOT
from tests.fixtures.years import KEYS, add_years

TEN_YEARS, STEP = timedelta(days=3_653), timedelta(hours=1)
MEMORY_LIMIT_MIB = 300
DEADLINE_S = 900.0
# The readings of each hour are all alike: every one is judged otherwise.
NEW = CheckRule(flat_after_s=10_800, gap_after_s=7_200)
DONE = "SELECT looked_at, changed FROM recheck WHERE finished_at IS NOT NULL"
GOOD = "SELECT (SELECT count(*) FROM reading WHERE qc = 1), (SELECT sum(n_good)::bigint FROM {})"


def _carry_out(url: str, arguments: list[str], killed_after: int | None) -> tuple[float, float]:
    """Run the command, to its end or until so many readings were looked at; return s and MiB."""
    environment = {**os.environ, "VIRTAAMA_DATABASE_URL": url}
    began_s, peak_mib = time.monotonic(), 0.0
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", "recheck", *arguments], env=environment, cwd=ROOT
    ) as process:
        while process.poll() is None and time.monotonic() - began_s < DEADLINE_S:
            status = Path(f"/proc/{process.pid}/status").read_text()
            lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
            peak_mib = max(peak_mib, *(int(line.split()[1]) / 1024 for line in lines), 0.0)
            looked_at = rows(url, "SELECT coalesce(sum(looked_at), 0) FROM recheck")[0][0]
            if killed_after is not None and looked_at > killed_after:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.2)
    return time.monotonic() - began_s, peak_mib


@pytest.mark.timeout(1_200)
def test_a_recheck_of_ten_years_takes_little_memory_and_goes_on_when_killed(
    migrated_url: str,
) -> None:
    url = migrated_url
    add_years(url, (TEN_YEARS, STEP))
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE point_definition SET checks = %s", (Jsonb(NEW.as_json()),))
    count = rows(url, "SELECT count(*) FROM reading")[0][0]
    wanted = ["--from", "2016-01-01", "main/*", "--apply", "--reason", "a new rule"]
    first_s, first_mib = _carry_out(url, wanted, killed_after=count // 3)
    before = rows(url, "SELECT looked_at FROM recheck")[0][0]
    rest_s, rest_mib = _carry_out(url, ["--resume"], killed_after=None)
    print(
        f"\n{count} readings of {len(KEYS)} points, ten years, all judged otherwise:"
        f"\n  killed at {before} after {first_s:.0f} s, the rest in {rest_s:.0f} s:"
        f" {(count - before) / rest_s:,.0f} a second; {max(first_mib, rest_mib):.0f} MiB at most"
    )
    assert rows(url, DONE) == [(count, count)]
    for rollup in ("rollup_5m", "rollup_1h", "rollup_1d"):
        assert rows(url, GOOD.format(rollup)) == [(0, 0)]
    assert max(first_mib, rest_mib) < MEMORY_LIMIT_MIB
