"""Of what a large plant has a board shows the first, of each as many."""

from types import SimpleNamespace
from typing import Any, cast

from dashboard.pages.boards.shown import FIGURES_OF_ONE_MAX, evenly, first_of_each


def test_lines_of_several_roles_are_taken_in_turn_and_stand_in_their_order() -> None:
    levels, flows = [f"level{n}" for n in range(30)], [f"flow{n}" for n in range(3)]
    assert evenly([levels, flows], 8) == [f"level{n}" for n in range(5)] + flows
    assert evenly([levels[:2], flows], 8) == [*levels[:2], *flows]
    assert evenly([["a", "b"], ["b", "c"]], 8) == ["a", "b", "c"]
    assert evenly([], 8) == []


def test_a_key_figure_of_very_many_assets_is_shown_for_the_first_ones() -> None:
    kpis: list[Any] = [
        SimpleNamespace(key=f"{figure}-{n}", figure=SimpleNamespace(key=figure))
        for figure in ("running_time", "start_count")
        for n in range(40)
    ]
    shown = [kpi.key for kpi in first_of_each(cast(Any, kpis))]
    assert len(shown) == 2 * FIGURES_OF_ONE_MAX
    assert shown[0] == "running_time-0"
    assert shown[FIGURES_OF_ONE_MAX] == "start_count-0"
