"""What the alarms process serves as metrics, and that docs/metrics.md explains all of it."""

import re
from pathlib import Path

from ingest.alarms.tally import PREFIX, Tally

DOCS = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")


def test_every_metric_is_served_and_explained() -> None:
    tally = Tally()
    tally.entries["raised"] += 2
    text = tally.text().decode()
    assert f'{PREFIX}journal_entries_total{{kind="raised"}} 2.0' in text
    served = set(re.findall(rf"^{PREFIX}(\w+?)(?:\{{.*\}})? ", text, re.MULTILINE))
    explained = set(re.findall(r"^\| `(\w+)(?:\{\w+\})?` \|", DOCS, re.MULTILINE))
    assert len(served) == 10
    assert served <= explained
