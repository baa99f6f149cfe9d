"""What is printed when a plant runs: where to look, how to publish, how to keep and move it."""

import shlex
from collections.abc import Mapping

from deploy.up.plan import UpPlan
from deploy.up.plant_broker import PUBLISHER, PlantBroker
from schemas.site.model import Site


def instructions(
    plan: UpPlan, site: Site, broker: PlantBroker, address: str, password: str | None
) -> list[str]:
    """Return the lines; `password` is the one-time password of the first account, if it has one."""
    folder = shlex.quote(str(plan.folder))
    if password is None:
        sign_in = "as before; a forgotten password: virtaama account reset-password LOGIN"
    else:
        sign_in = (
            f"{plan.login}   password  {password}   (for the first time; then choose your own)"
        )
    shell = f". {shlex.quote(str(plan.environment_file))}"
    docs = "docs/your-own-plant.md"
    return [
        "",
        f"   Virtaama shows {site.site.name.en} at  {address}",
        f"   sign in     {sign_in}",
        *_publishing(plan, site, broker),
        f"   commands    {shell}   and then virtaama status, account add, site suggest …",
        f"   alarms      call who presses a button under Notices on a device; {plan.notify_file}",
        f"   site file   changes count from the next start, or from  virtaama site load {folder}",
        f"   back up     stop, and copy all of {folder}; {docs} has a way without a stop",
        f"   later       {docs} tells how to move to a server of your own",
        f"   logs        {plan.data / 'logs'}   Ctrl-C stops everything",
        "",
    ]


def environment_text(database_url: str, totp_key: str, notifying: Mapping[str, str]) -> str:
    """Return a file for a shell to read: by it commands reach this plant's database."""
    variables = {
        "VIRTAAMA_DATABASE_URL": database_url,
        "VIRTAAMA_DASHBOARD_TOTP_KEYS": totp_key,
        **notifying,
    }
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def _publishing(plan: UpPlan, site: Site, broker: PlantBroker) -> list[str]:
    host = plan.network_name or broker.broker.host
    point = site.point[0].ref if site.point else f"{site.line[0].key}/POINT"
    password = broker.passwords[PUBLISHER]
    command = [
        *("mosquitto_pub", "-h", host, "-p", str(plan.mqtt_port), "-q", "1"),
        *(() if broker.authority is None else ("--cafile", str(broker.authority))),
        *("-u", PUBLISHER, "-P", password, "-t", f"{site.key}/{point}", "-m", "12.3"),
    ]
    gateways = [
        f"               company's gateway  user {account}  password {secret}"
        for account, secret in broker.passwords.items()
        if account.startswith("gateway-")
    ]
    trust = [] if broker.authority is None else [f"               trust {broker.authority}"]
    return [
        f"   publish     MQTT{'' if broker.authority is None else ' over TLS'} to {host}, port "
        f"{plan.mqtt_port}, user {PUBLISHER}, password {password}   (one client at a time)",
        *trust,
        *gateways,
        f"               topic {site.key}/{point}   payload 12.3 or more: docs/mqtt.md",
        f"               {shlex.join(command)}   (of Debian's mosquitto-clients)",
    ]
