"""How much people may write. The database counts and refuses; it is told these limits for each
transaction, and has ceilings of its own that hold whoever asks.
"""

from collections.abc import Mapping

from dashboard.limits.limit import Limit
from dashboard.limits.settings import LimitSettings

# The limits by the names that the database has for them; a setting is called after its limit.
_LIMITS = (
    Limit.NOTE_CHARACTERS,
    Limit.ENTRY_CHARACTERS,
    Limit.ENTRIES_PER_HOUR,
    Limit.ENTRIES_PER_TRIAL,
    Limit.ENTRY_BYTES_PER_TRIAL,
    Limit.ACTIONS_PER_HOUR,
    Limit.PUSH_DEVICES_PER_ACCOUNT,
    Limit.PUSH_DEVICES,
)
# Those of one text, which its field tells.
OF_A_TEXT = frozenset({Limit.NOTE_CHARACTERS, Limit.ENTRY_CHARACTERS})


def write_limits(settings: LimitSettings) -> Mapping[str, int]:
    """Return the limits that the settings name, by the names that the database has for them."""
    return {name: getattr(settings, f"dashboard_{name}_max") for name in _LIMITS}


def log_sentence(limit: Limit, trial: int | str) -> str:
    """Return what an administrator must know of a refusal."""
    variable = f"VIRTAAMA_DASHBOARD_{limit.upper()}_MAX"
    return f"in trial {trial}, more was to be written than {variable} allows"
