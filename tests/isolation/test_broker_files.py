"""What `virtaama broker-access` writes as root, read by a broker that has dropped root."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.broker_access.folder import mosquitto_settings
from deploy.cli.main import cli
from deploy.errors import BrokerAccessError
from deploy.stack.ports import LOOPBACK, accepts, free_port
from deploy.stack.programs import server_programs
from tests.fixtures.mqtt_client import AccountClient
from tests.fixtures.service_process import wait_until

MIKKELI = Path(__file__).parents[2] / "deploy/sites/mikkeli"
BROKER_USER = "nobody"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def _write(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["broker-access", str(MIKKELI), "--out", str(folder), *options])


@pytest.fixture
def folder(scratch_dir: Path) -> Path:
    return scratch_dir / "access"


@pytest.fixture
def dropping_broker(folder: Path, scratch_dir: Path) -> Iterator[tuple[int, int]]:
    """The port and the number of a broker that starts as root and goes on as BROKER_USER."""
    written = _write(folder, "--broker-user", BROKER_USER)
    assert written.exit_code == 0, written.output
    port, config = free_port(), scratch_dir / "mosquitto.conf"
    config.write_text(
        f"user {BROKER_USER}\nlistener {port} {LOOPBACK}\n{mosquitto_settings(folder)}",
        encoding="utf-8",
    )
    process = subprocess.Popen([str(server_programs().mosquitto), "-c", str(config)])
    try:
        wait_until(lambda: accepts(port), "the broker does not listen")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_clients_still_get_in_after_roots_daily_run_and_a_reload(
    folder: Path, dropping_broker: tuple[int, int]
) -> None:
    port, pid = dropping_broker
    uid = int(Path(f"/proc/{pid}/status").read_text().split("Uid:")[1].split()[1])
    assert uid != 0, "the broker kept root's rights, so this test would prove nothing"
    shown = _write(folder, "--renew", "plant").output  # finds the account by itself
    password = shown.split("password  ")[1].split()[0]
    os.kill(pid, signal.SIGHUP)

    def enters() -> bool:
        with AccountClient((LOOPBACK, port), "plant", password) as plant:
            return plant.connect() == "Success"

    wait_until(enters, "the plant is locked out")


def test_the_files_are_the_brokers_and_the_folder_stays_roots(folder: Path) -> None:
    assert _write(folder, "--broker-user", BROKER_USER, "--tls-host", "b").exit_code == 0
    owners = {path.name: path.owner() for path in folder.iterdir()}
    assert set(owners.values()) == {BROKER_USER}
    assert {"passwords", "acl", "broker.key"} <= set(owners)
    assert folder.owner() == "root"


def test_root_is_asked_who_the_broker_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.broker_access.reader.USUAL", "no-such-account")
    failed = _write(folder)
    with pytest.raises(BrokerAccessError, match="--broker-user"):
        raise failed.exception or AssertionError(failed.output)
    assert not folder.exists()


def test_a_folder_that_the_broker_cannot_enter_is_said(scratch_dir: Path) -> None:
    closed = scratch_dir / "closed"
    closed.mkdir(mode=0o700)
    failed = _write(closed / "access", "--broker-user", BROKER_USER)
    with pytest.raises(BrokerAccessError, match=r"cannot read .*passwords"):
        raise failed.exception or AssertionError(failed.output)


def test_an_account_that_does_not_exist_is_said(folder: Path) -> None:
    failed = _write(folder, "--broker-user", "no-such-account")
    with pytest.raises(BrokerAccessError, match="no account no-such-account"):
        raise failed.exception or AssertionError(failed.output)
