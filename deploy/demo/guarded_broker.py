"""The demonstration's broker: TLS, an account for each part, new passwords at every start."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from deploy.broker_access.folder import AUTHORITY, Wanted, write_folder
from deploy.broker_access.topic_rules import Rules, all_filters
from deploy.stack.broker import Broker
from deploy.stack.ports import LOOPBACK
from schemas.site.model import Site

REPLAY = "replay"


@dataclass(frozen=True)
class GuardedBroker:
    """A broker, not yet started, and what its clients need."""

    broker: Broker
    authority: Path
    _passwords: Mapping[str, str]

    def url(self, account: str) -> str:
        """Return mqtts://account:password@host:port."""
        address = urlsplit(self.broker.url).netloc
        return f"mqtts://{account}:{self._passwords[account]}@{address}"

    def environment(self, account: str) -> dict[str, str]:
        """Return the variables by which a process of ours connects as `account`."""
        return {"VIRTAAMA_MQTT_URL": self.url(account), "SSL_CERT_FILE": str(self.authority)}


def guarded_broker(folder: Path, sites: Sequence[Site], now: datetime) -> GuardedBroker:
    """Make the broker with its accounts; the replay may publish whatever the sites publish.

    Raises BrokerAccessError.
    """
    access = folder / "broker-access"
    shutil.rmtree(access, ignore_errors=True)
    replay = Rules(REPLAY, writes=tuple(each for site in sites for each in all_filters(site)))
    site, *others = sites
    wanted = Wanted(site, now, [LOOPBACK], further=[replay], other_sites=others)
    written = write_folder(access, wanted)
    broker = Broker(folder / "broker", access=access)
    return GuardedBroker(broker, access / AUTHORITY, written.fresh)
