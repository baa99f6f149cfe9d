"""Limits of the permit are set for the laboratory, and drawn with the sensor of the same thing."""

from types import SimpleNamespace

import pytest

from dashboard.store.lent_limits import lent
from dashboard.store.limits import LimitRow


def _point(role: str, unit: str) -> SimpleNamespace:
    return SimpleNamespace(role_numbers={role: 0}, definitions=SimpleNamespace(unit=unit))


@pytest.mark.parametrize(
    ("role", "unit", "lab_unit", "shown"),
    [
        ("effluent.turbidity", "{FNU}", "{NTU}", 0.3),
        ("effluent.turbidity", "{NTU}", "{FTU}", 0.3),
        ("effluent.ammonium", "ug/L", "mg/L", 300.0),
        ("effluent.ph", "[pH]", "[pH]", 0.3),
        ("effluent.turbidity", "[degF]", "{NTU}", None),
    ],
)
def test_a_limit_of_the_laboratory_holds_for_the_sensor_in_its_unit(
    role: str, unit: str, lab_unit: str, shown: float | None
) -> None:
    rows = [LimitRow("max", "value", 0.3, verified=True)]
    found = lent(rows, _point(role.replace(".", ".lab_"), lab_unit), _point(role, unit))
    assert [row.value for row in found] == ([] if shown is None else [pytest.approx(shown)])
