"""The broker of a plant of one's own: accounts that keep their passwords, TLS for a network."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from deploy.broker_access.authority import covers
from deploy.broker_access.folder import AUTHORITY, CERTIFICATE, KEY, Wanted, write_folder
from deploy.broker_access.topic_rules import Rules, all_filters, topic_rules
from deploy.local.secret_file import read_secrets, write_secrets
from deploy.stack.broker import Broker
from deploy.stack.ports import LOOPBACK
from deploy.up.plan import UpPlan
from schemas.site.model import Site

# May publish whatever a site publishes, so that what is in no site file yet reaches quarantine.
PUBLISHER = "publisher"


@dataclass(frozen=True)
class PlantBroker:
    """A broker, not yet started; `authority` is what its clients must trust, if it speaks TLS."""

    broker: Broker
    passwords: Mapping[str, str]
    authority: Path | None

    def environment(self, account: str) -> dict[str, str]:
        """Return the variables by which a process of ours connects as `account`."""
        scheme, _, address = self.broker.url.partition("://")
        url = f"{scheme}://{account}:{quote(self.passwords[account], safe='')}@{address}"
        trust = {} if self.authority is None else {"SSL_CERT_FILE": str(self.authority)}
        return {"VIRTAAMA_MQTT_URL": url, **trust}


def plant_broker(plan: UpPlan, site: Site, now: datetime) -> PlantBroker:
    """Make the broker with the accounts that the site needs now. Raises BrokerAccessError, OSError.

    An account keeps its password for as long as it is there.
    """
    access = plan.data / "broker-access"
    hosts = [] if plan.network_name is None else [LOOPBACK, plan.network_name]
    certificate = access / CERTIFICATE
    if certificate.exists() and not covers(certificate.read_bytes(), hosts, now):
        for name in (AUTHORITY, CERTIFICATE, KEY):
            (access / name).unlink(missing_ok=True)
    file = plan.data / "broker-passwords.json"
    known = read_secrets(file)
    publisher = Rules(PUBLISHER, writes=all_filters(site))
    rules = (*topic_rules(site, now), publisher)
    accounts = [one.account for one in rules if not one.password_of]
    lost = [account for account in accounts if account not in known]
    written = write_folder(access, Wanted(site, now, hosts, lost, [publisher]))
    passwords = {account: written.fresh.get(account) or known[account] for account in accounts}
    write_secrets(file, passwords)
    broker = Broker(
        plan.data / "broker", port=plan.mqtt_port, access=access, for_network=bool(hosts)
    )
    return PlantBroker(broker, passwords, access / AUTHORITY if hosts else None)
