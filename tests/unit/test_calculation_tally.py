"""What the calculation serves as metrics and in the status, and that the docs explain all of it."""

import re
import time
from pathlib import Path

import pytest

from deploy.operations.calculation import Calculation
from deploy.operations.status import PointCounts, Status
from deploy.operations.status_text import lines
from ingest.calculation.tally import PREFIX, Tally
from ingest.database.changes import Changes, Commit

DOCS = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")


def test_every_metric_is_served_and_explained() -> None:
    tally = Tally(points=3)
    commit = Commit(7, int((time.time() - 2) * 1e6), [1], [0], [0])
    tally.followed(Changes(6, 9, is_gap=False, commits=(commit,)))
    tally.worked({"written": 5}, 0.25)
    text = tally.text().decode()
    for line in ("written_values_total 5.0", "waiting_commits 2.0", "round_seconds_sum 0.25"):
        assert f"{PREFIX}{line}" in text
    assert 2 <= tally.delay_s < 60
    served = set(re.findall(rf"^{PREFIX}(\w+?)(?:\{{.*\}})? ", text, re.MULTILINE))
    section = DOCS[DOCS.index("health of the calculation") :]
    explained = set(re.findall(r"`(\w+)(?:\{\w+\})?`[ ,]", section))
    assert len(served) == 10
    assert served <= explained


@pytest.mark.parametrize(
    ("calculation", "text"),
    [
        (Calculation(12, 1), "of 12 points is connected and up to date"),
        (Calculation(12, 1, 40, 3), "connected and 40 commits wait; 3 are calculated anew"),
        (Calculation(12, 0, 40), "IS NOT CONNECTED to this database: start `virtaama calculate`"),
    ],
)
def test_the_status_tells_whether_points_are_calculated(
    calculation: Calculation, text: str
) -> None:
    status = Status(0, PointCounts(3, 0, 0, 1, 10), ingesting=1, calculation=calculation)
    (line,) = (each for each in lines(status) if each.startswith("calculation "))
    assert line.endswith(text)


def test_the_status_is_silent_where_nothing_is_calculated() -> None:
    status = Status(0, PointCounts(3, 0, 0, 1, 10), ingesting=1)
    assert not [each for each in lines(status) if each.startswith("calculation")]
