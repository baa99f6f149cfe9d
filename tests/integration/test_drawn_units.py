"""The same plant in other units: whoever measures in gallons and °F has the same figures."""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.analysis.kpi.values import KpiSite
from dashboard.store.kpi_cache import computed
from dashboard.store.plant import read_plant
from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from schemas.catalogue import Role, catalogue
from schemas.site.load import load
from schemas.site.model import Site
from schemas.site.reader import read
from schemas.units import counted_as
from tests.fixtures.drawn_plants import SHAPES, Past, drawn_plant, readings
from tests.fixtures.ingest_process import rows
from tests.fixtures.site_files import written
from tests.fixtures.viewing import viewing

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
OTHER = "other"
FLAGS = """
    SELECT l.key || '/' || p.key, array_agg(r.checks ORDER BY r.ts)
    FROM reading r JOIN point p USING (point_id) JOIN line l USING (line_id)
        JOIN site s USING (site_id)
    WHERE s.key = %s GROUP BY 1 ORDER BY 1
"""


def _with(site: Site, /, **changes: Any) -> Site:
    return Site(**({table: getattr(site, table) for table in Site.model_fields} | changes))


def _measured(site: Site) -> Site:
    """Return a site without what stands in it in a unit of its own, but for the readings."""
    points = [
        point.model_copy(update={"range": None, "typical": None})
        for point in site.point
        if point.formula is None
    ]
    return _with(site, point=tuple(points), alarm=())


def _roles(site: Site) -> Mapping[str, Role]:
    kinds = {each.key: catalogue().kinds[each.kind] for each in (*site.asset, *site.stream)}
    places = {point.ref: str(point.role).partition(".") for point in site.point}
    return {ref: kinds[element].roles[role] for ref, (element, _, role) in places.items()}


def _in_units_of_roles(site: Site) -> Site:
    roles = _roles(site)
    points = [
        point.model_copy(update={"unit": roles[point.ref].unit, "unit_display": None})
        for point in site.point
    ]
    head = site.site.model_copy(update={"key": OTHER})
    return _with(site, site=head, point=tuple(points))


def _converted(site: Site, messages: list[Message]) -> Iterator[Message]:
    """Yield the same readings in the units of the roles."""
    roles = _roles(site)
    for message in messages:
        ref = message.topic.partition("/")[2]
        body = json.loads(message.payload)
        way = counted_as(site.points[ref].unit, roles[ref].units)
        body["v"] = body["v"] * way.scale + way.offset
        yield message._replace(topic=f"{OTHER}/{ref}", payload=json.dumps(body).encode())


def test_a_plant_has_the_same_key_figures_and_flags_in_any_units(
    tmp_path: Path, migrated_url: str, chance: random.Random
) -> None:
    ours = _measured(read(written(tmp_path, drawn_plant(chance, SHAPES["mixed"]).text)))
    theirs = _in_units_of_roles(ours)
    for site in (ours, theirs):
        load(migrated_url, site, now=NOW - timedelta(days=30))
    messages = list(readings(ours, Past(NOW, 2), chance))
    backfill(migrated_url, [*messages, *_converted(ours, messages)])
    found = []
    with viewing(migrated_url) as connection:
        for key in (ours.key, OTHER):
            plant = read_plant(connection, NOW, key)
            values = computed(
                connection, KpiSite(key, plant.zone, plant.points, plant.kpis), NOW
            ).values()
            found.append({each.kpi.key: each.value for each in values})
    assert found[0] == pytest.approx(found[1], rel=1e-6, nan_ok=True)
    assert rows(migrated_url, FLAGS, ours.key) == rows(migrated_url, FLAGS, OTHER)
