"""The page of the state of the data: what to mend first, and the file to take along."""

import csv
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.store.data_health import DAYS
from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from tests.fixtures.dashboard import LivePlant

pytestmark = pytest.mark.browser

SILENT = ("gac/p01-ft-01", "gac/p01-ft-02", "gac/p01-jq-07")
GOOD = "main/jv-qt-210"


def _message(point: str, at: datetime, value: float) -> Message:
    payload = json.dumps({"t": at.isoformat(), "v": value}).encode()
    return Message(f"mikkeli/{point}", payload, round(at.timestamp() * 1e6))


@pytest.fixture(scope="module")
def page(module_chromium: Browser, live_plant: LivePlant) -> Iterator[Page]:
    """The page of a plant where one line fell silent three hours ago and one point sends."""
    now = datetime.now(UTC).replace(microsecond=0)  # files before this one take minutes
    hours_ago = now - timedelta(hours=3)
    messages = [_message(point, hours_ago, 5.0) for point in SILENT]
    messages += [_message(GOOD, now - timedelta(minutes=one), 30.0) for one in range(60)]
    with ThreadPoolExecutor(1) as pool:
        pool.submit(backfill, live_plant.database_url, messages).result()
    context = live_plant.context(
        module_chromium, viewport={"width": 1600, "height": 1000}, accept_downloads=True
    )
    opened = context.new_page()
    opened.goto(f"{live_plant.dashboard.url}/data-health")
    yield opened
    context.close()


def test_a_line_that_fell_silent_is_one_row_above_all_others(page: Page) -> None:
    first = page.locator(".finding").first
    expect(first).to_contain_text("Aktiivihiili")
    expect(first).to_contain_text("koko linja vaiti")
    expect(first).to_contain_text("yhdyskäytävä")
    expect(page.locator(".finding", has_text="P01-FT-01")).to_have_count(0)


def test_an_instrument_is_called_what_people_call_it(page: Page) -> None:
    """It was called by its key in the site file."""
    due = page.locator(".card", has_text="Kalibroinnit").last
    expect(due).to_contain_text("Tulevan veden ammoniumanalysaattori")
    expect(due).not_to_contain_text("nh4-jv-210")


def test_what_never_sent_says_so_and_what_sends_stands_in_no_row(page: Page) -> None:
    silent = page.locator(".finding-never")
    expect(silent.first).to_contain_text("ei vielä lukemia")
    expect(page.locator(".finding", has_text="JV-QT-210")).to_have_count(0)


def test_every_point_of_a_line_has_its_days_as_a_drawing_that_says_in_words_what_it_shows(
    page: Page,
) -> None:
    page.locator("summary", has_text="Aktiivihiili").click()
    row = page.locator(".health-row", has_text="P01-FT-01")
    drawing = row.locator("img.strip")
    expect(drawing).to_be_visible()
    assert "huonoin päivä" in (drawing.get_attribute("alt") or "")
    # The policy lets it be drawn.
    assert drawing.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_the_file_holds_every_point_and_every_day(page: Page, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.click("#health-download")
    to = tmp_path / "completeness.csv"
    download.value.save_as(to)
    rows = list(csv.DictReader(to.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    days = [name for name in rows[0] if name[:2] == "20"]
    assert len(days) == DAYS
    by_point = {row["point"]: row for row in rows}
    assert by_point[GOOD]["tag"] == "JV-QT-210"
    assert by_point[GOOD][days[-1]] != ""
    assert by_point["gac/p01-pdt-03"][days[-1]] == ""


def test_the_file_of_connections_holds_broker_and_spool_lines_and_devices(
    page: Page, tmp_path: Path, live_plant: LivePlant
) -> None:
    """They stood on the page alone."""
    with psycopg.connect(live_plant.database_url) as connection:
        connection.execute(
            "INSERT INTO ingest_state (client_id, told_at, broker_lost_at, broker_reason, outages,"
            " spool_messages, spool_bytes, spool_limit_bytes, refused, damaged)"
            " VALUES ('of the file', now(), now(), 'no; route', 2, 7, 900, 1000, 0, 0)"
        )
    with page.expect_download() as download:
        page.get_by_text("Lataa yhteydet").click()
    to = tmp_path / "connections.csv"
    download.value.save_as(to)
    with psycopg.connect(live_plant.database_url) as connection:
        connection.execute("DELETE FROM ingest_state WHERE client_id = 'of the file'")
    rows = list(csv.DictReader(to.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    process = next(row for row in rows if row["name"] == "of the file")
    assert process["problem"] == "ei yhteyttä välittäjään, puskuri yli puolillaan"
    assert (process["broker_reason"], process["outages"]) == ("no; route", "2")
    assert (process["spool_messages"], process["spool_bytes"]) == ("7", "900")
    line = next(row for row in rows if row["what"] == "line" and row["name"] == "Aktiivihiili")
    assert line["heard_at"] != ""
    assert any(row["what"] == "device" and row["delay_s"] != "" for row in rows)
