"""A plant with more counters and pumping stations than a chart can show apart: its cards say so."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.analysis.window import ending
from dashboard.components.chart_card import ChartContext, ChartResult, drawn
from dashboard.pages.boards.cards import cards_of
from dashboard.store.plant import read_plant
from dashboard.web.display import DisplaySettings
from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from schemas.catalogue.pages import pages
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.site_files import written
from tests.fixtures.viewing import viewing

NOW = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) - timedelta(days=1)
METERS = 40
STATIONS = 14
HOURS = 72
SILENT, SILENT_HOURS = 7, 24  # a meter that counts nothing at first

Draws = Callable[[str, str], ChartResult]


def _site() -> str:
    names = '{{ fi = "{0}", sv = "{0}", en = "{0}" }}'.format
    parts = [
        f'[site]\nkey = "many"\nname = {names("Many")}\ntime_zone = "Europe/Helsinki"\n',
        f'[[line]]\nkey = "m"\nkind = "main"\nname = {names("Line")}\n',
        '[[asset]]\nkind = "main_meter"\n',
    ]
    for sort, kind, count in (("e", "sub_meter", METERS), ("s", "pumping_station", STATIONS)):
        parts += [
            f'[[asset]]\nkey = "{sort}{n}"\nkind = "{kind}"\nname = {names(f"{kind} {n}")}\n'
            for n in range(count)
        ]
    roles = [("whole", "main_meter.energy"), *((f"e{n}", f"e{n}.energy") for n in range(METERS))]
    roles += [(f"s{n}", f"s{n}.level") for n in range(STATIONS)]
    parts += [
        f'[[point]]\nkey = "{key}"\narea = "A"\ntag = "A-{key}"\nrole = "{role}"\n'
        f'unit = "{"m" if key.startswith("s") else "kW.h"}"\n'
        f"name = {names(key.upper())}\nexpected_interval_s = 3600\n"
        for key, role in roles
    ]
    return "\n".join(parts)


def _messages() -> Iterator[Message]:
    """Yield what meter n counts, n kWh an hour, and the meter of the whole ten more than all."""
    an_hour = {f"e{n}": float(n) for n in range(METERS)}
    an_hour["whole"] = sum(an_hour.values()) + 10.0
    for hour in range(HOURS + 1):
        at = NOW - timedelta(hours=HOURS - hour)
        levels = {f"s{n}": 1.0 + 0.01 * n for n in range(STATIONS)}
        for key, value in ({key: rate * hour for key, rate in an_hour.items()} | levels).items():
            if key == f"e{SILENT}" and hour < SILENT_HOURS:
                continue
            payload = json.dumps({"t": at.isoformat(), "v": value}).encode()
            yield Message(f"many/m/{key}", payload, round(at.timestamp() * 1e6))


@pytest.fixture(scope="module")
def draws(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Draws]:
    """Draws a card of a page as an operator sees it."""
    site = read(written(tmp_path_factory.mktemp("many"), _site()))
    load(migrated_module_url, site, now=NOW - timedelta(days=30))
    backfill(migrated_module_url, _messages())
    with viewing(migrated_module_url) as connection:
        plant = read_plant(connection, NOW, "many")
        display = DisplaySettings("en", plant.zone, "light", 1_000.0)
        window = ending(NOW, 86_400.0)
        chart = ChartContext(connection, plant.points, plant.roles, window, NOW, display)

        def draw(page: str, card: str) -> ChartResult:
            cards = {each.key: each for each in cards_of(pages()[page], plant)}
            found = drawn(cards[card], chart)
            assert found is not None
            return found

        yield draw


@pytest.fixture(scope="module")
def by_use(draws: Draws) -> ChartResult:
    """The card of electricity a day."""
    return draws("energy", "by_use")


def test_of_many_meters_the_largest_have_names_and_the_others_are_one_part(
    by_use: ChartResult,
) -> None:
    names = [entry.label for entry in by_use.legend]
    largest = [f"E{n}" for n in range(METERS - 8, METERS)]
    assert names == [*largest, f"Others ({METERS - 8})", "Outside the sub-meters"]
    colours = [entry.colour for entry in by_use.legend[:9]]
    assert len(set(colours)) == len(colours)
    assert f"The largest 8 of {METERS} have names" in by_use.note
    *_, yesterday, _ = by_use.figure["data"][8]["y"]
    assert yesterday == pytest.approx(24.0 * sum(range(METERS - 8)), rel=0.05)
    assert by_use.points == ("m/whole", *(f"m/e{n}" for n in range(METERS - 8, METERS)))


def test_a_meter_that_keeps_the_sum_of_the_others_unknown_is_named(by_use: ChartResult) -> None:
    said = f"for some day, of which the sum of the others is then unknown: A-e{SILENT}."
    assert said in by_use.note


def test_a_chart_of_the_first_of_many_lines_says_of_how_many(draws: Draws) -> None:
    found = draws("network", "levels")
    assert len(found.points) == 12
    assert found.note.startswith(f"The chart shows the first 12 of {STATIONS}.")
