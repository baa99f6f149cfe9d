"""How long the broker takes to refuse does not tell which accounts exist."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.broker_access.folder import AUTHORITY, Wanted, write_folder
from deploy.stack.broker import Broker
from tests.fixtures.running_trials import with_running_trials

TRIES = 60
# 10 000 rounds took 20 ms and more; what else the machine does makes single answers later, not all.
DIFFERENCE_MAX_S = 0.002
KNOWN, UNKNOWN = "gateway-ozone", "gateway-nobody"
REFUSED = (0x04, 0x05)  # MQTT 3.1.1: bad user name or password, not authorized


@pytest.fixture(scope="module")
def guarded(stack_dir: Path) -> Iterator[tuple[Broker, Path]]:
    folder = stack_dir / "timed-access"
    now = datetime.now(UTC)
    written = write_folder(folder, Wanted(with_running_trials(now), now, ["127.0.0.1"]))
    assert KNOWN in written.fresh
    with Broker(stack_dir / "timed-broker", access=folder) as broker:
        yield broker, folder


def _text(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


def _refused_after_s(broker: Broker, context: ssl.SSLContext, account: str, number: int) -> float:
    """Send a CONNECT of MQTT 3.1.1 with a wrong password; return how long the answer took."""
    head = _text("MQTT") + bytes([4, 0b1100_0010]) + (30).to_bytes(2, "big")
    rest = head + _text(f"timed-{number}") + _text(account) + _text("x" * 32)
    with (
        socket.create_connection((broker.host, broker.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        began_s = time.perf_counter()
        secured.sendall(bytes([0x10, len(rest)]) + rest)
        answer = secured.recv(4)
        took_s = time.perf_counter() - began_s
    assert answer[0] == 0x20
    assert answer[3] in REFUSED
    return took_s


def test_the_time_of_a_refusal_does_not_tell_which_accounts_exist(
    guarded: tuple[Broker, Path],
) -> None:
    broker, folder = guarded
    context = ssl.create_default_context(cafile=str(folder / AUTHORITY))
    took_s: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    for number in range(TRIES):
        for account in sorted(took_s, reverse=bool(number % 2)):
            took_s[account].append(_refused_after_s(broker, context, account, number))
    fast = {account: sorted(times)[TRIES // 10] for account, times in took_s.items()}
    assert abs(fast[KNOWN] - fast[UNKNOWN]) < DIFFERENCE_MAX_S, fast
