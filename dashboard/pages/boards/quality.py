"""The quality page: what leaves the plant, and what decides about it inside."""

from dashboard.components.chart_card import Card, trend_card

AMMONIUM, NITRATE = "effluent.ammonium", "effluent.nitrate"
PHOSPHATE = "effluent.phosphate"
PH, TURBIDITY, SAC254 = "effluent.ph", "effluent.turbidity", "effluent.sac254"
OXYGEN = "bioreactor.oxygen"
SLUDGE = ("bioreactor.mlss", "membrane_stage.mlss", "membrane_tank.mlss")
PRESSURE = "membrane_tank.transmembrane_pressure"
PERMEABILITY = "membrane_tank.permeability"

# Limits are set for laboratory results; they are drawn with the online signal of the substance.
LIMITS_OF = {AMMONIUM: "effluent.lab_ammonium", PHOSPHATE: "effluent.lab_total_phosphorus"}

LIVE = (
    AMMONIUM,
    NITRATE,
    PHOSPHATE,
    TURBIDITY,
    PH,
    SAC254,
    OXYGEN,
    *SLUDGE,
    PRESSURE,
    PERMEABILITY,
)
KPIS = ("ammonium_removal", "sac254_reduction", "phosphorus_recovery", "salt_rejection")

CARDS: tuple[Card, ...] = (
    trend_card("quality.nitrogen", (AMMONIUM, NITRATE), limits_of=LIMITS_OF),
    trend_card("quality.phosphorus", (PHOSPHATE,), limits_of=LIMITS_OF),
    trend_card("quality.clarity", (TURBIDITY, SAC254)),
    trend_card("quality.ph", (PH,)),
    trend_card("quality.oxygen", (OXYGEN,)),
    trend_card("quality.sludge", SLUDGE),
    trend_card("quality.pressure", (PRESSURE,)),
    trend_card("quality.permeability", (PERMEABILITY,)),
)
