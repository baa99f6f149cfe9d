"""Debian packages in a private prefix: no root, nothing installed, signatures checked by apt.

The machine's own apt does the work with its own mirror, proxy and keys, but with lists and caches
of ours, so it neither needs root nor changes what is installed. A prefix appears by one rename: it
is either absent or complete, and an interrupted download simply starts again.
"""

import hashlib
import logging
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from deploy.errors import FetchError
from deploy.stack.lock import FolderLock

log = logging.getLogger(__name__)

APT_TIMEOUT_S = 600
NEVER_READ_FOLDERS = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian")


@dataclass(frozen=True)
class Recipe:
    """What to unpack: packages of one suite with everything they depend on.

    Args:
        name: Names the prefix.
        packages: Debian's names of the wanted packages.
        suite: Code name of the Debian release; None takes the machine's own, and leaves out what
            the machine has installed already.
        without: Dependencies that are not needed when the programs are run by hand.
        otherwise: What a reader can do on a machine where this does not work; a sentence.
    """

    name: str
    packages: tuple[str, ...]
    otherwise: str
    suite: str | None = None
    without: frozenset[str] = field(default_factory=frozenset)

    @property
    def folder(self) -> str:
        """Name of the prefix; changes with the recipe, so an old prefix is never taken for it."""
        text = repr((self.packages, self.suite, sorted(self.without)))
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def cache_dir() -> Path:
    """Return the folder that holds our prefixes."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "virtaama"


def provide(recipe: Recipe, finish: Callable[[Path, Path], None]) -> Path:
    """Return the prefix of `recipe`, unpacking it first if it does not exist.

    `finish(unpacked, prefix)` completes the files in `unpacked`, which will be renamed to `prefix`.
    Raises FetchError when this machine cannot do it.
    """
    prefix = cache_dir() / recipe.folder
    if prefix.exists():
        return prefix
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise FetchError(
            f"{recipe.name} comes from Debian's packages, and this machine has no apt-get. "
            + recipe.otherwise
        )
    partial = prefix.with_name(f"{prefix.name}.partial")
    try:
        with FolderLock(cache_dir()):
            if not prefix.exists():  # another process may have made it while we waited
                shutil.rmtree(partial, ignore_errors=True)
                _unpack(recipe, partial)
                finish(partial, prefix)
                partial.rename(prefix)
    except (OSError, subprocess.SubprocessError) as error:
        raise FetchError(
            f"{recipe.name} could not be fetched into {prefix}: {_story(error)} {recipe.otherwise}"
        ) from error
    return prefix


def _unpack(recipe: Recipe, target: Path) -> None:
    started = time.monotonic()
    work = target / "apt"
    packages = work / "packages"
    packages.mkdir(parents=True)
    config = _write_config(recipe, work)
    log.info("Reading Debian's package lists for %s", recipe.name, extra={"action": "fetch"})
    _apt(config, "update", "--error-on=any")
    wanted = _closure(recipe, config)
    size_mb = sum(size for _, size in wanted) / 1e6
    log.info(
        "Downloading %d packages, %.0f MB, for %s",
        len(wanted),
        size_mb,
        recipe.name,
        extra={"action": "fetch"},
    )
    _apt(config, "download", *(package for package, _ in wanted), cwd=packages)
    archives = sorted(packages.glob("*.deb"))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        # One program per archive; list() raises what went wrong in any of them.
        list(
            pool.map(lambda archive: _run(["dpkg-deb", "-x", str(archive), str(target)]), archives)
        )
    shutil.rmtree(work)
    for folder in NEVER_READ_FOLDERS:
        shutil.rmtree(target / folder, ignore_errors=True)
    target.chmod(0o755)
    versions = "".join(f"{package}\n" for package, _ in wanted)
    (target / "packages.txt").write_text(versions, encoding="utf-8")
    took_s = time.monotonic() - started
    log.info("Unpacked %s in %.1f s", recipe.name, took_s, extra={"action": "fetch"})


def _write_config(recipe: Recipe, work: Path) -> Path:
    """Write the apt configuration that keeps apt inside `work`; return its path."""
    (work / "state/lists/partial").mkdir(parents=True)
    (work / "cache/archives/partial").mkdir(parents=True)
    lines = [
        f'Dir::State "{work}/state";',
        f'Dir::Cache "{work}/cache";',
        'Acquire::Languages "none";',
        'Acquire::http::Timeout "30";',
        'Acquire::https::Timeout "30";',
        # The machine's hooks after an update want to write where an ordinary user may not.
        "#clear APT::Update::Pre-Invoke;",
        "#clear APT::Update::Post-Invoke;",
        "#clear APT::Update::Post-Invoke-Success;",
    ]
    if os.geteuid() == 0:
        # apt would drop to a user of its own, who cannot enter our folder.
        lines.append('APT::Sandbox::User "root";')
    if recipe.suite is not None:
        sources = work / "sources.list"
        sources.write_text("".join(f"{line}\n" for line in _sources(recipe)), encoding="utf-8")
        lines += [
            f'Dir::Etc::SourceList "{sources}";',
            'Dir::Etc::SourceParts "/dev/null";',
            'Dir::Etc::Preferences "/dev/null";',
            'Dir::Etc::PreferencesParts "/dev/null";',
            'Dir::State::status "/dev/null";',
        ]
    config = work / "apt.conf"
    config.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return config


def _sources(recipe: Recipe) -> list[str]:
    """Return the sources of the recipe's suite, on the mirrors that the machine itself uses."""
    listing = _run(
        [
            *("apt-get", "indextargets", "--no-release-info"),
            *("--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"),
        ]
    )
    targets = {tuple(line.split()) for line in listing.splitlines()}
    main = sorted(target[:2] for target in targets if target[2:] == ("main",))
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    names = {release, "stable", "oldstable"}
    archives = [uri for uri, suite in main if suite in names]
    updates = [uri for uri, suite in main if suite in {f"{name}-security" for name in names}]
    # A vendor's repository may use Debian's code name too; Debian's own ends in /debian/.
    archives.sort(key=lambda uri: not uri.endswith("/debian/"))
    if not archives:
        raise FetchError(
            f"{recipe.name} comes from Debian's packages, and this machine's apt has no source of "
            f"Debian's main archive. {recipe.otherwise}"
        )
    architecture = _run(["dpkg", "--print-architecture"]).strip()
    lines = [f"deb [arch={architecture}] {archives[0]} {recipe.suite} main"]
    if updates:
        lines.append(f"deb [arch={architecture}] {updates[0]} {recipe.suite}-security main")
    return lines


def _closure(recipe: Recipe, config: Path) -> list[tuple[str, int]]:
    """Return what to download as (`name:architecture=version`, bytes)."""
    listing = _apt(
        config,
        *("install", "--print-uris", "--yes", "--no-install-recommends", "--reinstall"),
        *recipe.packages,
    )
    wanted = []
    for line in listing.splitlines():
        if line.startswith("'"):
            _, file_name, size, *_ = line.split()
            name, version, architecture = unquote(file_name).removesuffix(".deb").split("_")
            if name not in recipe.without:
                wanted.append((f"{name}:{architecture}={version}", int(size)))
    return sorted(wanted)


def _apt(config: Path, verb: str, *arguments: str, cwd: Path | None = None) -> str:
    return _run(["apt-get", "-c", str(config), "-q", verb, *arguments], cwd=cwd)


def _run(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=APT_TIMEOUT_S,
    )
    return done.stdout


def _story(error: Exception) -> str:
    """Return the tool's own reason when there is one, else the error itself."""
    if isinstance(error, subprocess.CalledProcessError) and error.stderr:
        reasons = [line for line in str(error.stderr).splitlines() if line.startswith("E:")]
        return (reasons or [str(error.stderr).strip()])[0].removeprefix("E: ").rstrip(".") + "."
    return f"{error}."
