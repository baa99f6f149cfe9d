"""docs/promises.md and docs/mosquitto.md name tests and settings that exist."""

import re
from pathlib import Path

from ingest.settings import IngestSettings

ROOT = Path(__file__).parents[2]
PROMISES = (ROOT / "docs/promises.md").read_text(encoding="utf-8")
MOSQUITTO = (ROOT / "docs/mosquitto.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHIPPED = (ROOT / "deploy/mosquitto/mosquitto.conf").read_text(encoding="utf-8")


def test_each_test_that_is_named_is_there() -> None:
    named = re.findall(r"`((?:crash|integration|unit)/test_\w+\.py)`", PROMISES)
    assert len(set(named)) > 10
    assert [name for name in named if not (ROOT / "tests" / name).exists()] == []


def test_each_promise_of_the_readme_names_tests_that_are_there_or_says_that_it_is_to_come() -> None:
    rows = re.findall(r"^\| (P\d+) \|[^|]*\|([^|]*)\|", README, re.MULTILINE)
    assert [name for name, _ in rows] == [f"P{number}" for number in range(1, 14)]
    for name, told in rows:
        folder = ""
        for written in re.findall(r"`(tests/[\w/*]+(?:\.py)?|test_[\w*]+\.py)`", told):
            path = written if written.startswith("tests/") else f"{folder}/{written}"
            folder = path.rpartition("/")[0]
            assert list(ROOT.glob(path.rstrip("/"))), f"{name}: {path}"
        assert folder or "to come" in told, name


def test_each_file_of_the_crash_matrix_is_named() -> None:
    files = {f"crash/{path.name}" for path in (ROOT / "tests/crash").glob("test_*.py")}
    assert {name for name in files if name not in PROMISES} == set()


def test_the_settings_that_are_named_are_there_with_the_values_that_are_shipped() -> None:
    named = re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`(?: (\d+))?", MOSQUITTO + PROMISES)
    for name, value in named:
        key = name.removeprefix("VIRTAAMA_").removeprefix("INGEST_").lower()
        fields = IngestSettings.model_fields
        field = fields.get(f"ingest_{key}") or fields[key]
        assert not value or float(value) == field.default, name
    broker = re.findall(r"^\| `(\w+ [\w]+)`", MOSQUITTO, re.MULTILINE)
    assert len(broker) >= 5
    lines = SHIPPED.splitlines()
    assert [line for line in broker if line not in lines and "autosave_on" not in line] == []
