"""Under which sections the stages of the process drawing are told."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import cast

from dashboard.analysis.process_layout import Stage
from dashboard.pages.overview.process_sections import StageGroup, along_the_way, beside_the_way
from dashboard.store.plant import Plant


def _stages(
    kinds: Mapping[str, str], parts: Mapping[str, Sequence[str]] | None = None
) -> tuple[list[Stage], Plant]:
    """Return stages by their kinds, of which some have parts, and a plant of them all."""
    inside = parts or {}
    elements = {key: SimpleNamespace(kind=kind) for key, kind in kinds.items()}
    plant = SimpleNamespace(model=SimpleNamespace(elements=elements))
    within = {part for members in inside.values() for part in members}
    stages = [
        Stage(key, (key, *inside.get(key, ())), None, ()) for key in kinds if key not in within
    ]
    return stages, cast(Plant, plant)


def _told(groups: Sequence[StageGroup]) -> list[tuple[str | None, str]]:
    return [(group.section, " ".join(stage.key for stage in group.stages)) for group in groups]


def test_the_way_of_the_water_keeps_its_order_and_its_end_is_never_folded() -> None:
    stages, plant = _stages(
        {
            "inlet": "inlet_pumping",
            "screen": "screen",
            "grit": "grit_chamber",
            "tank": "aeration_tank",
            "sand": "sand_filter",
            "out": "effluent",
        }
    )
    assert _told(along_the_way(stages, plant)) == [
        ("pumping", "inlet"),
        ("mechanical", "screen grit"),
        ("biological", "tank"),
        ("treatment", "sand"),
        (None, "out"),
    ]


def test_what_stands_beside_the_way_comes_once_by_section() -> None:
    stages, plant = _stages(
        {"a": "thickener", "b": "ozonation", "c": "centrifuge", "d": "reverse_osmosis"}
    )
    assert _told(beside_the_way(stages, plant)) == [("sludge", "a c"), ("treatment", "b d")]


def test_what_is_in_a_stage_says_more_closely_what_it_is() -> None:
    """Final settling was told as mechanical treatment, after the biological one."""
    stages, plant = _stages(
        {
            "final": "settling_tank",
            "final_1": "secondary_settling_tank",
            "inlet": "inlet_pumping",
            "pump": "pump",
        },
        {"final": ["final_1"], "inlet": ["pump"]},
    )
    assert _told(along_the_way(stages, plant)) == [("biological", "final"), ("pumping", "inlet")]
