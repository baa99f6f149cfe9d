"""A drag across a chart is the reader's: no redraw takes it away, whenever its answer comes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import wait_for_script
from tests.fixtures.chart import Chart
from tests.fixtures.dashboard import LivePlant

pytestmark = pytest.mark.browser

POINT = "main/jv-tt-206"
REDRAW = "() => dash_clientside.set_props('tick', {data: Date.now()})"
COUNT = """() => {
    window.drawn = 0;
    document.querySelector('#trend-chart .js-plotly-plot')
        .on('plotly_afterplot', () => { window.drawn += 1; });
    new MutationObserver((seen) => { if (seen.some((one) => [...one.removedNodes]
        .some((node) => node.querySelector && node.querySelector('.js-plotly-plot')))) {
        window.drawn += 1;
    } }).observe(document.getElementById('trend-chart'), {childList: true, subtree: true});
}"""


@pytest.fixture
def page(chromium: Browser, live_plant: LivePlant) -> Iterator[Page]:
    """A trend that follows the present; no page may have had an error."""
    live_plant.publish(POINT, 9.0)
    context = live_plant.context(chromium, viewport={"width": 1400, "height": 900})
    found, thrown = context.new_page(), list[str]()
    found.on("pageerror", lambda error: thrown.append(str(error)))
    found.goto(f"{live_plant.dashboard.url}/trends?p={POINT}&w=1h")
    yield found
    context.close()
    assert thrown == []


def _begin(page: Page) -> tuple[float, float]:
    """Put the mouse down on the chart and drag a bit; return where it is."""
    left, right, top, bottom = Chart(page).edges
    x, y = left + (right - left) / 3, (top + bottom) / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    return x + 60, y


def test_an_answer_that_comes_during_a_drag_is_drawn_after_it(page: Page) -> None:
    Chart(page)
    page.evaluate(COUNT)
    x, y = _begin(page)
    before = page.evaluate("window.drawn")
    with page.expect_response(lambda answer: "_dash-update-component" in answer.url):
        page.evaluate(REDRAW)
    page.mouse.move(x + 60, y, steps=30)
    assert page.evaluate("window.drawn") == before
    page.mouse.move(x + 120, y, steps=4)
    page.mouse.up()
    expect(page.locator("#trend-text")).to_contain_text("historia")
    wait_for_script(page, "() => window.drawn > 0")


def test_a_click_on_a_chart_lets_the_next_answer_through(page: Page) -> None:
    Chart(page)
    page.evaluate(COUNT)
    x, y = _begin(page)
    page.mouse.move(x - 60, y, steps=4)
    page.mouse.up()
    page.evaluate("window.drawn = 0")
    page.evaluate(REDRAW)
    wait_for_script(page, "() => window.drawn > 0")


@pytest.mark.exhaustive
def test_a_chart_that_goes_during_a_drag_ends_the_drag_without_an_error(page: Page) -> None:
    x, y = _begin(page)
    page.evaluate("Plotly.purge(document.querySelector('#trend-chart .js-plotly-plot'))")
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    page.evaluate(REDRAW)
    assert page.locator(".dragcover").count() == 0
    Chart(page)
