"""What a site file says of roles, as formulas need it."""

from collections.abc import Iterable, Sequence

from schemas.catalogue import catalogue
from schemas.formula.site_roles import Item, SiteRoles
from schemas.site.elements import Asset, Stream
from schemas.site.model import Point, Site


def site_roles(site: Site) -> SiteRoles:
    """Return the assets and streams of a site, and the points that have a role there."""
    return roles_of((*site.asset, *site.stream), site.point)


def roles_of(elements: Iterable[Asset | Stream], known: Sequence[Point]) -> SiteRoles:
    """Return the same of parts of a site; what is wrong with them is left out."""
    items = {
        element.key: Item(
            catalogue().kinds[element.kind].lineage,
            {name: (each.value, each.unit) for name, each in element.properties.items()},
            element.within if isinstance(element, Asset) else None,
        )
        for element in elements
        if element.kind in catalogue().kinds
    }
    points = {}
    for point in known:
        item, _, role = (point.role or "").partition(".")
        if item in items:
            points[item, role] = point.ref
    return SiteRoles(items, points, {point.ref: point.unit for point in known})
