"""Which assets are told together where a drawing has no room for each."""

from dashboard.analysis.parallel_assets import parallel_assets
from dashboard.analysis.process_layout import Asset, PipeKind, Stream, process_layout

KINDS = {
    **{f"screen_{n}": "screen" for n in (1, 2, 3)},
    **{f"tank_{n}": "tank" for n in (1, 2, 3)},
    "basin": "basin",
    "spare": "tank",
}
STREAMS = [
    *((None, f"screen_{n}") for n in (1, 2, 3)),
    *((f"screen_{n}", f"tank_{n}") for n in (1, 2, 3)),
    *((f"tank_{n}", "basin") for n in (1, 2, 3)),
    ("basin", None),
]


def test_lines_of_like_assets_between_the_same_are_one_line() -> None:
    found = parallel_assets(KINDS, STREAMS)
    assert {found[f"screen_{n}"] for n in (1, 2, 3)} == {"screen_1"}
    assert {found[f"tank_{n}"] for n in (1, 2, 3)} == {"tank_1"}
    assert found["spare"] == "spare"


def test_what_else_flows_makes_an_asset_and_those_before_it_unlike() -> None:
    found = parallel_assets(KINDS, [*STREAMS, ("basin", "tank_2")])
    assert [found[f"tank_{n}"] for n in (1, 2, 3)] == ["tank_1", "tank_2", "tank_1"]
    assert [found[f"screen_{n}"] for n in (1, 2, 3)] == ["screen_1", "screen_2", "screen_1"]


def test_what_is_told_together_is_one_stage_with_one_pipe_on_the_way() -> None:
    """Of 59 assets the drawing was 1 171 px high on a desk, and pipes crossed their values."""
    streams = [
        Stream(f"s{n}", *ends, is_main=True, is_product=ends[1] is None)
        for n, ends in enumerate(STREAMS)
    ]
    assets = [Asset(key, kind=kind) for key, kind in KINDS.items()]
    layout = process_layout(assets, streams, joins_parallel=True)
    assert [stage.key for stage in layout.main[:-1]] == ["screen_1", "tank_1", "basin"]
    assert layout.main[1].members == ("tank_1", "tank_2", "tank_3")
    assert not layout.beside
    assert {pipe.kind for pipe in layout.pipes} == {PipeKind.MAIN}
