"""A site of thousands of points costs as much more as it has more points, and no more than that.

Each kind of work is done for a plant and for one of four times its size, in processor time: what
grows with the square takes sixteen times as long.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.analysis.process_layout import Asset, Stream, process_layout
from schemas.catalogue.figure_report import figure_report
from schemas.errors import SiteFileError
from schemas.site.model import Site
from schemas.site.reader import read
from schemas.site.roles import site_roles
from tests.fixtures.large_plant import large_site
from tests.fixtures.site_files import SITE_TOML, written

SMALL, LARGE = 600, 2_400
RATIO_MAX = 8.0
SMALL_MIN_S = 0.02  # less is noise


def _cost_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _assert_grows_evenly(work: Callable[[int], Callable[[], object]]) -> None:
    small, large = work(SMALL), work(LARGE)
    least = max(min(_cost_s(small), _cost_s(small)), SMALL_MIN_S)
    # A neighbour on the processor makes one measurement dearer; work that grows too fast always is.
    assert any(_cost_s(large) < RATIO_MAX * least for _ in range(3))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("large")
    return {n: written(folder, large_site(n), f"{n}.toml") for n in (SMALL, LARGE)}


@pytest.fixture(scope="module")
def sites(files: dict[int, Path]) -> dict[int, Site]:
    return {n: read(file) for n, file in files.items()}


def test_a_large_site_file_is_checked_as_fast_as_it_is_long(files: dict[int, Path]) -> None:
    _assert_grows_evenly(lambda n: lambda: read(files[n]))


def test_the_key_figures_of_many_assets_are_found_as_fast_as_there_are_many(
    sites: dict[int, Site],
) -> None:
    _assert_grows_evenly(lambda n: lambda: figure_report(site_roles(sites[n])))


def test_a_gateway_with_a_topic_for_each_point_is_checked_as_fast_as_there_are_many(
    tmp_path: Path,
) -> None:
    def work(n: int) -> Callable[[], object]:
        mappings = "".join(
            f'[[mapping]]\nkey = "t{i}"\ntopic = "gw/{i}/{{tag}}"\n'
            f'[[mapping.value]]\npoint = "main/flow"\ntag = "x{i}"\npointer = "/v"\n'
            for i in range(n)
        )
        file = written(tmp_path, SITE_TOML + mappings, f"{n}.toml")

        def problems() -> None:
            with pytest.raises(SiteFileError):  # a point is mapped once
                read(file)

        return problems

    _assert_grows_evenly(work)


def test_names_that_nobody_has_are_told_as_fast_as_there_are_many(tmp_path: Path) -> None:
    """Each was compared with each that there is, to say which one was meant."""

    def work(n: int) -> Callable[[], object]:
        assets = "".join(f'[[asset]]\nkind = "pump"\nkey = "pump{i}"\n' for i in range(n))
        points = "".join(
            f'[[point]]\nkey = "x{i}"\nrole = "pmup{i}.power"\nunit = "kW"\nkind = "measurement"\n'
            'name = { fi = "x", sv = "x", en = "x" }\narea = "X"\nline = "main"\n'
            for i in range(n)
        )
        file = written(tmp_path, SITE_TOML + assets + points, f"{n}.toml")

        def problems() -> None:
            with pytest.raises(SiteFileError) as caught:
                read(file)
            told = [each for each in caught.value.problems if "no asset or stream" in each]
            assert len(told) == n
            assert "did you mean" in told[0]

        return problems

    _assert_grows_evenly(work)


def test_the_drawing_of_many_assets_is_laid_out_as_fast_as_there_are_many() -> None:
    def work(n: int) -> Callable[[], object]:
        assets = [Asset(f"a{i}") for i in range(n)]
        chain = [Stream(f"s{i}", f"a{i - 1}", f"a{i}", is_main=True) for i in range(1, n // 2)]
        beside = [Stream(f"b{i}", f"a{i - 1}", f"a{i}") for i in range(n // 2, n)]
        return lambda: process_layout(assets, [*chain, *beside])

    _assert_grows_evenly(work)


def test_a_way_of_thousands_of_assets_is_as_long_as_it_is() -> None:
    """It was cut by the depth of Python's own stack: the overview failed."""
    streams = [Stream(f"s{i}", f"a{i}", f"a{i + 1}", is_main=True) for i in range(5_000)]
    found = process_layout([Asset(f"a{i}") for i in range(5_001)], streams)
    assert [stage.key for stage in found.main] == [f"a{i}" for i in range(5_001)]
