"""The quality page: what leaves the plant, and what decides about it inside."""

from dashboard.components.chart_card import Card, trend_card

AMMONIUM, NITRATE = "main/lv-qt-605", "main/lv-qt-606"
PHOSPHATE = "main/lv-qt-607"
PH, TURBIDITY, SAC254 = "main/lv-qt-603", "main/lv-qt-604", "main/lv-qt-608"
OXYGEN = ("main/il1-at-411", "main/il1-at-412", "main/il2-at-421", "main/il2-at-422")
SLUDGE = ("main/il1-at-416", "main/il2-at-426", "main/mbr-qt-551")
PRESSURES = tuple(f"main/mbr{tank}-pdt-5{tank}2" for tank in range(1, 5))
PERMEABILITIES = tuple(f"main/mbr{tank}-qy-5{tank}7" for tank in range(1, 5))

# Limits are set for laboratory results; they are drawn with the online signal of the substance.
LIMITS_OF = {AMMONIUM: "main/lab-out-nh4n", PHOSPHATE: "main/lab-out-tp"}

LIVE = (
    AMMONIUM,
    NITRATE,
    PHOSPHATE,
    TURBIDITY,
    PH,
    SAC254,
    *OXYGEN,
    *SLUDGE,
    *PRESSURES,
    *PERMEABILITIES,
)
KPIS = ("ammonium_removal", "sac254_reduction", "phosphorus_recovery", "ro_rejection")

CARDS: tuple[Card, ...] = (
    trend_card("quality.nitrogen", (AMMONIUM, NITRATE), limits_of=LIMITS_OF),
    trend_card("quality.phosphorus", (PHOSPHATE,), limits_of=LIMITS_OF),
    trend_card("quality.clarity", (TURBIDITY, SAC254)),
    trend_card("quality.ph", (PH,)),
    trend_card("quality.oxygen", OXYGEN),
    trend_card("quality.sludge", SLUDGE),
    trend_card("quality.pressure", PRESSURES),
    trend_card("quality.permeability", PERMEABILITIES),
)
