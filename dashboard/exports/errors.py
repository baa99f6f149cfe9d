"""What can go wrong with a package.

VirtaamaError                (schemas.errors)
└── ExportError              base of everything raised here
    ├── TrialNotFound        no such trial, or not the viewer's: the same answer
    ├── ExportRefused        not for this role, too many today, too large, or one is running
    └── PackageAbandoned     nobody takes what is written any more
"""

from enum import StrEnum

from schemas.errors import VirtaamaError


class ExportError(VirtaamaError):
    """Base of every error that `dashboard.exports` raises on purpose."""


class TrialNotFound(ExportError):  # noqa: N818 - names the state, as the sentence does
    """There is no such trial for this viewer."""

    def __init__(self) -> None:
        super().__init__("There is no such trial.")


class Refusal(StrEnum):
    """Which limit forbids an export."""

    ROLE = "role"
    DAY = "day"
    EMPTY = "empty"
    RUNNING = "running"
    SIZE = "size"
    BUSY = "busy"


class ExportRefused(ExportError):  # noqa: N818
    """A limit forbids the export; the message says which, and what helps."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


class PackageAbandoned(ExportError):  # noqa: N818
    """Whoever asked for the package has gone, or takes nothing any more."""

    def __init__(self) -> None:
        super().__init__("Nobody takes the package any more.")
