"""What formulas may name at a site, told in the units of its own points. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from schemas.catalogue.key_figures import signals
from schemas.formula.meaning import Signal
from schemas.formula.site_roles import SiteRoles


def signals_at(site: SiteRoles) -> Mapping[str, Mapping[str, Signal]]:
    """Return roles and properties of each kind; a role has the unit of its points.

    That is for sentences: a plant in MGD reads of MGD. Where its points have several units, or one
    that does not fit, it is that of the role.
    """
    units: dict[tuple[str, str], set[str]] = {}
    for (item, role), path in site.points.items():
        for kind in site.items[item].kinds:
            units.setdefault((kind, role), set()).add(site.units[path])
    found = {kind: dict(roles) for kind, roles in signals().items()}
    for (kind, role), used in units.items():
        signal = found[kind].get(role)
        if signal is not None and len(used) == 1 and signal.fits(unit := next(iter(used))):
            found[kind][role] = replace(signal, unit=unit)
    return found
