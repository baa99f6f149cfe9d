"""What is released stays as it is: a change of the schema is a new migration."""

import re
from pathlib import Path

from schemas.migrate import migrations

RELEASED = Path(__file__).with_name("released_migrations.txt")
_LINE = re.compile(r"(\d{4}) ([0-9a-f]{64})")


def released() -> dict[int, str]:
    """Return the digests of the released migrations by their numbers."""
    lines = RELEASED.read_text(encoding="utf-8").splitlines()
    found = [_LINE.fullmatch(line) for line in lines if not line.startswith("#")]
    assert all(found), "a line is neither a comment nor a number and a digest"
    return {int(match[1]): match[2] for match in found if match}


def test_released_migrations_are_never_edited() -> None:
    digests = {step.number: step.sha256 for step in migrations()}
    assert len(released()) >= 14
    for number, digest in released().items():
        assert digests.get(number) == digest, (
            f"{number:04} was released: restore it and put the change into a new migration"
        )


def test_what_is_released_are_the_first_migrations_without_gap() -> None:
    assert list(released()) == list(range(1, len(released()) + 1))
