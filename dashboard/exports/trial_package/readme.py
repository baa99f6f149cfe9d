"""README.txt of the package: what is in it, in Finnish, Swedish and English. Plain text."""

from dashboard.exports.trial_package.request import PackageRequest
from schemas.visible_text import one_line

_CONTENT = {
    "fi": """\
readings.parquet      kaikki arvot yhtenä taulukkona (pandas: pd.read_parquet), yksikkö rivillään
csv/                  samat arvot suomalaiselle Excelille: tiedosto pisteittäin ja kuukausittain
points.*              pisteet: yksikkö (UCUM), laji ("N" = typpenä), alueet, nimet
methods.csv           mistä kukin arvo tulee
point_history.*       miten pisteen kuvaus on muuttunut
instrument_history.*  mikä mittalaite oli milloin käytössä
limits.*              raja-arvot, ja milloin kukin oli voimassa
notes.*, journal.*    merkinnät; koeajopäiväkirja: suunnitelma, vaiheet, erät, tapahtumat
quality.csv           sarakkeiden quality ja checks koodit
trial.json            laitos ja koeajo
SHA256SUMS            tarkistussummat: sha256sum --check SHA256SUMS

Ajat: ts ja time_utc ovat UTC-aikaa, time_local on laitoksen kellonaika. Desimaalierotin on
CSV:ssä pilkku. Arvoja ei ole muutettu; laatu on arvon vieressä. Jos pisteen yksikkö on vaihtunut,
kukin arvo on yksikössä, joka oli voimassa sen aikaan: sarake unit. Solu, joka olisi kaava, alkaa
heittomerkillä.""",
    "sv": """\
readings.parquet      alla värden i en tabell (pandas: pd.read_parquet), enheten på varje rad
csv/                  samma värden för ett finländskt Excel: en fil per punkt och månad
points.*              punkterna: enhet (UCUM), ämne ("N" = som kväve), områden, namn
methods.csv           varifrån varje värde kommer
point_history.*       hur punktens beskrivning har ändrats
instrument_history.*  vilket instrument som användes när
limits.*              gränsvärden, och när de gällde
notes.*, journal.*    anteckningar; försökets journal: plan, faser, satser, händelser
quality.csv           koderna i kolumnerna quality och checks
trial.json            verket och försöket
SHA256SUMS            kontrollsummor: sha256sum --check SHA256SUMS

Tider: ts och time_utc är UTC, time_local är verkets klocktid. Decimaltecknet i CSV är
komma. Värdena är inte ändrade; kvaliteten står bredvid. Om punktens enhet har ändrats är varje
värde i den enhet som gällde då: kolumnen unit. En cell som vore en formel börjar med apostrof.""",
    "en": """\
readings.parquet      all values as one table (pandas: pd.read_parquet), with the unit of each
csv/                  the same values for a Finnish Excel: a file for each point and month
points.*              the points: unit (UCUM), species ("N" = as nitrogen), ranges, names
methods.csv           where each value comes from
point_history.*       how the description of a point has changed
instrument_history.*  which instrument was in use when
limits.*              limits, and when each applied
notes.*, journal.*    notes; the journal of the trial: protocol, phases, batches, events
quality.csv           the codes of the columns quality and checks
trial.json            the plant and the trial
SHA256SUMS            checksums: sha256sum --check SHA256SUMS

Times: ts and time_utc are UTC, time_local is the plant's clock. The decimal mark in CSV is a comma.
Values are as they came; their quality stands beside them. Where the unit of a point changed, each
value is in the unit of its own time: column unit. A cell that would be a formula begins
with an apostrophe.""",
}
_LOST = {
    "fi": "PUUTTUU: yksittäisiä arvoja ennen {moment} ei enää säilytetä, eikä niitä ole paketissa.",
    "sv": "SAKNAS: enskilda värden före {moment} bevaras inte längre och finns inte i detta paket.",
    "en": "MISSING: single values before {moment} are kept no longer, and are not in this package.",
}
_TITLES = {"fi": "SUOMEKSI", "sv": "PÅ SVENSKA", "en": "IN ENGLISH"}


def readme(request: PackageRequest, rows: int) -> bytes:
    """Return the text; names of others stand in it as plain text on one line each."""
    trial = request.trial
    zone = request.zone
    start, end = (moment.astimezone(zone) for moment in (request.start, request.end))
    head = [
        one_line(" / ".join(dict.fromkeys(trial.site_name.values()))),
        one_line(" / ".join(dict.fromkeys(trial.name.values()))),
        one_line(trial.company_name),
        f"{start:%Y-%m-%d %H:%M} - {end:%Y-%m-%d %H:%M} {trial.time_zone}, {rows} readings",
    ]
    if request.has_lost:
        moment = f"{request.readings_from.astimezone(zone):%Y-%m-%d %H:%M}"
        head += [text.format(moment=moment) for text in _LOST.values()]
    if trial.embargo_until is not None:
        head.append(f"Embargo: {trial.embargo_until.astimezone(zone):%Y-%m-%d %H:%M}")
    parts = [f"{_TITLES[language]}\n\n{text}" for language, text in _CONTENT.items()]
    return "\n\n".join(["\n".join(head), *parts, ""]).replace("\n", "\r\n").encode("utf-8-sig")
