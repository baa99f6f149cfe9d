"""Two people do something to one alarm at the same moment: there is one order, and both know it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.fixtures.alarm_plant import SECOND_US, AlarmPlant, Hand
from tests.fixtures.service_process import wait_until
from tests.fixtures.viewing import bind

T = 1_764_000_000 * SECOND_US
FIRST, SECOND = "account:1", "account:2"  # an operator and an engineer
ACTS = {
    "acknowledge": "SELECT visible.acknowledge_alarms(ARRAY[%(occurrence)s]::uuid[])",
    "comment": "SELECT visible.comment_alarm(%(alarm)s, %(occurrence)s, %(text)s)",
    "shelve": "SELECT visible.shelve_alarm(%(alarm)s, now() + %(span)s, %(text)s)",
    "unshelve": "SELECT visible.unshelve_alarm(%(alarm)s, %(text)s)",
    "ask": "SELECT visible.ask_out_of_service(%(alarm)s, %(text)s)",
    "approve": "SELECT visible.approve_out_of_service(%(alarm)s)",
    "return": "SELECT visible.return_to_service(%(alarm)s, %(text)s)",
}
WAITS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
JOURNAL = """
SELECT kind, account_id, comment FROM alarm_event WHERE kind NOT IN ('raised', 'cleared')
ORDER BY sequence
"""
