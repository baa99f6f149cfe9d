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
}


def rows() -> list[dict[str, object]]:
    """Return the legend as rows: column, code, fi, sv, en."""
    tables = (("quality", QUALITY), ("checks", CHECKS))
    return [
        {"column": column, "code": int(code), "fi": fi, "sv": sv, "en": en}
        for column, names in tables
        for code, (fi, sv, en) in names.items()
    ]
