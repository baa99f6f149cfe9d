"""The process drawing: which stages stand where, and which values stand beside them.

A stage whose points a site does not have is not drawn.
"""

from dataclasses import dataclass

from dashboard.analysis.kpi.plant import EFFLUENT_FLOW, INFLUENT_FLOW, POWER_TOTAL


@dataclass(frozen=True)
class Chip:
    """A value of a stage: the key of its label, and its point as `line/point`."""

    label: str
    point: str


@dataclass(frozen=True)
class Stage:
    """A stage: key of its name and of its symbol, and its values."""

    key: str
    chips: tuple[Chip, ...]


MAIN: tuple[Stage, ...] = (
    Stage(
        "inlet",
        (
            Chip("chip.flow", "main/ken-ft-101"),
            Chip("chip.level", "main/ken-lt-102"),
            Chip("chip.bypass", "main/ken-ft-109"),
        ),
    ),
    Stage(
        "screening",
        (
            Chip("chip.flow", INFLUENT_FLOW),
            Chip("chip.screen1", "main/jv-pdt-201"),
            Chip("chip.h2s", "main/jv-qt-212"),
        ),
    ),
    Stage(
        "primary",
        (
            Chip("chip.ammonium", "main/jv-qt-210"),
            Chip("chip.bypass", "main/es-ft-309"),
        ),
    ),
    Stage(
        "biology",
        (
            Chip("chip.oxygen1", "main/il1-at-411"),
            Chip("chip.oxygen2", "main/il2-at-421"),
            Chip("chip.air", "main/il1-ft-417"),
            Chip("chip.mlss", "main/il1-at-416"),
        ),
    ),
    Stage(
        "membranes",
        (
            Chip("chip.tmp1", "main/mbr1-pdt-512"),
            Chip("chip.tmp2", "main/mbr2-pdt-522"),
            Chip("chip.tmp3", "main/mbr3-pdt-532"),
            Chip("chip.tmp4", "main/mbr4-pdt-542"),
        ),
    ),
    Stage(
        "effluent",
        (
            Chip("chip.flow", EFFLUENT_FLOW),
            Chip("chip.ammonium", "main/lv-qt-605"),
            Chip("chip.phosphate", "main/lv-qt-607"),
            Chip("chip.turbidity", "main/lv-qt-604"),
        ),
    ),
)

BESIDE: tuple[Stage, ...] = (
    Stage("energy", (Chip("chip.power", POWER_TOTAL),)),
    Stage(
        "sludge",
        (
            Chip("chip.dry_solids", "main/li-qt-702"),
            Chip("chip.reject", "main/li-ft-704"),
        ),
    ),
    Stage(
        "gac",
        (
            Chip("chip.product", "gac/p01-ft-02"),
            Chip("chip.sac_in", "gac/p01-qt-05"),
            Chip("chip.sac_out", "gac/p01-qt-06"),
        ),
    ),
    Stage(
        "ro",
        (
            Chip("chip.permeate", "ro/p02-ft-02"),
            Chip("chip.pressure", "ro/p02-pt-04"),
            Chip("chip.mode", "ro/p02-mode"),
        ),
    ),
    Stage(
        "trial",
        (
            Chip("chip.phosphate_out", "trial/p03-qt-05"),
            Chip("chip.ozone", "trial/p04-qt-02"),
            Chip("chip.cell", "trial/e01-ii-09"),
        ),
    ),
)
