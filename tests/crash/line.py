"""The whole line of one cell: broker, ingest with a spool, database, and proxies between them."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.stack.broker import Broker
from tests.crash.traffic import Traffic, check_once, wait_for_all
from tests.fixtures.ingest_process import IngestProcess, publish
from tests.fixtures.proxy import Proxy

SPOOL_AFTER_S = 0.4
WITHIN_S = 10.0

# Notes that so many messages were stored after so long, of how long there was.
Recover = Callable[..., None]


class Line:
    """What a cell breaks and mends. `url` leads to the database past the proxy."""

    def __init__(
        self,
        folder: Path,
        site: str,
        url: str,
        broker: Broker,
        to_database: Proxy,
        to_broker: Proxy,
    ) -> None:
        self.folder = folder
        self.site = site
        self.url = url
        self.broker = broker
        self.to_database = to_database
        self.to_broker = to_broker
        self.spool = folder / "spool"
        self.spool.mkdir()
        self._started: list[IngestProcess] = []

    @property
    def url_through_proxy(self) -> str:
        """The database's URL through its proxy."""
        return re.sub(r":\d+/", f":{self.to_database.port}/", self.url)

    def ingest(self, *, wait: bool = True, **settings: object) -> IngestProcess:
        """Start an ingest with a spool; return it when it has subscribed, or at once.

        The log of each further one is another file.
        """
        chosen: dict[str, object] = {
            "spool_folder": self.spool,
            "spool_limit_bytes": 64 << 20,
            "spool_after_s": SPOOL_AFTER_S,
            "metrics_interval_s": 0.1,
            "client_id": f"crash {self.folder.name}",
            **settings,
        }
        folder = self.folder / f"ingest-{len(self._started)}"
        folder.mkdir()
        process = IngestProcess(
            folder,
            self.url_through_proxy,
            f"mqtt://{self.to_broker.host}:{self.to_broker.port}",
            **{name: value for name, value in chosen.items() if value is not None},
        )
        self._started.append(process)
        process.start()
        return process.ready() if wait else process

    def spool_of(self, number: int) -> Path:
        """Make the folder of a partition's own spool."""
        folder = self.folder / f"spool-{number}"
        folder.mkdir()
        return folder

    def fill(self, messages: Sequence[tuple[str, object]]) -> None:
        """Publish messages beside the traffic, and wait for the broker's acknowledgements."""
        publish(self.broker.host, self.broker.port, messages)

    def traffic(self, rate_per_s: int = 2_000) -> Traffic:
        """Return a sender that talks to the broker past the proxy."""
        return Traffic(self.broker.host, self.broker.port, self.site, rate_per_s=rate_per_s)

    def recovered(
        self, count: int, since_s: float, recover: Recover, within_s: float = WITHIN_S
    ) -> None:
        """Wait until all is stored, note how long that took, and check that it is there once."""
        recover(count, wait_for_all(self.url, count, within_s=within_s, since_s=since_s), within_s)
        check_once(self.url, count)

    def close(self) -> None:
        """End what still runs."""
        for process in self._started:
            process.__exit__()
