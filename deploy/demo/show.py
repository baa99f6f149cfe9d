"""What the demonstration shows only when it is asked to by name."""

from enum import StrEnum


class Show(StrEnum):
    """Something that a plant does not do every day."""

    FAULTS = "faults"
    """The faults of `deploy.demo.defects`, in the history that is loaded and live."""
    STORM = "storm"
    """The wettest day of the recordings is played today, at its time of day."""
