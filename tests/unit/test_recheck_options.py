"""Which points and moments `virtaama recheck` is about."""

import pytest

from deploy.errors import PointUnknown, SeveralSites
from deploy.operations.recheck_points import chosen_points, moment_of
from ingest.recheck.command import NamedPoint

POINTS = [
    NamedPoint(number, site, path, "Europe/Helsinki")
    for number, (site, path) in enumerate(
        [("fi", "main/flow"), ("fi", "main/nh4"), ("fi", "mbr/flow"), ("se", "main/flow")]
    )
]


def _ids(site: str | None, *patterns: str) -> list[int]:
    return [point.point_id for point in chosen_points(POINTS, site, patterns)]


def test_points_are_chosen_by_name_and_by_pattern() -> None:
    assert _ids("fi") == [0, 1, 2]
    assert _ids("fi", "main/nh4") == [1]
    assert _ids("fi", "*/flow") == [0, 2]
    assert _ids("fi", "main/nh4", "main/*") == [0, 1]
    assert _ids("se") == [3]


def test_of_several_sites_one_must_be_named() -> None:
    with pytest.raises(SeveralSites, match="fi, se"):
        _ids(None)
    with pytest.raises(PointUnknown, match="no points of"):
        _ids("no")
    with pytest.raises(PointUnknown, match='"main/NH4"'):
        _ids("fi", "main/*", "main/NH4")


def test_a_time_without_an_offset_is_the_site_s_own() -> None:
    assert moment_of("2026-07-01", "Europe/Helsinki").isoformat() == "2026-06-30T21:00:00+00:00"
    assert moment_of("2026-12-01T12:00", "Europe/Helsinki").hour == 10
    assert moment_of("2026-12-01T12:00Z", "Europe/Helsinki").hour == 12
    with pytest.raises(ValueError, match="no time"):
        moment_of("1.12.2026", "Europe/Helsinki")
