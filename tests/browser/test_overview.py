"""The overview: one screen on a wall, pipes as wide as what flows, one row of menu on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import wait_for_script
from tests.fixtures.dashboard import LivePlant

pytestmark = pytest.mark.browser

INFLUENT, RETURN, BYPASS = "main/jv-ft-205", "main/mbr-ft-552", "main/lv-ft-609"
THUMB_PX = 44
WIDTH = """(stream) => {
    const line = document.querySelector(`.pipe[data-stream="${stream}"] .pipe-line`);
    return line ? Number(line.getAttribute("stroke-width")) : 0;
}"""
# Where a pipe runs, and the boxes of what is to be read, all within the drawing.
CROSSED = """() => {
    const drawing = document.getElementById("process").getBoundingClientRect();
    const boxes = [...document.querySelectorAll(".process :is(.stage-name, .symbol, .chip)")]
        .map((element) => [element.textContent, element.getBoundingClientRect()])
        .filter(([, box]) => box.width)
        .map(([text, box]) => [text, box.left - drawing.left + 2, box.right - drawing.left - 2,
            box.top - drawing.top + 2, box.bottom - drawing.top - 2]);
    const found = [];
    for (const line of document.querySelectorAll(".pipe-line")) {
        for (let at = 0; at < line.getTotalLength(); at += 3) {
            const { x, y } = line.getPointAtLength(at);
            for (const [text, left, right, top, bottom] of boxes) {
                if (x > left && x < right && y > top && y < bottom) {
                    found.push(`${line.parentNode.dataset.stream}: ${text}`);
                }
            }
        }
    }
    return [...new Set(found)];
}"""
# How many stages stand in each row.
ROWS = """(one) => Object.values(Object.groupBy(one.querySelectorAll(".stage .symbol"),
    (symbol) => Math.round(symbol.getBoundingClientRect().top))).map((row) => row.length)"""
MEASURED = "(stream) => !document.querySelector(`.pipe[data-stream='${stream}'].pipe-unknown`)"


def _points(page: Page, stream: str) -> list[tuple[float, float]]:
    """Return the corners of a pipe within the drawing."""
    path = page.locator(f'.pipe[data-stream="{stream}"] .pipe-line').get_attribute("d") or ""
    corners = [corner.split() for corner in path.replace("M", "L").split("L") if corner]
    return [(float(x), float(y)) for x, y in corners]


@pytest.fixture(params=[(1920, 1080)])
def wall(
    chromium: Browser, live_plant: LivePlant, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """The overview on a wall, with some flows."""
    for point, value in ((INFLUENT, 400.0), (RETURN, 1600.0), (BYPASS, 0.0)):
        live_plant.publish(point, value)
    width, height = request.param
    context = live_plant.context(chromium, viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(live_plant.dashboard.url)
    wait_for_script(page, "() => document.querySelectorAll('.pipe').length > 10")
    yield page
    context.close()


def test_the_overview_fits_one_screen_of_a_wall(wall: Page) -> None:
    size: Any = wall.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size == [1920, 1080]
    for shown in (".tiles-overview .tile", "#process", "#overview-trend", "#deviations"):
        expect(wall.locator(shown).first).to_be_in_viewport()
    # Each pillar with its number: two of six stood below the edge of their card.
    for figure in wall.locator(".below .key-figure").all():
        expect(figure.locator(".pillar")).to_be_in_viewport(ratio=0.9)
        expect(figure.locator(".number")).to_be_in_viewport(ratio=0.9)


def test_the_overview_fits_a_screen_of_900_px(wall: Page) -> None:
    """It took 965 px there, and its last rows were found by scrolling."""
    wall.set_viewport_size({"width": 1600, "height": 900})
    height = "document.documentElement.scrollHeight"
    wait_for_script(wall, f"() => {height} <= 900")
    for figure in wall.locator(".below .key-figure").all():
        expect(figure.locator(".number")).to_be_in_viewport(ratio=0.9)
    # Where the way needs two rows the second had one stage, and a hole of the rest.
    wall.set_viewport_size({"width": 1366, "height": 768})
    rows = wall.locator(".process-row").first.evaluate(ROWS)
    assert len(rows) == 2
    assert max(rows) - min(rows) <= 1
    wait_for_script(wall, f"() => document.querySelector('.pipes') && !({CROSSED})().length")


def test_a_pipe_is_as_wide_as_the_root_of_what_flows(wall: Page, live_plant: LivePlant) -> None:
    wait_for_script(wall, MEASURED, "return_sludge")
    wait_for_script(wall, MEASURED, "influent")
    thick, thin = (float(wall.evaluate(WIDTH, one)) for one in ("return_sludge", "influent"))
    assert thick == pytest.approx(10, abs=0.1), "the largest flow"
    assert thin == pytest.approx(2 + 8 * (400 / 1600) ** 0.5, abs=0.1)
    still = wall.locator('.pipe[data-stream="untreated_bypass"]')
    expect(still).to_have_class("pipe pipe-bypass pipe-water pipe-still")
    live_plant.publish(BYPASS, 100.0)
    expect(still).to_have_class("pipe pipe-bypass pipe-water")
    assert float(wall.evaluate(WIDTH, "untreated_bypass")) == pytest.approx(4, abs=0.1)


@pytest.mark.exhaustive
def test_bypasses_run_above_the_way_of_the_water_and_loops_below_it(wall: Page) -> None:
    way = _points(wall, "influent")[-1][1]
    bypass, loop = _points(wall, "primary_bypass"), _points(wall, "return_sludge")
    assert min(y for _, y in bypass) < way < max(y for _, y in loop)
    assert bypass[-1][0] > bypass[0][0], "it leaves in the direction of the flow"
    assert loop[-1][0] < loop[0][0], "it leads back"


@pytest.mark.exhaustive
def test_no_pipe_runs_across_what_is_to_be_read(wall: Page) -> None:
    # The drawing is laid anew, each second, where values that came have moved something.
    wait_for_script(wall, f"() => ({CROSSED})().length === 0")
    # Where the way goes on in a second row, pipes pass rows whose stages stand elsewhere.
    for width in (1600, 1366):
        wall.set_viewport_size({"width": width, "height": 1000})
        wait_for_script(wall, f"() => ({CROSSED})().length === 0")


def test_a_stage_and_a_pipe_lead_to_the_page_of_what_they_are(wall: Page) -> None:
    wall.locator('[data-stage="membrane_stage"] .stage-name').click()
    expect(wall.locator("main h1")).to_have_text("Kalvosuodatus")
    expect(wall.locator("#asset-chart")).to_be_attached()
    wall.go_back()
    wait_for_script(wall, "() => document.querySelectorAll('.pipe').length > 10")
    wall.locator('.pipe[data-stream="return_sludge"] .pipe-line').dispatch_event("click")
    expect(wall.locator("main h1")).to_have_text("Palautusliete")


def test_whatever_the_header_of_a_phone_offers_is_large_enough_for_a_thumb(
    chromium: Browser, live_plant: LivePlant
) -> None:
    context = live_plant.context(chromium, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(live_plant.dashboard.url)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
    offered = page.locator(".header :is(a, button, summary):visible")
    sizes = [
        (one["width"], one["height"]) for each in offered.all() if (one := each.bounding_box())
    ]
    assert len(sizes) > 4
    assert min(min(size) for size in sizes) >= THUMB_PX
    header = page.locator(".header").bounding_box()
    assert header is not None
    assert header["height"] < 3 * THUMB_PX, "two rows: all else is for the page"
    context.close()


def test_the_menu_of_a_phone_takes_one_row_and_unfolds(
    chromium: Browser, live_plant: LivePlant
) -> None:
    context = live_plant.context(chromium, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{live_plant.dashboard.url}/quality")
    shown = page.locator(".navigation .nav-link:visible")
    expect(page.locator(".nav-link[aria-current=page]")).to_be_visible()
    tops = {round(one["y"]) for link in shown.all() if (one := link.bounding_box())}
    assert len(tops) == 1
    some = shown.count()
    more = page.get_by_role("button", name="Lisää")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    assert shown.count() == page.locator(".navigation .nav-link").count() > some
    page.locator(".navigation a", has_text="Trendit").click()
    expect(more).to_have_attribute("aria-expanded", "false")
    context.close()


def test_the_drawing_of_a_phone_is_folded_by_sections_and_opens_by_a_press(
    chromium: Browser, live_plant: LivePlant
) -> None:
    """Of 59 assets it was 8 165 px high."""
    context = live_plant.context(chromium, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(live_plant.dashboard.url)
    heads = page.locator(".section-head")
    expect(heads.first).to_be_visible()
    # The way of the water leads from one head to the next, and the sludge leads back beside it.
    wait_for_script(page, "() => document.querySelectorAll('.pipe').length > 3")
    drawing = page.locator("#process").bounding_box()
    assert drawing is not None
    assert drawing["height"] < 844
    head = page.locator(".section", has=page.locator('[data-stage="membrane_stage"]')).locator(
        ".section-head"
    )
    stage = page.locator('[data-stage="membrane_stage"]')
    expect(stage).to_be_hidden()
    head.focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "true")
    expect(stage).to_be_visible()
    wait_for_script(page, "() => document.querySelector('.pipe[data-stream=\"return_sludge\"]')")
    # Its head stays in sight below that of the page while its stages pass.
    page.evaluate(
        "one => scrollBy(0, one.getBoundingClientRect().top - 150)", stage.element_handle()
    )
    top, header = head.bounding_box(), page.locator(".header").bounding_box()
    assert top is not None
    assert header is not None
    assert abs(top["y"] - header["height"]) < 2
    head.click()
    expect(stage).to_be_hidden()
    context.close()


def test_the_head_of_a_phone_stays_as_high_when_the_link_stands(
    chromium: Browser, live_plant: LivePlant
) -> None:
    """The word of a link that is being made took a third row, and the page jumped up after it."""
    page = live_plant.context(chromium, viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{live_plant.dashboard.url}/alarms")
    state = page.locator("#link-state")
    expect(state).to_have_attribute("data-state", "live")
    height = "document.querySelector('.header').offsetHeight"
    connecting = f"""(one) => {{
        one.dataset.state = "connecting";
        one.lastElementChild.textContent = "Yhdistetään";
        return {height};
    }}"""
    assert state.evaluate(connecting) == page.evaluate(height)
    # Nor does what no script has touched yet.
    before = f"""(one) => {{
        for (const each of [one, document.getElementById("alarm-sound")]) {{
            each.removeAttribute("data-state");
        }}
        return {height};
    }}"""
    assert state.evaluate(before) == page.evaluate(height)
    page.context.close()


def test_on_a_phone_five_deviations_stand_above_the_values(
    chromium: Browser, live_plant: LivePlant
) -> None:
    """Twelve were 1 000 px, most of them results of the laboratory that had never come."""
    page = live_plant.context(chromium, viewport={"width": 390, "height": 844}).new_page()
    page.goto(live_plant.dashboard.url)
    listed = page.locator("#deviations")
    expect(listed.locator("> *").first).to_be_visible()
    # Of a plant that has just been made, what has never said anything is one line.
    expect(listed.locator("[data-fact=silent]")).to_contain_text("ei ole vielä tullut lukemia")
    expect(listed.locator(".deviation.no-data")).to_have_count(0)
    assert listed.locator(".deviation").count() <= 5
    page.context.close()
