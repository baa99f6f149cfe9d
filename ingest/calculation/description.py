"""Reads what sites were through time, as planning needs it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from ingest.calculation.plan import Plan
from ingest.calculation.planning import (
    ElementVersion,
    PointVersion,
    PropertyVersion,
    RoleVersion,
    SiteHistory,
    plans_of,
)
from ingest.decoding.point import since
from schemas.queries import queries
from schemas.unit_history import meant

_SQL = queries("calculation")


async def load_plans(connection: asyncpg.Connection) -> dict[int, Plan]:
    """Return how each calculated point of all sites is calculated. Raises asyncpg's errors."""
    sites: defaultdict[str, SiteHistory] = defaultdict(SiteHistory)
    site_of: dict[int, SiteHistory] = {}
    for point_id, site, path, retired_us in await connection.fetch(_SQL["points"]):
        site_of[point_id] = sites[site]
        sites[site].paths[path] = point_id
        if retired_us is not None:
            sites[site].retired_us[point_id] = retired_us
    for point_id, since_us, *version in await connection.fetch(_SQL["point_versions"]):
        versions = site_of[point_id].points.setdefault(point_id, [])
        versions.append(PointVersion(since(since_us), *version))
    for site_history in sites.values():
        site_history.points = {
            point_id: _with_units_meant(versions)
            for point_id, versions in site_history.points.items()
        }
    for site, key, since_us, *element in await connection.fetch(_SQL["element_versions"]):
        elements = sites[site].elements.setdefault(key, [])
        elements.append(ElementVersion(since(since_us), *element))
    for site, key, name, since_us, *quantity in await connection.fetch(_SQL["property_versions"]):
        quantities = sites[site].properties.setdefault((key, name), [])
        quantities.append(PropertyVersion(since(since_us), *quantity))
    for site, point_id, since_us, *role in await connection.fetch(_SQL["role_versions"]):
        roles = sites[site].roles.setdefault(point_id, [])
        roles.append(RoleVersion(since(since_us), *role))
    return {point_id: plan for site in sites.values() for point_id, plan in plans_of(site).items()}


def _with_units_meant(versions: Sequence[PointVersion]) -> list[PointVersion]:
    units = meant([version.unit for version in versions])
    return [replace(one, unit=unit) for one, unit in zip(versions, units, strict=True)]
