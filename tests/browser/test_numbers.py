"""Numbers that the page writes are the numbers that the server writes."""

import random
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import dashboard
from dashboard.charts.decimals import number_text

pytestmark = pytest.mark.browser

SCRIPT = Path(dashboard.__file__).parent / "assets/numbers.js"
SEPARATORS = ",\N{NO-BREAK SPACE}"
COUNT = 8_000
EDGES = (
    *(0.0, -0.0, 0.0004, -0.04, 2.5, -2.5, 0.125, 1510.0, 4294967295.0, 3.4e38, 1e27, 1e21),
    *(1e12, 999_999_999_999.96, 1e-6, 9.999e-7, 9.96e-5, 5e-324, -1.7976931348623157e308),
    *(sign * 10.0**power for power in range(-30, 40) for sign in (1.0, -1.0)),
)


def _values(chance: random.Random) -> list[float]:
    anything = [struct.unpack("<d", chance.randbytes(8))[0] for _ in range(COUNT)]
    finite = [one for one in anything if abs(one) < float("inf")]
    usual = [chance.choice((-1, 1)) * 10 ** chance.uniform(-8, 14) for _ in range(COUNT)]
    halves = [chance.randrange(-4000, 4000) / 16 for _ in range(COUNT // 10)]
    return [*EDGES, *finite, *usual, *halves]


def test_a_live_value_is_written_by_the_page_as_by_the_server(
    chromium: Browser, chance: random.Random
) -> None:
    asked = [(value, place % 7) for place, value in enumerate(_values(chance))]
    page = chromium.new_page()
    page.evaluate("() => { window.virtaama = {}; }")
    page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
    # As bits: what carries arguments into the page knows no negative zero.
    found = page.evaluate(
        """([bits, separators]) => bits.map(([high, low, count]) => {
            const view = new DataView(new ArrayBuffer(8));
            view.setUint32(0, high);
            view.setUint32(4, low);
            return window.virtaama.numberText(view.getFloat64(0), count, separators);
        })""",
        [
            [[*struct.unpack(">II", struct.pack(">d", value)), count] for value, count in asked],
            SEPARATORS,
        ],
    )
    page.close()
    wrong = [
        (value, count, text, ours)
        for (value, count), text in zip(asked, found, strict=True)
        if text != (ours := number_text(value, count, SEPARATORS))
    ]
    assert not wrong, wrong[:10]
