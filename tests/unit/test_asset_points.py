"""In which order the points of an asset are told."""

from types import SimpleNamespace
from typing import cast

from dashboard.pages.assets.contents import role_points
from dashboard.store.plant import Plant
from schemas.catalogue import catalogue
from tests.fixtures.formulas import roles_of

ROLES = ("permeate_turbidity", "flux", "level", "transmembrane_pressure")


def test_like_assets_tell_their_points_in_one_order() -> None:
    """Of four tanks each listed its values in an order of its own, as the database gave them."""
    found = []
    for roles in (ROLES, ROLES[::-1]):
        paths = {f"m/{role}": f"membrane_tank.{role}" for role in roles}
        plant = SimpleNamespace(
            roles=roles_of(paths),
            points={path: path for path in paths},
            model=SimpleNamespace(
                elements={"membrane_tank": SimpleNamespace(kind="membrane_tank")}
            ),
        )
        found.append([one.role for one in role_points("membrane_tank", cast(Plant, plant))])
    assert found[0] == found[1]
    known = list(catalogue().kinds["membrane_tank"].roles)
    assert found[0] == sorted(ROLES, key=known.index)
