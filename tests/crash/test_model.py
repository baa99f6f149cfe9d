"""Publish, crash, restart and repeat in any order: at the end all is stored, and all of it once."""

import time

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.crash.line import Line, Recover
from tests.crash.traffic import LINE, POINTS, T, check_once, wait_for_all
from tests.fixtures.ingest_process import IngestProcess, rows

EXAMPLES = 6
STEPS = 20
WITHIN_S = 20.0


class Model(RuleBasedStateMachine):
    """The whole model: how many good messages were published, and how many bad ones.

    One line serves all examples: each begins where the one before left it, which must be in order.
    """

    line: Line
    process: IngestProcess
    recover: Recover
    published = 0
    bad = 0

    def __init__(self) -> None:
        super().__init__()
        self.runs = self.database = True

    def _send(self, numbers: range, *, numbered: bool = True) -> None:
        home = f"{self.line.site}/{LINE}"
        messages = []
        for n in numbers:
            reading = {"t": T + n, "v": n}
            if numbered:
                reading["n"] = n // len(POINTS)
            messages.append((f"{home}/{POINTS[n % len(POINTS)]}", reading))
        self.line.fill(messages)

    @rule(count=st.integers(1, 400))
    def publish(self, count: int) -> None:
        kind = type(self)
        self._send(range(kind.published, kind.published + count))
        kind.published += count

    @precondition(lambda self: self.published)
    @rule(part=st.floats(0, 1), count=st.integers(1, 100))
    def publish_again(self, part: float, count: int) -> None:
        start = int(part * (self.published - 1))
        self._send(range(start, min(start + count, self.published)), numbered=False)

    @rule(count=st.integers(1, 20))
    def publish_poison(self, count: int) -> None:
        kind = type(self)
        topic = f"{self.line.site}/{LINE}/{POINTS[0]}"
        self.line.fill([(topic, b"\xff%d" % (kind.bad + number)) for number in range(count)])
        kind.bad += count

    @precondition(lambda self: self.runs)
    @rule()
    def kill_ingest(self) -> None:
        self.process.kill()
        self.runs = False

    @precondition(lambda self: self.runs)
    @rule()
    def stop_ingest(self) -> None:
        self.process.stop()
        self.runs = False

    @precondition(lambda self: not self.runs)
    @rule()
    def start_ingest(self) -> None:
        self.process.start()
        self.runs = True

    @precondition(lambda self: self.database)
    @rule()
    def lose_database(self) -> None:
        self.line.to_database.stop()
        self.database = False

    @precondition(lambda self: not self.database)
    @rule()
    def regain_database(self) -> None:
        self.line.to_database.start()
        self.database = True

    @rule()
    def cut_broker(self) -> None:
        self.line.to_broker.reset()

    @rule()
    def restart_broker(self) -> None:
        self.line.broker.stop()
        self.line.broker.start()

    @rule(seconds=st.floats(0, 0.7))
    def let_it_work(self, seconds: float) -> None:
        time.sleep(seconds)

    def teardown(self) -> None:
        since_s = time.monotonic()
        if not self.database:
            self.regain_database()
        if not self.runs:
            self.start_ingest()
        took_s = wait_for_all(self.line.url, self.published, within_s=WITHIN_S, since_s=since_s)
        if self.published:
            check_once(self.line.url, self.published, quarantined=self.bad)
        self.recover(self.published, took_s, WITHIN_S)


def test_any_order_of_crashes_ends_with_everything_stored_once(
    line: Line, recover: Recover, seed: int
) -> None:
    Model.line, Model.recover = line, staticmethod(recover)
    Model.process = line.ingest(spool_after_s=0.2, retry_limit_s=0.3)
    Model.published = Model.bad = 0

    run_state_machine_as_test(
        Model,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a crash is not shrunk: the timing is part of it
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert rows(line.url, "SELECT coalesce(sum(missing), 0) FROM sequence") == [(0,)]
