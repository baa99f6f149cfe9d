"""What comments, docstrings and documents name of the code is there: modules, and files by path."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("dashboard", "ingest", "schemas", "deploy", "tests")
MODULE = re.compile(rf"(?<![\w./@-])(?:{'|'.join(ROOMS)})(?:\.[a-z_]\w*)+")
FILE = re.compile(r"(?<![\w./-])[\w-]+(?:/[\w.-]+)+\.(?:py|sql|md|toml|js|css)\b")
BARE_FILE = re.compile(r"(?<![\w./-])[a-z_]+\.(?:py|sql|js|css)\b")
# A pattern of names, and a file that a reader makes.
ELSEWHERE = {"tests/fixtures/upgrades/NNNN.sql", "my-plant/found.toml"}


def _prose(path: Path) -> Iterator[str]:
    """Yield comments and docstrings of a source."""
    source = io.StringIO(path.read_text(encoding="utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.COMMENT or token.string.startswith('"""'):
            yield token.string


def _is_module(name: str) -> bool:
    """Return whether a module has this name, or one that has the last word of it in its text."""
    whole = ROOT / name.replace(".", "/")
    if whole.with_suffix(".py").is_file() or whole.is_dir():
        return True
    module, _, word = name.rpartition(".")
    above = ROOT / module.replace(".", "/")
    return above.with_suffix(".py").is_file() and word in above.with_suffix(".py").read_text()


def _is_file(name: str, place: Path) -> bool:
    return name in ELSEWHERE or any(
        (above / name).is_file() for above in (ROOT, *(ROOT / room for room in ROOMS), place.parent)
    )


def test_what_sources_name_is_there() -> None:
    sources = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    assert len(sources) > 500
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources
        for text in _prose(path)
        for name in (
            *(name for name in MODULE.findall(text) if not _is_module(name)),
            *(name for name in FILE.findall(text) if not _is_file(name, path)),
        )
    ]
    assert not missing, "\n".join(missing)


def test_what_documents_name_is_there() -> None:
    names = {path.name for room in ROOMS for path in (ROOT / room).rglob("*.*")}
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "README.md", ROOT / "tests/README.md", *sorted(ROOT.glob("docs/*.md")))
        for text in (path.read_text(encoding="utf-8"),)
        for name in (
            *(name for name in FILE.findall(text) if not _is_file(name, path)),
            *(name for name in BARE_FILE.findall(text) if name not in names),
        )
    ]
    assert not missing, "\n".join(missing)
