"""What `site check` says of windows that mark nothing, or that no state can open."""

from pathlib import Path

import pytest

from schemas.errors import SiteFileError
from schemas.site.reader import read
from schemas.site.rows import wanted_rows
from tests.unit.test_site_alarms import PLANT

WINDOW = '\n[[state_window]]\nkey = "w"\nkind = "cleaning_in_place"\n'
MISFITS = [
    ('state = "main/pump"', "state_window.w", "marks one place"),
    ('state = "main/pump"\nasset = "inlet_pumping"\npoint = "main/level"', "w", "marks one place"),
    ('state = "main/pmup"\nasset = "inlet_pumping"', "w.state", 'did you mean "main/pump"'),
    ('state = "main/level"\nasset = "inlet_pumping"', "w.state", "no point of kind"),
    ('state = "main/pump"\ncodes = [5]\nasset = "inlet_pumping"', "w.codes", "it has 0, 1"),
    ('state = "main/pump"\nasset = "inlet_pumpnig"', "w.asset", "did you mean"),
    ('state = "main/pump"\ninstrument = "j"', "w.instrument", "no instrument"),
    ('state = "main/pump"\npoint = "main/levle"', "w.point", 'did you mean "main/level"'),
]


def _written(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(PLANT + WINDOW + text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "place", "said"), MISFITS)
def test_a_window_that_does_not_fit_is_told_with_its_place(
    tmp_path: Path, text: str, place: str, said: str
) -> None:
    with pytest.raises(SiteFileError) as error:
        read(_written(tmp_path, text))
    assert any(place in problem and said in problem for problem in error.value.problems)


def test_a_window_of_a_state_becomes_a_row(tmp_path: Path) -> None:
    site = read(_written(tmp_path, 'state = "main/pump"\nasset = "inlet_pumping"'))
    (row,) = wanted_rows(site)["state window"]
    assert row == {
        "key": "w",
        "kind": "cleaning_in_place",
        "state": "main/pump",
        "codes": [1],
        "element": "inlet_pumping",
        "instrument": None,
        "point": None,
        "retired": False,
        "first_from": None,
        "since": None,
    }


@pytest.mark.parametrize("days", ["0", "-1", "4000", "1.5", '"90"'])
def test_an_interval_of_calibration_is_whole_days(tmp_path: Path, days: str) -> None:
    line = f'description = "x"\ncalibration_interval_days = {days}'
    path = _written(tmp_path, 'state = "main/pump"\nasset = "inlet_pumping"')
    text = path.read_text(encoding="utf-8").replace('description = "x"', line)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SiteFileError, match="calibration_interval_days"):
        read(path)
