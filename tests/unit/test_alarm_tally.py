"""What the alarms process serves as metrics, and that docs/metrics.md explains all of it."""

import re
from pathlib import Path

from ingest.alarms.tally import PREFIX, Tally

DOCS = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")


def _served(tally: Tally) -> set[str]:
    return set(re.findall(rf"^{PREFIX}(\w+?)(?:\{{.*\}})? ", tally.text().decode(), re.MULTILINE))


def test_every_metric_is_served_and_explained() -> None:
    tally = Tally(is_moving=True)
    tally.entries["raised"] += 2
    text = tally.text().decode()
    assert f'{PREFIX}journal_entries_total{{kind="raised"}} 2.0' in text
    served = _served(tally)
    explained = set(re.findall(r"^\| `(\w+)(?:\{\w+\})?` \|", DOCS, re.MULTILINE))
    assert len(served) == 10
    assert served <= explained


def test_a_process_that_stood_by_said_that_no_commit_waits() -> None:
    tally = Tally(behind=0)
    now = {"definitions", "active_alarms", "waiting_commits", "delay_seconds"}
    assert f"{PREFIX}moving 0.0" in tally.text().decode()
    assert not now & _served(tally)
    assert "wait" not in tally.sentence()
    assert now <= _served(Tally(is_moving=True))
