"""What a site file says of roles, as formulas need it."""

from schemas.catalogue import catalogue
from schemas.formula.site_roles import Item, SiteRoles
from schemas.site.elements import Asset
from schemas.site.model import Site


def site_roles(site: Site) -> SiteRoles:
    """Return the assets and streams of a site, and the points that have a role there."""
    items = {
        element.key: Item(
            catalogue().kinds[element.kind].lineage,
            {name: (each.value, each.unit) for name, each in element.properties.items()},
            element.within if isinstance(element, Asset) else None,
        )
        for element in (*site.asset, *site.stream)
    }
    points = {}
    for point in site.point:
        if point.role is not None:
            item, _, role = point.role.partition(".")
            points[item, role] = point.ref
    return SiteRoles(items, points, {point.ref: point.unit for point in site.point})
