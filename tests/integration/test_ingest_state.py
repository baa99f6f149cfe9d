"""Each process of the ingest tells how its connection to the broker and its spool are."""

import asyncio
import logging
from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.decoding.message import Message
from ingest.metrics import Metrics
from ingest.monitoring import report
from ingest.monitoring.report import Report
from ingest.outage import Outage
from ingest.settings import IngestSettings
from ingest.spool.spool import LIMIT_MIN_BYTES, Spool
from tests.fixtures.ingest_process import rows
from tests.fixtures.writing import TIMEOUT_S

TOLD = """
SELECT client_id, broker_since IS NOT NULL, broker_lost_at IS NOT NULL, broker_reason, outages,
       spool_messages, spool_since IS NOT NULL, refused
FROM ingest_state ORDER BY 1
"""


def test_what_is_told_follows_the_connection_and_the_spool_and_names_given_up_go(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "INTERVAL_S", 0.02)
    rows(
        migrated_url,
        "INSERT INTO ingest_state (client_id, told_at, outages, refused, damaged)"
        " VALUES ('old', now() - INTERVAL '31 days', 0, 0, 0) RETURNING client_id",
    )
    settings = IngestSettings(
        database_url=SecretStr(migrated_url),
        mqtt_url=SecretStr("mqtt://localhost"),
        ingest_client_id="virtaama",
    )
    spool = Spool(tmp_path / "spool", LIMIT_MIN_BYTES)
    broker, metrics = Outage(logging.getLogger("broker"), "the broker"), Metrics()

    async def seen(wanted: tuple[object, ...]) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            while await asyncio.to_thread(rows, migrated_url, TOLD) != [wanted]:
                await asyncio.sleep(0.01)

    async def run() -> None:
        telling = asyncio.create_task(Report(settings, broker, spool, metrics).run())
        broker.is_over()
        await seen(("virtaama", True, False, None, 0, 0, False, 0))
        broker.goes_on("connection\0 lost")
        spool.append([Message("plant/main/a", b"1", 1)])
        metrics.refused += Counter({"gw": 2})
        await seen(("virtaama", False, True, "connection lost", 1, 1, True, 2))
        broker.is_over()
        await seen(("virtaama", True, True, "connection lost", 1, 1, True, 2))
        telling.cancel()
        await asyncio.wait([telling])

    asyncio.run(run())
    spool.close()
