"""Two sites of different zones publish to one ingest: each reading is its site's, by its days."""

from datetime import UTC, datetime
from pathlib import Path

from deploy.stack.broker import Broker
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.ingest_process import IngestProcess, publish, rows, wait_for_readings
from tests.fixtures.points import NO_BOUNDS, add_mapping, add_points

ZONES = {"a": "Europe/Helsinki", "b": "America/Denver"}
STORED = """
SELECT s.key, p.key, r.ts, r.value
FROM reading r JOIN point p USING (point_id) JOIN line l USING (line_id) JOIN site s USING (site_id)
ORDER BY 1, 2, 3
"""
DAYS = """
SELECT s.key, r.bucket, r.n
FROM rollup_1d r
JOIN point p USING (point_id) JOIN line l USING (line_id) JOIN site s USING (site_id)
WHERE p.key = 'flow' ORDER BY 1, 2
"""


def test_sites_with_the_same_keys_and_other_zones_are_kept_apart(
    tmp_path: Path, migrated_url: str, broker: Broker
) -> None:
    own = tmp_path.name.replace("_", "-")
    for name, zone in ZONES.items():
        add_points(
            migrated_url, {"flow": NO_BOUNDS, "level": NO_BOUNDS}, site=f"{own}-{name}", zone=zone
        )
        mapping = TopicMapping(
            key="row",
            topic=f"foreign/{own}/{name}",
            values=(ValueMapping("main/level", "/v"),),
            time_pointer="/when",
            time_format="%Y-%m-%d %H:%M",
            time_zone=zone,
        )
        add_mapping(migrated_url, mapping, site=f"{own}-{name}")
    noon = datetime(2026, 9, 21, 22, 30, tzinfo=UTC)  # the 22nd in Helsinki, the 21st in Denver
    at_ms = round(noon.timestamp() * 1000)
    messages: list[tuple[str, object]] = []
    for number in range(20):
        for place, name in enumerate(ZONES):
            value = 100.0 * place + number
            messages.append((f"{own}-{name}/main/flow", {"t": at_ms + 1000 * number, "v": value}))
    for place, name in enumerate(ZONES):
        row = {"when": "2026-09-21 12:00", "v": 7.0 + place}
        messages.append((f"foreign/{own}/{name}", row))
    messages.append((f"{own}-c/main/flow", {"t": at_ms, "v": 1.0}))  # a site that nobody described
    with IngestProcess(tmp_path, migrated_url, broker.url) as ingest:
        ingest.ready()
        publish(broker.host, broker.port, messages)
        wait_for_readings(migrated_url, 42)
        assert ingest.stop() == 0
    stored = rows(migrated_url, STORED)
    assert [value for site, key, _, value in stored if (site, key) == (f"{own}-a", "flow")] == [
        float(number) for number in range(20)
    ]
    assert [value for site, key, _, value in stored if (site, key) == (f"{own}-b", "flow")] == [
        100.0 + number for number in range(20)
    ]
    levels = [(site, ts, value) for site, key, ts, value in stored if key == "level"]
    assert levels == [
        (f"{own}-a", datetime(2026, 9, 21, 9, tzinfo=UTC), 7.0),
        (f"{own}-b", datetime(2026, 9, 21, 18, tzinfo=UTC), 8.0),
    ]
    assert rows(migrated_url, DAYS) == [
        (f"{own}-a", datetime(2026, 9, 21, 21, tzinfo=UTC), 20),
        (f"{own}-b", datetime(2026, 9, 21, 6, tzinfo=UTC), 20),
    ]
