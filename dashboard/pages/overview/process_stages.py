"""The process drawing: which stages stand where, and which values stand beside them.

A stage of which a site has no point is not drawn.
"""

from dataclasses import dataclass

from schemas.formula.site_roles import SiteRoles


@dataclass(frozen=True)
class Chip:
    """A value of a stage: the key of its label, and which of the points of a role it is."""

    label: str
    role: str
    number: int = 0

    def path(self, roles: SiteRoles) -> str | None:
        """Return the point that a site has for it; None if it has none."""
        paths = roles.paths(self.role)
        return paths[self.number] if self.number < len(paths) else None


@dataclass(frozen=True)
class Stage:
    """A stage: key of its name and of its symbol, and its values."""

    key: str
    chips: tuple[Chip, ...]


MAIN: tuple[Stage, ...] = (
    Stage(
        "inlet",
        (
            Chip("chip.flow", "inlet_pumping.flow"),
            Chip("chip.level", "inlet_pumping.level"),
            Chip("chip.bypass", "overflow.flow"),
        ),
    ),
    Stage(
        "screening",
        (
            Chip("chip.flow", "influent.flow"),
            Chip("chip.screen1", "screen.level_difference"),
            Chip("chip.h2s", "hall.hydrogen_sulphide"),
        ),
    ),
    Stage(
        "primary",
        (
            Chip("chip.ammonium", "influent.ammonium"),
            Chip("chip.bypass", "primary_bypass.flow"),
        ),
    ),
    Stage(
        "biology",
        (
            Chip("chip.oxygen1", "bioreactor.oxygen"),
            Chip("chip.oxygen2", "bioreactor.oxygen", 2),
            Chip("chip.air", "bioreactor.air_flow"),
            Chip("chip.mlss", "bioreactor.mlss"),
        ),
    ),
    Stage(
        "membranes",
        (
            Chip("chip.tmp1", "membrane_tank.transmembrane_pressure"),
            Chip("chip.tmp2", "membrane_tank.transmembrane_pressure", 1),
            Chip("chip.tmp3", "membrane_tank.transmembrane_pressure", 2),
            Chip("chip.tmp4", "membrane_tank.transmembrane_pressure", 3),
        ),
    ),
    Stage(
        "effluent",
        (
            Chip("chip.flow", "effluent.flow"),
            Chip("chip.ammonium", "effluent.ammonium"),
            Chip("chip.phosphate", "effluent.phosphate"),
            Chip("chip.turbidity", "effluent.turbidity"),
        ),
    ),
)

BESIDE: tuple[Stage, ...] = (
    Stage("energy", (Chip("chip.power", "main_meter.power"),)),
    Stage(
        "sludge",
        (
            Chip("chip.dry_solids", "sludge_cake.dry_solids"),
            Chip("chip.reject", "reject.flow"),
        ),
    ),
    Stage(
        "gac",
        (
            Chip("chip.product", "gac_filter.product_flow"),
            Chip("chip.sac_in", "gac_filter.feed_sac254"),
            Chip("chip.sac_out", "gac_filter.product_sac254"),
        ),
    ),
    Stage(
        "ro",
        (
            Chip("chip.permeate", "reverse_osmosis.permeate_flow"),
            Chip("chip.pressure", "reverse_osmosis.feed_pressure"),
            Chip("chip.mode", "reverse_osmosis.mode"),
        ),
    ),
    Stage(
        "trial",
        (
            Chip("chip.phosphate_out", "struvite_reactor.product_phosphate"),
            Chip("chip.ozone", "ozonation.ozone_dose"),
            Chip("chip.cell", "electrolysis.cell_current"),
        ),
    ),
)
