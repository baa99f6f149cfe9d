"""The counters of a stack are told apart, however a plant writes their names."""

import pytest

from dashboard.pages.boards.day_cards import told_apart


@pytest.mark.parametrize(
    ("names", "told"),
    [
        # A plant whose points have the names of their roles had "Electricity" three times.
        (
            ["Pumping, electricity", "Aeration, electricity", "Sludge, electricity"],
            ["Pumping", "Aeration", "Sludge"],
        ),
        (["Electricity, pumping", "Electricity, sludge"], ["Pumping", "Sludge"]),
        (["Electricity, pumping", "Heat"], ["Electricity, pumping", "Heat"]),
        (["Electricity, hall, east", "Electricity, hall, west"], ["Hall, east", "Hall, west"]),
        (["Meter", "Meter"], ["Meter", "Meter"]),
        (["Hall, energy"], ["Hall, energy"]),
    ],
)
def test_a_counter_is_named_by_what_it_has_not_in_common(names: list[str], told: list[str]) -> None:
    assert told_apart(names) == told
