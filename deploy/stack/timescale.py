"""A TimescaleDB server of our own, on the loopback, in a folder of ours."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Literal

import psycopg

from deploy.errors import StackError, StartFailed
from deploy.stack.orphan import end_orphans, wait_for_end
from deploy.stack.ports import LOOPBACK, require_free
from deploy.stack.process import Child
from deploy.stack.programs import LOADERS, Programs
from deploy.stack.server import STOP_TIMEOUT_S, Server
from deploy.stack.user import as_server, give_to_server

START_TIMEOUT_S = 60.0  # includes replaying the write-ahead log after a crash
INIT_TIMEOUT_S = 120.0
KILLED_END_TIMEOUT_S = 5.0
SUPERUSER = "postgres"
ZONE_FILES = Path("/usr/share/zoneinfo")
# What a data folder on a memory disk may leave out: it does not outlive the machine anyway.
NOT_DURABLE = ("fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")

StopMode = Literal["fast", "immediate"]
_STOP_SIGNALS: dict[StopMode, signal.Signals] = {
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}


class TimescaleServer(Server):
    """PostgreSQL with TimescaleDB in `data_dir`; use it as a context manager.

    The folder is made on the first start and kept. A server that a killed owner left running in it
    is ended first. The superuser's password is generated and stays in `data_dir/password`.

    Args:
        data_dir: Folder of the cluster, its password and its lock.
        port: Port to listen on; a free one if None.
        durable: Write to the disk before acknowledging. False is for tests: committed data then
            survives the death of the server, but not of the machine.
        log_dir: Folder of `postgres.log`; `data_dir` if None.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        log_dir: Path | None = None,
    ) -> None:
        super().__init__(data_dir, port)
        self._durable = durable
        self._log_dir = log_dir or self.data_dir

    def url(self, database: str = "postgres") -> str:
        """Return a superuser's URL of `database`, for psycopg and asyncpg alike."""
        password = self._password_file.read_text(encoding="ascii").strip()
        return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{self.port}/{database}"

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server: `fast` ends sessions in order, `immediate` needs recovery later."""
        self._stop_by(_STOP_SIGNALS[mode])

    @property
    def _cluster(self) -> Path:
        return self.data_dir / "cluster"

    @property
    def _password_file(self) -> Path:
        return self.data_dir / "password"

    def _start(self, programs: Programs) -> None:
        if not (ZONE_FILES / "Europe/Helsinki").exists():
            raise StackError(
                f"PostgreSQL reads time zones from {ZONE_FILES}, which has none. "
                "Install the package tzdata."
            )
        self._end_leftovers()
        if not (self._cluster / "PG_VERSION").exists():
            self._init(programs)
        require_free(self.port, what="the database", setting="TimescaleServer(port=…)")
        self._write_settings()
        options = [
            f"port={self.port}",
            f"timescaledb.license={programs.edition}",
            *(() if self._durable else NOT_DURABLE),
        ]
        self._child = Child(
            "postgres",
            [
                str(programs.postgres),
                *("-D", str(self._cluster)),
                *(part for option in options for part in ("-c", option)),
            ],
            log_dir=self._log_dir,
            env=_clean_environment(),
            cwd=self._cluster,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            server=True,
        )
        self._child.start()
        self._child.wait_until(self._answers, timeout_s=START_TIMEOUT_S)

    def _init(self, programs: Programs) -> None:
        """Make the cluster beside its place and rename it: an interrupted one is made again."""
        fresh = self.data_dir / "cluster.partial"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password_copy = fresh.with_name("password.partial")
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24), encoding="ascii")
        shutil.copy(self._password_file, password_copy)
        for path in (fresh, password_copy):
            give_to_server(path)
        command = [
            *(str(programs.initdb), "-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth=scram-sha-256", f"--pwfile={password_copy}"),
            *(() if self._durable else ("--no-sync",)),
        ]
        done = subprocess.run(
            as_server(command, dies_with_parent_by=signal.SIGTERM),
            env=_clean_environment(),
            cwd=fresh,
            capture_output=True,
            text=True,
            timeout=INIT_TIMEOUT_S,
            check=False,
        )
        password_copy.unlink()
        if done.returncode != 0:
            raise StartFailed(f"initdb failed in {fresh}:\n{done.stderr or done.stdout}")
        fresh.rename(self._cluster)

    def _write_settings(self) -> None:
        text = (files("deploy.stack") / "postgresql.conf").read_text(encoding="utf-8")
        settings = self._cluster / "postgresql.conf"
        settings.write_text(text, encoding="utf-8")
        give_to_server(settings)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _forget(self) -> None:
        if self._child is not None:
            self._end_leftovers()
        super()._forget()

    def _end_leftovers(self) -> None:
        # Sessions outlive a killed server for a moment, and a new one cannot start beside them.
        programs = {"postgres", *LOADERS}
        end_orphans(self._cluster, programs, polite=signal.SIGINT, timeout_s=STOP_TIMEOUT_S)
        # PostgreSQL refuses to start while the number in its lock file is anybody's.
        with contextlib.suppress(OSError, ValueError):
            pid = int((self._cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            wait_for_end(pid, timeout_s=KILLED_END_TIMEOUT_S)


def _clean_environment() -> dict[str, str]:
    """Return our environment without what would redirect PostgreSQL's programs."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C"}
