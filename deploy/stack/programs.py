"""PostgreSQL with TimescaleDB, and Mosquitto, from Debian 13 on whatever Debian this is.

A program built for a newer Debian needs that Debian's C library. Each one is therefore replaced by
a small script which runs it through the loader it was built for, with the libraries unpacked beside
it; the machine's own libraries are never mixed in.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from deploy.errors import StackError
from deploy.stack.debian import Recipe, provide

# Names another folder of the same layout, for a database of another edition or version.
PROGRAMS_VARIABLE = "VIRTAAMA_SERVER_PROGRAMS"

ELF_MAGIC = b"\x7fELF"
# What the kernel says such a process runs, on the two architectures that Debian's servers use.
LOADERS = frozenset({"ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"})
PROGRAM_FOLDERS = ("usr/lib/postgresql/17/bin", "usr/bin", "usr/sbin")
COMMUNITY_LIBRARIES = "usr/lib/postgresql/17/lib/timescaledb-tsl-*.so"
# What belongs to installing and administering, or to just-in-time compilation, which we turn off.
_NOT_NEEDED = """
adduser base-passwd debconf init-system-helpers libc-bin libc-l10n libgdbm-compat4t64 libgdbm6t64
libio-pty-perl libipc-run-perl libjson-perl libllvm19 libpam-modules libpam-modules-bin libperl5.40
libproc2-0 libsemanage2 libsemanage-common libsepol2 libz3-4 locales login.defs openssl
openssl-provider-legacy passwd perl perl-base perl-modules-5.40 postgresql-common
postgresql-common-dev procps readline-common sensible-utils ssl-cert sysvinit-utils tzdata ucf
"""
RECIPE = Recipe(
    name="servers",
    packages=("postgresql-17", "postgresql-17-timescaledb", "mosquitto"),
    suite="trixie",
    without=frozenset(_NOT_NEEDED.split()),
    otherwise=(
        "Set VIRTAAMA_DATABASE_URL and VIRTAAMA_MQTT_URL to a TimescaleDB and an MQTT broker of "
        "your own, or start both with deploy/compose/compose.yaml."
    ),
)


@dataclass(frozen=True)
class Programs:
    """Where the server programs are."""

    prefix: Path

    @property
    def postgres(self) -> Path:
        """The database server."""
        return self.prefix / PROGRAM_FOLDERS[0] / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a new data folder."""
        return self.prefix / PROGRAM_FOLDERS[0] / "initdb"

    @property
    def mosquitto(self) -> Path:
        """The MQTT broker."""
        return self.prefix / "usr/sbin/mosquitto"

    @property
    def edition(self) -> str:
        """TimescaleDB's own word for its edition: `timescale` is the community's."""
        return "timescale" if any(self.prefix.glob(COMMUNITY_LIBRARIES)) else "apache"


def server_programs() -> Programs:
    """Return the server programs, fetching them first if they are not here yet.

    Those of the folder that VIRTAAMA_SERVER_PROGRAMS names are taken instead, if it is set. Raises
    StackError if it has none.
    """
    folder = os.environ.get(PROGRAMS_VARIABLE)
    if not folder:
        return Programs(provide(RECIPE, wrap_programs))
    other = Programs(Path(folder))
    for program in (other.postgres, other.initdb, other.mosquitto):
        if not program.exists():
            raise StackError(f"{PROGRAMS_VARIABLE} names {folder}, where {program} is missing.")
    return other


def wrap_programs(unpacked: Path, prefix: Path) -> None:
    """Make the programs in `unpacked`, which will be renamed to `prefix`, run on any Debian."""
    loader = next(unpacked.glob("usr/lib/*-linux-gnu/ld-linux*.so.*"))
    libraries = prefix / loader.parent.relative_to(unpacked)
    for folder in PROGRAM_FOLDERS:
        for program in sorted((unpacked / folder).glob("*")):
            if program.is_symlink() or not _is_elf(program):
                continue
            real = unpacked / "elf" / folder / program.name
            real.parent.mkdir(parents=True, exist_ok=True)
            program.rename(real)
            final = prefix / folder / program.name
            program.write_text(
                "#!/bin/sh\n"
                # The programs find their files, and each other, from their own path.
                f'exec "{libraries}/{loader.name}" --library-path "{libraries}" '
                f'--argv0 "{final}" "{prefix / "elf" / folder / program.name}" "$@"\n',
                encoding="utf-8",
            )
            program.chmod(0o755)


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(ELF_MAGIC)) == ELF_MAGIC
