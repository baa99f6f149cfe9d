"""What the log says of refusals: enough to see who, and never more than it can hold."""

import logging

import pytest

from dashboard.limits.limit import Limit
from dashboard.limits.refusals import REFUSED, Refusals
from schemas.refusal_lines import LINES_OF_A_LIMIT_MAX, LOG_INTERVAL_S


def test_a_crowd_of_addresses_does_not_write_our_log(caplog: pytest.LogCaptureFixture) -> None:
    """A stranger with an IPv6 network of 65 536 small ones had a line for each."""
    now_s = 0.0
    refusals = Refusals(lambda: now_s)
    counted = REFUSED.labels(Limit.CONNECTIONS)._value.get()
    with caplog.at_level(logging.WARNING):
        for number in range(3_000):
            refusals.count(Limit.CONNECTIONS, f"2001:db8:0:{number:x}::/64", "too many")
        assert len(caplog.messages) == LINES_OF_A_LIMIT_MAX
        assert caplog.messages[-1].endswith("too many; others are counted for a minute")
        refusals.count(Limit.HEAD_BYTES, "192.0.2.1", "too long")
        assert caplog.messages[-1] == "refuse: head_bytes, 192.0.2.1: too long"
        now_s = LOG_INTERVAL_S
        refusals.count(Limit.CONNECTIONS, "192.0.2.2", "too many")
        assert caplog.messages[-1] == "refuse: connections, 192.0.2.2: too many"
    assert REFUSED.labels(Limit.CONNECTIONS)._value.get() - counted == 3_001
