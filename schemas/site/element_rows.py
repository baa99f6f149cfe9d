"""Assets, streams, properties and roles of a site as rows of the database."""

from datetime import datetime

from schemas.site.elements import Asset, Element, Stream
from schemas.site.model import Site
from schemas.site.table import Moment, Row


def element_rows(site: Site) -> dict[str, list[Row]]:
    """Return the wanted rows by the name of their kind, as `schemas.site.rows` does.

    An asset that says since when it is there was not there before; a role counts from the
    beginning, with the readings of its point.
    """
    elements: list[Element] = [*site.asset, *site.stream]
    return {
        "element": [{"key": element.key, "place": n} for n, element in enumerate(elements)],
        "asset/stream": [_definition(site, element) for element in elements],
        "property": [row for element in elements for row in _properties(site, element)],
        "role": _roles(site),
    }


def _definition(site: Site, element: Element) -> Row:
    asset = element if isinstance(element, Asset) else None
    stream = element if isinstance(element, Stream) else None
    return {
        **element.model_dump(include={"key", "kind", "name", "line"}),
        "within": asset.within if asset else None,
        "source": stream.from_ if stream else None,
        "target": stream.to if stream else None,
        **counts_from(site, element.since),
    }


def _properties(site: Site, element: Element) -> list[Row]:
    return [
        {
            "element": element.key,
            "property": name,
            "value": quantity.value,
            "unit": quantity.unit,
            **counts_from(site, quantity.since or element.since),
        }
        for name, quantity in element.properties.items()
    ]


def _roles(site: Site) -> list[Row]:
    rows = []
    for point in site.point:
        if point.role is not None:
            element, role = point.role.split(".")
            where = {"line": point.line, "key": point.key, "element": element, "role": role}
            rows.append({**where, **counts_from(site, point.since), "first_from": None})
    return rows


def counts_from(site: Site, moment: Moment | None) -> dict[str, datetime | None]:
    """Return from when a dated row counts, whether it is the first of its key or changes one."""
    since = None if moment is None else site.starts_at(moment)
    return {"first_from": since, "since": since}
