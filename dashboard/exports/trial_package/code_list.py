"""What the codes beside a value mean, in the three languages."""

from schemas.quality import Check, Qc

QUALITY = {
    Qc.GOOD: ("hyvä", "god", "good: no check fired"),
    Qc.UNKNOWN: ("ei arvioitu", "inte bedömd", "not evaluated"),
    Qc.SUSPECT: ("epävarma", "osäker", "suspect"),
    Qc.FAIL: ("virheellinen", "felaktig", "fail: do not use"),
    Qc.MISSING: ("puuttuu", "saknas", "missing: there is no value"),
}
CHECKS = {
    Check.INSTRUMENT_RANGE: (
        "mittausalueen ulkopuolella",
        "utanför mätområdet",
        "outside of what the instrument can show",
    ),
    Check.TYPICAL_RANGE: (
        "tyypillisen alueen ulkopuolella",
        "utanför det typiska området",
        "outside of what is typical",
    ),
    Check.SOURCE_UNCERTAIN: (
        "lähteen mukaan epävarma",
        "osäker enligt källan",
        "uncertain, says the source",
    ),
    Check.SOURCE_BAD: (
        "lähteen mukaan virheellinen",
        "felaktig enligt källan",
        "bad, says the source",
    ),
    Check.NO_VALUE: ("ei arvoa", "inget värde", "no value"),
    Check.SERVER_TIME: (
        "aika vastaanottajalta",
        "tid från mottagaren",
        "time of reception, the source sent none",
    ),
    Check.AMBIGUOUS_LOCAL_TIME: (
        "paikallinen aika kahdesti syksyllä",
        "lokal tid två gånger på hösten",
        "local time that came twice in autumn",
    ),
    Check.END_OF_RANGE: (
        "mittausalueen päässä",
        "vid mätområdets ände",
        "at the end of the instrument's range",
    ),
    Check.FLAT_LINE: ("ei ole muuttunut", "har inte ändrats", "has not changed"),
    Check.SPIKE: ("yksittäinen piikki", "enstaka spik", "a single spike"),
    Check.RATE_OF_CHANGE: (
        "muuttui nopeammin kuin prosessi voi",
        "ändrades snabbare än processen kan",
        "changed faster than the process can",
    ),
    Check.ATTENUATED: ("elää liian vähän", "varierar för lite", "hardly moves any more"),
    Check.GAP: ("tauon jälkeen", "efter ett uppehåll", "after a gap"),
    Check.LATE: ("tuli myöhässä", "kom sent", "came late"),
    Check.BURST: ("tihein välein", "tätt på varandra", "in a burst"),
    Check.DEAD_VALUE: (
        "laite lähettää pelkkää nollaa",
        "enheten skickar bara nollor",
        "the whole device sends zero",
    ),
    Check.CALIBRATION: ("kalibrointi käynnissä", "kalibrering pågår", "being calibrated"),
    Check.CLEANING: (
        "anturin puhdistus käynnissä",
        "givaren rengörs",
        "the sensor is being cleaned",
    ),
    Check.SERVICE: ("huolto käynnissä", "service pågår", "in service"),
    Check.CLEANING_IN_PLACE: (
        "kemiallinen pesu (CIP) käynnissä",
        "kemisk rengöring (CIP) pågår",
        "cleaning in place (CIP)",
    ),
    Check.TRIAL_CHANGE: (
        "koeajon muutos käynnissä",
        "ändring i försöket pågår",
        "the trial is being changed",
    ),
    Check.JUDGED_SUSPECT: (
        "merkitty epävarmaksi käsin",
        "bedömd som osäker för hand",
        "judged suspect by a person",
    ),
    Check.JUDGED_BAD: (
        "merkitty virheelliseksi käsin",
        "bedömd som felaktig för hand",
        "judged bad by a person",
    ),
    Check.PLAUSIBLE_PAIR: (
        "ei sovi muihin mittauksiin",
        "stämmer inte med andra mätningar",
        "does not agree with other measurements",
    ),
}


def why(checks: int) -> str:
    """Return what fired, in the three languages; empty if nothing did."""
    fired = [CHECKS[check] for check in Check(checks)]
    return " / ".join(", ".join(words) for words in zip(*fired, strict=True))


def rows() -> list[dict[str, object]]:
    """Return the legend as rows: column, code, fi, sv, en."""
    tables = (("quality", QUALITY), ("checks", CHECKS))
    return [
        {"column": column, "code": int(code), "fi": fi, "sv": sv, "en": en}
        for column, names in tables
        for code, (fi, sv, en) in names.items()
    ]
