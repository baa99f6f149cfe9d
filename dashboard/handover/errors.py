"""What can go wrong with a package.

VirtaamaError                (schemas.errors)
└── HandoverError            base of everything raised here
    ├── TrialNotFound        no such trial, or not the viewer's: the same answer
    └── ExportRefused        not for this role, too many today, too large, or one is running
"""

from schemas.errors import VirtaamaError


class HandoverError(VirtaamaError):
    """Base of every error that `dashboard.handover` raises on purpose."""


class TrialNotFound(HandoverError):  # noqa: N818 - names the state, as the sentence does
    """There is no such trial for this viewer."""

    def __init__(self) -> None:
        super().__init__("There is no such trial.")


class ExportRefused(HandoverError):  # noqa: N818
    """A limit forbids the export; the message says which, and what helps."""
