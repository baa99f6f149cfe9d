"""The process drawing: from assets and streams to the way of the water and what is beside it."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.analysis.process_layout import (
    Asset,
    Pipe,
    PipeKind,
    Side,
    Stream,
    process_layout,
)

ASSETS = [
    Asset("inlet"),
    Asset("pump", within="inlet"),
    Asset("basin"),
    Asset("tank", within="basin"),
    Asset("filter"),
    Asset("press"),
    Asset("meter"),
]
STREAMS = [
    Stream("sewage", None, "inlet", is_main=True),
    Stream("pumped", "pump", "basin", is_main=True),
    Stream("overflow", "inlet", None, is_bypass=True),
    Stream("effluent", "basin", None, is_main=True, is_product=True),
    Stream("reuse", "basin", "filter", is_main=True),
    Stream("product", "filter", None, is_main=True),
    Stream("recirculation", "tank", "tank"),
    Stream("sludge", "basin", "press"),
]


def test_the_water_leads_from_the_inlet_to_what_the_plant_is_there_for() -> None:
    layout = process_layout(ASSETS, STREAMS)
    assert [stage.key for stage in layout.main] == ["inlet", "basin", "effluent"]
    assert [stage.inflow for stage in layout.main] == ["sewage", "pumped", "effluent"]
    assert layout.main[1].members == ("basin", "tank")


def test_bypasses_loops_and_branches_are_told_at_their_stage() -> None:
    layout = process_layout(ASSETS, STREAMS)
    inlet, basin, _ = layout.main
    assert inlet.sides == (Side("overflow", "inlet", leaves=True, other=None),)
    assert basin.sides == (
        Side("reuse", "basin", leaves=True, other="filter"),
        Side("recirculation", "basin", leaves=True, other="basin"),
        Side("sludge", "basin", leaves=True, other="press"),
    )


def test_each_stream_is_a_pipe_of_its_kind_between_the_stages() -> None:
    assert process_layout(ASSETS, STREAMS).pipes == (
        Pipe("sewage", None, "inlet", PipeKind.MAIN),
        Pipe("pumped", "inlet", "basin", PipeKind.MAIN),
        Pipe("overflow", "inlet", None, PipeKind.BYPASS),
        Pipe("effluent", "basin", "effluent", PipeKind.MAIN),
        Pipe("reuse", "basin", "filter", PipeKind.BRANCH),
        Pipe("product", "filter", None, PipeKind.BRANCH),
        Pipe("recirculation", "basin", "basin", PipeKind.LOOP),
        Pipe("sludge", "basin", "press", PipeKind.BRANCH),
    )


def test_what_stands_beside_the_way_is_followed_by_what_it_feeds() -> None:
    streams = [*STREAMS, Stream("cake", "press", "silo")]
    assets = [Asset("silo"), *ASSETS]
    assert [stage.key for stage in process_layout(assets, streams).beside] == [
        *("filter", "press", "silo"),
    ]


def test_what_has_no_stream_is_drawn_only_when_asked_for() -> None:
    assert [stage.key for stage in process_layout(ASSETS, STREAMS).beside] == ["filter", "press"]
    shown = process_layout(ASSETS, STREAMS, beside=["meter"]).beside
    assert [stage.key for stage in shown] == ["filter", "press", "meter"]


def test_without_a_product_the_longest_way_is_the_way_of_the_water() -> None:
    streams = [stream for stream in STREAMS if stream.key != "effluent"]
    layout = process_layout(ASSETS, streams)
    assert [stage.key for stage in layout.main] == ["inlet", "basin", "filter", "product"]


def test_a_plant_without_streams_has_no_way() -> None:
    assert process_layout(ASSETS, []).main == ()
    assert process_layout([], []).beside == ()


KEYS = [f"a{n}" for n in range(12)]
ends = st.sampled_from([None, *KEYS])
plants = st.tuples(
    st.lists(st.sampled_from(KEYS), unique=True, min_size=1).map(
        lambda keys: [
            Asset(key, within=keys[place // 2] if place % 3 == 2 else None)
            for place, key in enumerate(keys)
        ]
    ),
    st.lists(st.tuples(ends, ends, st.booleans(), st.booleans()), max_size=30),
)


@given(plants)
def test_any_plant_is_laid_out_with_each_asset_and_stream_once(
    plant: tuple[list[Asset], list[tuple[str | None, str | None, bool, bool]]],
) -> None:
    assets, drawn = plant
    known = {asset.key for asset in assets}
    streams = [
        Stream(f"s{n}", source, target, is_main, is_product)
        for n, (source, target, is_main, is_product) in enumerate(drawn)
        if {source, target} - {None} <= known
    ]
    layout = process_layout(assets, streams, beside=known)
    stages = [*layout.main, *layout.beside]
    keys = [stage.key for stage in stages]
    assert len(keys) == len(set(keys))
    members = [member for stage in stages for member in stage.members]
    assert sorted(members) == sorted(known)
    way = {stage.inflow for stage in layout.main} - {None}
    told = {side.stream for stage in stages for side in stage.sides}
    touching = {stream.key for stream in streams if {stream.source, stream.target} & known}
    assert not way & told
    assert way | told == touching
    assert {pipe.stream for pipe in layout.pipes} == {stream.key for stream in streams}
    assert all({pipe.source, pipe.target} <= {None, *keys} for pipe in layout.pipes)
