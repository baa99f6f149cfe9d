"""The folders inside a room stand on floors; an import leads to a lower floor, never across."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# From the top. Folders of one line stand side by side and do not know each other.
FLOORS = {
    "dashboard": (
        {"server"},
        {"app"},
        {"pages"},
        {"components"},
        {"sign_in", "notification"},
        {"web"},
        {"exports", "live"},
        {"settings"},
        {"store", "auth", "charts"},
        {"analysis", "limits"},
        {"errors", "texts"},
    ),
    "ingest": (
        {"service", "alarms", "calculation"},
        {"monitoring"},
        {"pipeline", "recheck"},
        {"mqtt"},
        {"settings"},
        {"spool"},
        {"database"},
        {"batch", "broker_url", "limit_settings", "partitions", "metrics"},
        {"quality", "counts"},
        {"decoding", "outage", "reception_clock", "retry", "turns"},
        {"errors", "limits"},
    ),
}
PURE = ("dashboard/analysis", "dashboard/charts", "ingest/decoding", "ingest/quality")
NOT_PURE = {
    "dash",
    "psycopg",
    "asyncpg",
    "paho",
    "sqlite3",
    "socket",
    "flask",
    "fastapi",
    "httpx2",
    "subprocess",
}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _floor_of(room: str, name: str) -> int | None:
    return next((at for at, floor in enumerate(FLOORS[room]) if name in floor), None)


def _sources(room: str) -> list[Path]:
    return [path for path in sorted((ROOT / room).rglob("*.py")) if path.name != "__init__.py"]


def _place(room: str, path: Path) -> str:
    return path.relative_to(ROOT / room).parts[0].removesuffix(".py")


@pytest.mark.parametrize("room", FLOORS)
def test_every_folder_has_a_floor(room: str) -> None:
    places = {_place(room, path) for path in _sources(room)}
    assert len(places) > 8
    assert places == set().union(*FLOORS[room])


@pytest.mark.parametrize("room", FLOORS)
def test_imports_between_folders_lead_downwards(room: str) -> None:
    upwards = []
    for path in _sources(room):
        here = _place(room, path)
        for name in _imports(path):
            parts = name.split(".")
            if parts[0] != room or len(parts) < 2 or parts[1] == here:
                continue
            there = _floor_of(room, parts[1])
            if there is not None and there <= (_floor_of(room, here) or 0):
                upwards.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not upwards, "\n".join(upwards)


@pytest.mark.parametrize("room", ["schemas", "ingest", "dashboard", "deploy"])
def test_no_two_files_need_each_other(room: str) -> None:
    """Not even for a type: neither could be read, or moved, without the other."""
    names = {str(path.relative_to(ROOT))[:-3].replace("/", "."): path for path in _sources(room)}
    needs = {name: set(_imports(path)) & names.keys() for name, path in names.items()}
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
    assert len(order) == len(names)


@pytest.mark.parametrize("folder", PURE)
def test_what_computes_asks_nobody(folder: str) -> None:
    sources = list((ROOT / folder).rglob("*.py"))
    assert sources
    for path in sources:
        outside = {name.split(".")[0] for name in _imports(path)} & NOT_PURE
        assert not outside, f"{path.relative_to(ROOT)} imports {outside}"
