"""Load for the benches: a bare C client, the ingest as a process, and how much it has committed."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import pytest

from deploy.stack.broker import Broker

ROOT = Path(__file__).parents[2]
SITE = "fi"
POINTS = [f"p{number:04}" for number in range(1500)]
FILTER = f"{SITE}/#"
EPOCH_MS = 1_790_000_000_000
DEADLINE_S = 600.0
POLL_S = 0.02
BACKLOG_SETTINGS = "max_queued_messages 4000000\nmax_queued_bytes 4294967296"


class BareClient:
    """The C program bare_client, built for this run; see the head of its source."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        """Skips the bench where there is no C compiler."""
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            pytest.skip("no C compiler: the bare client cannot be built")
        self._program = folder / "bare_client"
        self._broker = broker
        source = Path(__file__).with_name("bare_client.c")
        subprocess.run([compiler, "-O2", "-o", self._program, source], check=True)

    def keep_session(self, client_id: str, topics: str = FILTER) -> None:
        """Make a persistent session, so that what is published from now on waits in it."""
        self._run("subscribe", client_id, topics, "0")

    def end_session(self, client_id: str) -> None:
        """End a persistent session and forget what waits in it."""
        self._run("subscribe", client_id, FILTER, "-1")

    def receive(self, client_id: str, count: int) -> float:
        """Receive and acknowledge `count` messages; return the messages a second."""
        return count / float(self._run("subscribe", client_id, FILTER, str(count)))

    def publish(self, count: int, **how: Any) -> None:
        """Publish and return when the broker has all; `how` as for `publishing`."""
        self.publishing(count, **how).communicate()

    def publishing(
        self,
        count: int,
        *,
        rate: float = 0,
        batch: int = 1,
        epoch_ms: int = EPOCH_MS,
        site: str = SITE,
    ) -> subprocess.Popen[str]:
        """Start to publish."""
        words = (site, len(POINTS), count, rate, batch, epoch_ms)
        command = [self._program, str(self._broker.port), "publish", *map(str, words)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def _run(self, *words: str) -> str:
        command = [self._program, str(self._broker.port), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Consumer:
    """A process that carries messages from the broker into the database."""

    def __init__(self, folder: Path, command: list[str], env: dict[str, str]) -> None:
        self._log = folder / "consumer.log"
        self._command = command
        self._env = {**os.environ, **env}

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, env=self._env, cwd=ROOT, stdout=log, stderr=log
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is not None or kind is not None:
            sys.stderr.write(self._log.read_text(encoding="utf-8")[-2000:])
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def memory_bytes(self) -> int:
        """What it holds in memory now."""
        pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu_s(self) -> float:
        """The processor seconds that it has used."""
        stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        return sum(map(int, stat.split()[11:13])) / os.sysconf("SC_CLK_TCK")

    def says(self, text: str) -> None:
        """Wait until it has logged `text`."""
        deadline_s = time.monotonic() + DEADLINE_S
        while text not in self._log.read_text(encoding="utf-8"):
            assert self._process.poll() is None, "the consumer has ended"
            assert time.monotonic() < deadline_s, f"it did not say {text!r}"
            time.sleep(POLL_S)


def ingest(
    folder: Path, database_url: str, broker: Broker, client_id: str, **others: str
) -> Consumer:
    """Return `virtaama ingest` with the settings that it ships with, and `others`."""
    env = {
        **{f"VIRTAAMA_INGEST_{name.upper()}": value for name, value in others.items()},
        "VIRTAAMA_DATABASE_URL": database_url,
        "VIRTAAMA_MQTT_URL": broker.url,
        "VIRTAAMA_INGEST_CLIENT_ID": client_id,
    }
    return Consumer(folder, [sys.executable, "-m", "deploy.cli", "ingest"], env)


class Committed:
    """Counts the readings that are committed; by the rollups, so that counting costs nothing."""

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg.connect(database_url, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def count(self) -> int:
        """Return how many there are now."""
        row = self._connection.execute("SELECT coalesce(sum(n), 0) FROM rollup_1d").fetchone()
        assert row is not None
        return int(row[0])

    def wait_for(self, count: int, deadline_s: float = DEADLINE_S) -> float:
        """Wait for so many and return the monotonic time at which they were there."""
        end_s = time.monotonic() + deadline_s
        while (found := self.count()) < count:
            assert time.monotonic() < end_s, f"{found} of {count} readings were committed"
            time.sleep(POLL_S)
        return time.monotonic()
