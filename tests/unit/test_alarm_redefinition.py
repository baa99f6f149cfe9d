"""What is taken up when alarms are defined otherwise, and nothing else."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ingest.alarms.redefinition import redefinition

KEPT, CHANGED, ENDED, ADDED = (UUID(int=number) for number in range(4))
DEFINITIONS = st.dictionaries(st.builds(UUID, int=st.integers(0, 9)), st.integers(0, 2))


def test_only_what_is_defined_otherwise_is_taken_up() -> None:
    known = {KEPT: "a", CHANGED: "b", ENDED: "c"}
    gone, new = redefinition(known, {KEPT: "a", CHANGED: "B", ADDED: "d"})
    assert gone == {CHANGED, ENDED}
    assert set(new) == {CHANGED, ADDED}


@given(DEFINITIONS, DEFINITIONS)
def test_what_is_known_afterwards_is_what_a_full_load_finds(
    known: dict[UUID, int], found: dict[UUID, int]
) -> None:
    gone, new = redefinition(known, found)
    left = {alarm: stored for alarm, stored in known.items() if alarm not in gone}
    assert left | {alarm: found[alarm] for alarm in new} == found
    assert not left.keys() & set(new)
