"""An asset or a stream as it is proposed for a site file."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ElementProposal:
    """One `[[asset]]` or `[[stream]]`; None as an end of a stream is outside of the plant."""

    key: str
    kind: str
    is_stream: bool
    source: str | None = None
    target: str | None = None
    within: str | None = None
    names: Mapping[str, str] | None = None
