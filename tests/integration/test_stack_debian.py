"""Fetching programs: what a reader is told where it cannot work, and that no half prefix stays."""

import hashlib
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from deploy.errors import FetchError
from deploy.stack import browser, debian, pip, programs
from deploy.stack.debian import Recipe, cache_dir, provide


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache_dir()


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """A Debian archive of two tiny packages in a folder; the machine's apt knows nothing else."""
    folder = tmp_path / "archive"
    index = [_package(folder, "meter", depends="bulky"), _package(folder, "bulky", depends="")]
    (folder / "Packages").write_text("\n".join(index), encoding="utf-8")
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] file:{folder} ./\n")
    config = tmp_path / "apt.conf"
    config.write_text(
        f'Dir::Etc::SourceList "{tmp_path}/sources.list";\nDir::Etc::SourceParts "/dev/null";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(config))
    return Recipe(
        name="meter",
        packages=("meter",),
        without=frozenset({"bulky"}),
        otherwise="Read it yourself.",
    )


def _package(folder: Path, name: str, *, depends: str) -> str:
    """Build a package that holds one file; return its entry in the archive's index."""
    tree = folder / name
    control = (
        f"Package: {name}\nVersion: 1.2-3\nArchitecture: all\nMaintainer: Nobody <n@example.org>\n"
        + (f"Depends: {depends}\n" if depends else "")
        + "Description: a test\n"
    )
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(control, encoding="utf-8")
    (tree / f"usr/share/{name}").mkdir(parents=True)
    (tree / f"usr/share/{name}/reading").write_text(name, encoding="utf-8")
    archive = folder / f"{name}_1.2-3_all.deb"
    subprocess.run(["dpkg-deb", "--build", tree, archive], check=True, capture_output=True)
    content = archive.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return f"{control}Filename: ./{archive.name}\nSize: {len(content)}\nSHA256: {digest}\n"


def test_without_apt_the_sentence_names_the_alternatives(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FetchError) as refusal:
        programs.server_programs()
    sentence = str(refusal.value)
    assert "no apt-get" in sentence
    for way in ("VIRTAAMA_DATABASE_URL", "VIRTAAMA_MQTT_URL", "deploy/compose/compose.yaml"):
        assert way in sentence


def test_offline_the_sentence_tells_the_reason_and_nothing_is_left_that_looks_complete(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "apt.conf"
    nowhere.write_text(
        'Acquire::http::Proxy "http://127.0.0.1:1";\n'
        'Acquire::https::Proxy "http://127.0.0.1:1";\n'
        'Acquire::Retries "0";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(nowhere))
    with pytest.raises(FetchError, match=r"(?i)connect.*python3-venv") as refusal:
        pip.pip_wheel()
    assert "\n" not in str(refusal.value)
    assert not (empty_cache / pip.RECIPE.folder).exists()


def test_a_package_is_unpacked_without_what_is_not_needed_and_found_again(
    empty_cache: Path, archive: Recipe
) -> None:
    interrupted = empty_cache / f"{archive.folder}.partial"
    interrupted.mkdir(parents=True)
    (interrupted / "half.deb").touch()
    prefix = provide(archive, lambda unpacked, _: (unpacked / "finished").touch())
    assert (prefix / "usr/share/meter/reading").read_text(encoding="utf-8") == "meter"
    assert not (prefix / "usr/share/bulky").exists()
    assert (prefix / "packages.txt").read_text(encoding="utf-8") == "meter:all=1.2-3\n"
    assert (prefix / "finished").exists()
    assert sorted(path.name for path in empty_cache.iterdir()) == ["lock", prefix.name]
    assert provide(archive, lambda *_: pytest.fail("unpacked again")) == prefix


def test_two_processes_that_want_the_same_prefix_unpack_it_once(
    empty_cache: Path, archive: Recipe
) -> None:
    finished: list[Path] = []
    threads = [
        threading.Thread(
            target=provide, args=(archive, lambda unpacked, _: finished.append(unpacked))
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(finished) == 1


def test_a_failure_while_finishing_leaves_no_prefix(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(unpacked: Path, prefix: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(debian, "_unpack", lambda _recipe, target: target.mkdir())
    recipe = Recipe(name="thing", packages=("thing",), otherwise="Do without it.")
    with pytest.raises(FetchError, match=r"No space left on device.*Do without it"):
        provide(recipe, full_disk)
    assert not (empty_cache / recipe.folder).exists()


def test_the_prefix_changes_with_the_recipe() -> None:
    other = Recipe(name="servers", packages=("postgresql-17",), otherwise="")
    assert other.folder != programs.RECIPE.folder


def test_every_server_program_finds_its_libraries() -> None:
    prefix = programs.server_programs().prefix
    loader = next(prefix.glob("usr/lib/*/ld-linux*.so.*"))
    for program in sorted((prefix / "elf").rglob("postgres")) + sorted(prefix.glob("elf/**/mosq*")):
        listing = subprocess.run(
            [loader, "--library-path", loader.parent, "--list", program],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "not found" not in listing.stdout + listing.stderr, program.name


def test_a_chromium_setting_that_points_nowhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTAAMA_CHROMIUM", "/no/such/chromium")
    with pytest.raises(FetchError, match="VIRTAAMA_CHROMIUM is /no/such/chromium"):
        browser.chromium_path()


def test_an_installed_chromium_is_preferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "chromium"
    shutil.copy("/bin/true", installed)
    monkeypatch.delenv("VIRTAAMA_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.chromium_path() == installed
