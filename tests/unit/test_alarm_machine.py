"""Every arrow of ISA-18.2's diagram of states, and what holds on any way through it."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ingest.alarms.machine import Input, Standing, State, move

UNTIL_US = 10**15
A = Standing()
B = Standing(is_active=True, is_acknowledged=False)
C = Standing(is_active=True)
D = Standing(is_acknowledged=False)
E = Standing(is_acknowledged=False, is_latched=True)
F = Standing(is_latched=True)
G = Standing(shelved_until_us=UNTIL_US)
G_ACTIVE = Standing(is_active=True, shelved_until_us=UNTIL_US)
H = Standing(is_suppressed=True)
H_ACTIVE = Standing(is_active=True, is_suppressed=True)
I = Standing(is_out_of_service=True)  # noqa: E741 - the standard's letter
I_ACTIVE = Standing(is_active=True, is_out_of_service=True)

ARROWS = [
    ("an alarm occurs", A, Input.RAISE, State.UNACKNOWLEDGED),
    ("it is acknowledged", B, Input.ACKNOWLEDGE, State.ACKNOWLEDGED),
    ("it returns before somebody acknowledged it", B, Input.CLEAR, State.RETURNED_UNACKNOWLEDGED),
    ("an acknowledged one returns", C, Input.CLEAR, State.NORMAL),
    ("it is acknowledged after it returned", D, Input.ACKNOWLEDGE, State.NORMAL),
    ("it occurs again before that", D, Input.RAISE, State.UNACKNOWLEDGED),
    ("a latched one is acknowledged", E, Input.ACKNOWLEDGE, State.LATCHED_ACKNOWLEDGED),
    ("a latched one is reset first", E, Input.RESET, State.RETURNED_UNACKNOWLEDGED),
    ("a latched one occurs again", E, Input.RAISE, State.UNACKNOWLEDGED),
    ("an acknowledged latched one is reset", F, Input.RESET, State.NORMAL),
    ("an acknowledged latched one occurs again", F, Input.RAISE, State.UNACKNOWLEDGED),
    *(("it is shelved", each, Input.SHELVE, State.SHELVED) for each in (A, B, C, D, E, F)),
    *(("it is suppressed", each, Input.SUPPRESS, State.SUPPRESSED) for each in (A, B, C, D, E, F)),
    *(
        ("it is taken out of service", each, Input.TAKE_OUT_OF_SERVICE, State.OUT_OF_SERVICE)
        for each in (A, B, C, D, E, F, G, H)
    ),
    ("its shelf ends, nothing is the matter", G, Input.SHELF_ENDS, State.NORMAL),
    ("its shelf ends and it is still there", G_ACTIVE, Input.SHELF_ENDS, State.UNACKNOWLEDGED),
    ("a person takes it back", G_ACTIVE, Input.UNSHELVE, State.ACKNOWLEDGED),
    ("a person takes back what is over", G, Input.UNSHELVE, State.NORMAL),
    ("it occurs on the shelf", G, Input.RAISE, State.SHELVED),
    ("its suppression ends", H, Input.UNSUPPRESS, State.NORMAL),
    ("its suppression ends, it is there", H_ACTIVE, Input.UNSUPPRESS, State.UNACKNOWLEDGED),
    ("it returns to service", I, Input.RETURN_TO_SERVICE, State.NORMAL),
    ("it returns to service active", I_ACTIVE, Input.RETURN_TO_SERVICE, State.UNACKNOWLEDGED),
    ("it occurs out of service", I, Input.RAISE, State.OUT_OF_SERVICE),
]
LATCHING = [
    ("a latching one returns unacknowledged", B, State.LATCHED_UNACKNOWLEDGED),
    ("an acknowledged latching one returns", C, State.LATCHED_ACKNOWLEDGED),
]
NONE = [
    (A, Input.CLEAR),
    (A, Input.ACKNOWLEDGE),
    (A, Input.RESET),
    (A, Input.UNSHELVE),
    (A, Input.SHELF_ENDS),
    (A, Input.UNSUPPRESS),
    (A, Input.RETURN_TO_SERVICE),
    (B, Input.RAISE),
    (B, Input.RESET),
    (C, Input.ACKNOWLEDGE),
    (H, Input.SUPPRESS),
    (I, Input.SHELVE),
    (I, Input.TAKE_OUT_OF_SERVICE),
]


@pytest.mark.parametrize(
    ("before", "moved_by", "state"), [each[1:] for each in ARROWS], ids=[each[0] for each in ARROWS]
)
def test_arrow(before: Standing, moved_by: Input, state: State) -> None:
    after = move(before, moved_by, until_us=UNTIL_US if moved_by is Input.SHELVE else None)
    assert after is not None
    assert after.state is state


@pytest.mark.parametrize(
    ("before", "state"), [each[1:] for each in LATCHING], ids=[each[0] for each in LATCHING]
)
def test_arrow_of_a_latching_alarm(before: Standing, state: State) -> None:
    after = move(before, Input.CLEAR, is_latching=True)
    assert after is not None
    assert after.state is state


@pytest.mark.parametrize(("before", "moved_by"), NONE)
def test_there_is_no_other_arrow(before: Standing, moved_by: Input) -> None:
    assert move(before, moved_by, until_us=UNTIL_US) is None


def test_what_came_and_went_on_the_shelf_calls_nobody_afterwards() -> None:
    raised = move(G, Input.RAISE)
    assert raised is not None
    cleared = move(raised, Input.CLEAR)
    assert cleared is not None
    ended = move(cleared, Input.SHELF_ENDS)
    assert ended is not None
    assert ended.state is State.NORMAL


def test_an_alarm_that_is_shelved_and_suppressed_waits_for_both() -> None:
    both = Standing(is_active=True, shelved_until_us=UNTIL_US, is_suppressed=True)
    one = move(both, Input.UNSUPPRESS)
    assert one is not None
    assert one.state is State.SHELVED
    none = move(one, Input.SHELF_ENDS)
    assert none is not None
    assert none.state is State.UNACKNOWLEDGED


class AnyWay(RuleBasedStateMachine):
    """Moves an alarm in any order, beside what an operator would expect of it."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = Standing()
        self.condition = False
        self.called = False  # it calls, and nobody has answered since

    @rule(moved_by=st.sampled_from(Input), is_latching=st.booleans())
    def moves(self, moved_by: Input, is_latching: bool) -> None:
        before = self.standing
        until_us = UNTIL_US if moved_by is Input.SHELVE else None
        after = move(before, moved_by, is_latching=is_latching, until_us=until_us)
        if after is None:
            return
        self.standing = after
        if moved_by in (Input.RAISE, Input.CLEAR):
            self.condition = moved_by is Input.RAISE
        if moved_by is Input.RAISE and not before.is_set_aside:
            self.called = True
        if moved_by in (Input.ACKNOWLEDGE, Input.UNSHELVE) or after.is_set_aside:
            self.called = False
        ends = {Input.SHELF_ENDS, Input.UNSUPPRESS, Input.RETURN_TO_SERVICE}
        if moved_by in ends and not after.is_set_aside:
            self.called = after.is_active or after.is_latched

    @invariant()
    def the_condition_is_never_lost(self) -> None:
        assert self.standing.is_active == self.condition

    @invariant()
    def what_calls_is_unacknowledged_until_somebody_answers(self) -> None:
        calling = {
            State.UNACKNOWLEDGED,
            State.RETURNED_UNACKNOWLEDGED,
            State.LATCHED_UNACKNOWLEDGED,
        }
        if not self.standing.is_set_aside:
            assert (self.standing.state in calling) == self.called

    @invariant()
    def an_active_alarm_never_looks_normal(self) -> None:
        if self.condition:
            assert self.standing.state is not State.NORMAL

    @invariant()
    def acknowledging_twice_is_acknowledging_once(self) -> None:
        once = move(self.standing, Input.ACKNOWLEDGE)
        assert once is None or move(once, Input.ACKNOWLEDGE) is None


AnyWay.TestCase.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestAnyWay = AnyWay.TestCase
