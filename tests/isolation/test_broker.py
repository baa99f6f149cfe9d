"""The running broker with passwords, topic rules and TLS: what each account may do, and may not."""

import contextlib
import os
import pwd
import queue
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from deploy.broker_access.authority import certificates
from deploy.broker_access.folder import AUTHORITY, Wanted, write_folder
from deploy.broker_access.topic_rules import further_ingest
from deploy.cli.main import cli
from deploy.errors import BrokerAccessError
from deploy.stack.broker import Broker
from deploy.stack.user import give_to_server
from schemas.site.load import load
from tests.fixtures.guarded import Guarded
from tests.fixtures.ingest_process import IngestProcess, rows
from tests.fixtures.running_trials import TRIAL_TIME, with_running_trials
from tests.fixtures.service_process import wait_until

MIKKELI = Path(__file__).parents[2] / "deploy/sites/mikkeli"
NOW = datetime.now(UTC)
REFUSED = "Not authorized"
OWN = "mikkeli/trial/p04-ft-01"
ARRIVED = "SELECT value FROM reading JOIN point USING (point_id) WHERE key = 'p04-qt-02'"


@pytest.fixture(scope="module")
def guarded(stack_dir: Path) -> Iterator[Guarded]:
    folder = stack_dir / "broker-access"
    written = write_folder(folder, Wanted(with_running_trials(NOW), NOW, ["127.0.0.1"]))
    assert written.new_certificates
    with Broker(stack_dir / "guarded-broker", access=folder) as broker:
        yield Guarded(broker, folder, dict(written.fresh))


def test_a_gateway_publishes_its_own_points_and_no_others(guarded: Guarded) -> None:
    with guarded.client("gateway-ozone") as ozone:
        assert ozone.connect() == "Success"
        assert ozone.publish(OWN).startswith(("Success", "No matching"))
        for topic in (
            "mikkeli/trial/p03-ft-01",  # another company's on the same line
            "mikkeli/trial",  # the line, on which others have points too
            "mikkeli/main/jv-ft-205",
            f"{OWN}/more",
            f"{OWN}/",
            "mikkeli",
            "recordings/ro",
            "elsewhere",
            "$SYS/broker/uptime",
            "plc/setpoint",
        ):
            assert ozone.publish(topic) == REFUSED, topic


def test_a_gateway_hears_nothing_not_even_its_own(guarded: Guarded) -> None:
    with guarded.client("plant") as plant, guarded.client("gateway-ozone") as ozone:
        plant.connect()
        plant.publish("mikkeli/main/jv-ft-205", b"retained", retain=True)
        ozone.connect()
        for wanted in ("#", "mikkeli/#", "mikkeli/main/jv-ft-205", OWN, "$SYS/#", "+/+/+"):
            ozone.subscribe(wanted)
        plant.publish("mikkeli/main/jv-ft-205", b"live")
        ozone.publish(OWN)
        with pytest.raises(queue.Empty):
            ozone.received.get(timeout=1.0)


def test_ingest_hears_the_site_and_publishes_nothing(guarded: Guarded) -> None:
    with guarded.client("ingest") as ingest, guarded.client("gateway-ozone") as ozone:
        ingest.connect()
        for wanted in ("mikkeli/#", "recordings/ro", "$SYS/#"):
            ingest.subscribe(wanted)
        ozone.connect()
        ozone.publish(OWN, b"563.2")
        heard = [ingest.received.get(timeout=5.0)]
        while (OWN, b"563.2") not in heard:
            heard.append(ingest.received.get(timeout=5.0))
        assert not any(topic.startswith("$SYS") for topic, _ in heard)
        for topic in (OWN, "mikkeli/main/jv-ft-205", "plc/setpoint", "recordings/ro"):
            assert ingest.publish(topic) == REFUSED


@pytest.mark.parametrize("account", ["nobody", "gateway-nobody", None, "", "ingest"])
def test_without_an_account_and_its_password_nobody_connects(
    guarded: Guarded, account: str | None
) -> None:
    stranger = Guarded(guarded.broker, guarded.folder, {})
    with stranger.client(account) as client:
        assert client.connect() == REFUSED


def test_nobody_takes_over_the_session_of_another_account(guarded: Guarded) -> None:
    with guarded.client("ingest") as ingest:
        ingest.connect(lasting=True)
        ingest.subscribe("mikkeli/#")
        with guarded.client("gateway-ozone", client_id="ingest") as thief:
            assert thief.connect(lasting=True) == "Success"
            stranger = Guarded(guarded.broker, guarded.folder, {})
            with stranger.client("ingest", client_id="ingest") as guess:
                assert guess.connect(lasting=True) == REFUSED
            assert ingest.connected
            thief.publish(OWN, b"1")
            assert ingest.received.get(timeout=5.0)
            assert thief.received.empty()


def test_ingest_processes_with_accounts_of_their_own_read_beside_each_other(
    stack_dir: Path,
) -> None:
    site = with_running_trials(NOW)
    folder = stack_dir / "partitions-access"
    written = write_folder(folder, Wanted(site, NOW, further=further_ingest([site], 2)))
    with Broker(stack_dir / "partitions-broker", access=folder) as broker:
        guarded = Guarded(broker, folder, dict(written.fresh))
        with (
            guarded.client("ingest") as first,
            guarded.client("ingest-2") as second,
            guarded.client("plant") as plant,
        ):
            for ingest, wanted in ((first, "mikkeli/main/#"), (second, "mikkeli/trial/#")):
                ingest.connect()
                ingest.subscribe(wanted)
            plant.connect()
            plant.publish("mikkeli/main/jv-ft-205", b"1")
            assert first.received.get(timeout=5.0) == ("mikkeli/main/jv-ft-205", b"1")
            assert first.connected
            assert second.connected
            assert second.publish("mikkeli/main/jv-ft-205") == REFUSED


def test_who_knows_another_authority_only_does_not_connect(guarded: Guarded) -> None:
    other = certificates(["127.0.0.1"], NOW).authority.decode()
    for authority, trusted in ((other, False), ((guarded.folder / AUTHORITY).read_text(), True)):
        context = ssl.create_default_context(cadata=authority)
        with socket.create_connection((guarded.broker.host, guarded.broker.port)) as plain:
            if trusted:
                context.wrap_socket(plain, server_hostname=guarded.broker.host).close()
            else:
                with pytest.raises(ssl.SSLCertVerificationError):
                    context.wrap_socket(plain, server_hostname=guarded.broker.host)


def test_a_reading_of_a_company_arrives_over_tls(
    guarded: Guarded, migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(migrated_url, with_running_trials(NOW), now=NOW)
    monkeypatch.setenv("SSL_CERT_FILE", str(guarded.folder / AUTHORITY))
    parts = urlsplit(guarded.broker.url)
    assert parts.scheme == "mqtts"
    url = f"mqtts://ingest:{guarded.passwords['ingest']}@{parts.netloc}"
    with (
        IngestProcess(tmp_path, migrated_url, url) as ingest,
        guarded.client("gateway-ozone") as ozone,
    ):
        ingest.ready()
        ozone.connect()
        stamp = NOW.isoformat().encode()
        ozone.publish("mikkeli/trial/p04-qt-02", b'{"t": "%s", "v": 1}' % stamp)
        # What an earlier test left unanswered at this broker may come first.
        wait_until(lambda: rows(migrated_url, ARRIVED) == [(1.0,)], "the reading did not arrive")
        assert guarded.passwords["ingest"] not in ingest.log


def test_a_gateway_is_out_when_the_broker_reloads_after_its_trial(stack_dir: Path) -> None:
    folder = stack_dir / "reloaded-access"
    site = with_running_trials(NOW)
    written = write_folder(folder, Wanted(site, NOW, ["127.0.0.1"]))
    with Broker(stack_dir / "reloaded-broker", access=folder) as broker:
        guarded = Guarded(broker, folder, dict(written.fresh))
        with guarded.client("gateway-struvite") as struvite, guarded.client("plant") as plant:
            assert struvite.connect() == plant.connect() == "Success"
            read_by_broker = broker.data_dir / "broker/access"
            write_folder(read_by_broker, Wanted(site, NOW + TRIAL_TIME))
            give_to_server(read_by_broker)
            os.kill(_pid_in(broker.data_dir), signal.SIGHUP)
            wait_until(lambda: not struvite.connected, "the gateway is still connected")
            with guarded.client("gateway-struvite") as again:
                assert again.connect() == REFUSED
            assert plant.connected
            assert plant.publish("mikkeli/trial/p03-ft-01") != REFUSED


def _pid_in(folder: Path) -> int:
    """Return the process that works in a folder of a broker."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile, or belongs to somebody else
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                return int(entry.name)
    raise AssertionError(f"no broker runs in {folder}")


def test_the_command_writes_once_shows_once_and_keeps_what_is_there(tmp_path: Path) -> None:
    run: Callable[..., object] = CliRunner().invoke
    words = ["broker-access", str(MIKKELI), "--out", str(tmp_path / "access"), "--tls-host", "b"]
    words += ["--broker-user", pwd.getpwuid(os.geteuid()).pw_name]
    first = run(cli, words)
    assert first.output.count("password  ") >= 2
    written = {path.name: path.read_bytes() for path in (tmp_path / "access").iterdir()}
    assert {"passwords", "acl", "authority.pem", "broker.pem", "broker.key"} == set(written)
    assert (tmp_path / "access/broker.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "access/passwords").stat().st_mode & 0o777 == 0o600
    second = run(cli, words)
    assert "password  " not in second.output
    assert written == {path.name: path.read_bytes() for path in (tmp_path / "access").iterdir()}
    third = run(cli, [*words, "--renew", "plant"])
    assert third.output.count("password  ") == 1
    with pytest.raises(BrokerAccessError, match="There is no account nobody"):
        raise run(cli, [*words, "--renew", "nobody"]).exception
