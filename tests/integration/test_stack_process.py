"""A child process: fails loudly, stops in time, and never outlives its parent."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.errors import StartFailed
from deploy.stack.process import Child
from tests.fixtures.processes import gone_within

PARENT = """
import sys
from pathlib import Path
from deploy.stack.process import Child

child = Child("sleeper", ["sleep", "600"], log_dir=Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    assert gone_within(child, timeout_s=5)


def test_a_child_that_ends_while_starting_shows_its_last_words(tmp_path: Path) -> None:
    child = Child("talker", ["sh", "-c", "echo no such table; exit 3"], log_dir=tmp_path)
    child.start()
    with pytest.raises(StartFailed, match=r"(?s)talker ended with code 3 .*no such table"):
        child.wait_until(lambda: False, timeout_s=10)


def test_a_child_that_is_never_ready_is_reported_in_time(tmp_path: Path) -> None:
    with (
        Child("sleeper", ["sleep", "600"], log_dir=tmp_path) as child,
        pytest.raises(StartFailed, match=r"sleeper was not ready within 0\.1 s"),
    ):
        child.wait_until(lambda: False, timeout_s=0.1)
    assert not child.running


def test_a_child_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"trap '' TERM; touch {ready}; while :; do sleep 0.1; done"
    child = Child("stubborn", ["sh", "-c", script], log_dir=tmp_path)
    child.start()
    child.wait_until(ready.exists, timeout_s=10)
    child.stop(timeout_s=0.3)
    assert child.exit_code == -signal.SIGKILL


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    child = Child("talker", ["sh", "-c", "echo run $$"], log_dir=tmp_path)
    for _ in range(2):
        child.start()
        assert child.wait(timeout_s=10)
    before = (tmp_path / "talker.log.1").read_text(encoding="utf-8")
    assert before.startswith("run ")
    assert before != child.log_path.read_text(encoding="utf-8")


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    child = Child("ghost", ["no-such-program"], log_dir=tmp_path)
    with pytest.raises(StartFailed, match=r"ghost cannot be started: .*no-such-program"):
        child.start()
