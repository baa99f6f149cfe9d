"""Windows that the state of a machine opens and closes by itself."""

from typing import Literal

from schemas.site.alarms.alarm import Codes
from schemas.site.table import Key, Moment, Table, Text

WindowKind = Literal["calibration", "cleaning", "service", "cleaning_in_place", "trial_change"]


class StateWindow(Table):
    """`[[state_window]]`: while `state` has one of the `codes`, readings of a place are marked.

    The place is one of `asset`, `instrument` and `point`.
    """

    key: Key
    kind: WindowKind
    state: Text
    codes: Codes = (1,)
    asset: Text | None = None
    instrument: Text | None = None
    point: Text | None = None
    since: Moment | None = None
