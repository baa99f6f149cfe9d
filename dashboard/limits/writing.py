"""How much people may write. The database counts and refuses; it is told these limits for each
transaction, and has ceilings of its own that hold whoever asks.
"""

from collections.abc import Mapping

from dashboard.limits.settings import LimitSettings

# The limits by the names that the database has for them; a setting is called after its limit.
_NAMES = (
    "note_characters",
    "entry_characters",
    "entries_per_hour",
    "entries_per_trial",
    "entry_bytes_per_trial",
    "actions_per_hour",
)
# Those of one text, which its field tells.
OF_A_TEXT = frozenset({"note_characters", "entry_characters"})


def write_limits(settings: LimitSettings) -> Mapping[str, int]:
    """Return the limits that the settings name, by the names that the database has for them."""
    return {name: getattr(settings, f"dashboard_{name}_max") for name in _NAMES}


def log_sentence(limit: str, trial: int | str) -> str:
    """Return what an administrator must know of a refusal."""
    variable = f"VIRTAAMA_DASHBOARD_{limit.upper()}_MAX"
    return f"in trial {trial}, more was to be written than {variable} allows"
