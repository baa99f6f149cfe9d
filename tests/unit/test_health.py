"""Health: tied to what became safe; and what systemd hears."""

import socket
from pathlib import Path

from ingest.monitoring.health import Health
from ingest.monitoring.systemd import Notifier


def test_silence_is_healthy_and_a_message_that_waits_too_long_is_not() -> None:
    health = Health(60, now_s=1_000)
    assert health.judge(5_000, waiting=0, progress_s=1_000).healthy
    assert health.judge(5_060, waiting=3, progress_s=1_000).healthy
    stalled = health.judge(5_061, waiting=3, progress_s=1_000)
    assert not stalled.healthy
    assert "3 messages wait, and for 61 s none" in stalled.sentence
    assert health.judge(5_062, waiting=3, progress_s=5_062).healthy


def test_progress_under_load_is_healthy_however_much_waits() -> None:
    health = Health(10, now_s=0)
    for second in range(100):
        assert health.judge(second, waiting=10_000, progress_s=second - 9).healthy
    assert not health.judge(120, waiting=1, progress_s=100).healthy


def test_systemd_hears_what_it_asked_for(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        notifier = Notifier({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000000"})
        assert notifier.watchdog_s == 30
        notifier.ready()
        notifier.alive()
        notifier.status("ok")
        notifier.stopping()
        heard = [manager.recv(100) for _ in range(4)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"STATUS=ok", b"STOPPING=1"]
    notifier.alive()  # nobody listens any more
    nobody = Notifier({})
    assert nobody.watchdog_s == 0
    nobody.ready()
