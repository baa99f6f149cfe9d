"""What a plant consists of, and which point means what, as of a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import psycopg
from psycopg.rows import dict_row

from dashboard.analysis.kpi.values import KpiPoint
from schemas.catalogue import Names, catalogue
from schemas.formula.site_roles import Item, SiteRoles
from schemas.queries import queries

_SQL = queries("plant_model")


@dataclass(frozen=True)
class Quantity:
    """The value of a property in `unit` (UCUM)."""

    value: float
    unit: str


@dataclass(frozen=True)
class Element:
    """An asset or a stream; names by language.

    `within` is the asset that contains an asset; a stream leads from `source` to `target`. None is
    outside of the plant, or an asset that the viewer may not see.
    """

    key: str
    kind: str
    name: Names
    line: str
    within: str | None
    source: str | None
    target: str | None
    properties: Mapping[str, Quantity]


@dataclass(frozen=True)
class PlantModel:
    """Assets and streams by key, and the points by what they mean: (key of an element, role)."""

    elements: Mapping[str, Element]
    roles: Mapping[tuple[str, str], int]

    @cached_property
    def assets(self) -> dict[str, Element]:
        """The assets, by key."""
        return {key: each for key, each in self.elements.items() if not _is_stream(each)}

    @cached_property
    def streams(self) -> dict[str, Element]:
        """The streams, by key."""
        return {key: each for key, each in self.elements.items() if _is_stream(each)}

    def of_kind(self, kind: str) -> list[Element]:
        """Return the elements of a kind or of one that is narrower, in the order of the file."""
        kinds = catalogue().narrower(kind)
        return [element for element in self.elements.values() if element.kind in kinds]


def plant_model(connection: psycopg.Connection[Any], site: str, at: datetime) -> PlantModel:
    """Return what the transaction's viewer may see of a site as it was at `at` (aware).

    What the program's catalogue no longer knows is left out.
    """
    asked = {"site": site, "at": at}
    with connection.cursor(row_factory=dict_row) as cursor:
        elements = cursor.execute(_SQL["elements"], asked).fetchall()
        properties = cursor.execute(_SQL["element_properties"], asked).fetchall()
        roles = cursor.execute(_SQL["point_roles"], asked).fetchall()
    known = {row.pop("element_id"): row for row in elements if row["kind"] in catalogue().kinds}
    quantities: dict[int, dict[str, Quantity]] = {element_id: {} for element_id in known}
    for row in properties:
        if row["element_id"] in known:
            of = quantities[row["element_id"]]
            of[row["property"]] = Quantity(row["value"], row["unit"])
    return PlantModel(
        {
            row["key"]: Element(**row, properties=quantities[element_id])
            for element_id, row in known.items()
        },
        {
            (known[row["element_id"]]["key"], row["role"]): row["point_id"]
            for row in roles
            if row["element_id"] in known
        },
    )


def site_roles(model: PlantModel, known: Mapping[str, KpiPoint]) -> SiteRoles:
    """Return what formulas need of a model; of its points those that are known, by path."""
    items = {
        key: Item(
            catalogue().kinds[element.kind].lineage,
            {name: (each.value, each.unit) for name, each in element.properties.items()},
            element.within,
        )
        for key, element in model.elements.items()
    }
    paths = {point.point_id: path for path, point in known.items()}
    points = {place: paths[point] for place, point in model.roles.items() if point in paths}
    return SiteRoles(items, points, {path: point.unit for path, point in known.items()})


def _is_stream(element: Element) -> bool:
    return catalogue().kinds[element.kind].is_stream
