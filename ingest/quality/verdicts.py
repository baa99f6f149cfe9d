"""The verdicts of many readings at once."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from schemas.quality import DOUBTING, FAILING, Check, Qc


def verdicts(checks: NDArray[np.int32]) -> NDArray[np.int16]:
    """Return what `schemas.quality.verdict` says of each mask."""
    found = np.full(len(checks), np.int16(Qc.GOOD))
    found[(checks & np.int32(DOUBTING)) != 0] = Qc.SUSPECT
    found[(checks & np.int32(FAILING)) != 0] = Qc.FAIL
    found[(checks & np.int32(Check.NO_VALUE)) != 0] = Qc.MISSING
    return found


def bit(fired: NDArray[np.bool_], check: Check) -> NDArray[np.int32]:
    """Return the mask of a check where it fired."""
    return np.where(fired, np.int32(check), np.int32(0))


def with_checks(rows: Rows, checks: NDArray[np.int32]) -> Rows:
    """Return rows with other masks, and the verdicts that follow from them."""
    return replace(rows, checks=checks, qc=verdicts(checks))
