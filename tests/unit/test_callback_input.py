"""What a page sends to a callback: what no database can hold is as if nothing had been sent."""

import pytest
from dash.exceptions import PreventUpdate

from dashboard.web.callback_input import TEXTS_MAX, text, texts

UNSTORABLE = ["\0", "a\0b", "\ud800", "b\udfff"]


@pytest.mark.parametrize("value", UNSTORABLE)
def test_a_text_that_no_database_can_hold_is_refused(value: str) -> None:
    with pytest.raises(PreventUpdate):
        text(value)
    with pytest.raises(PreventUpdate):
        texts(["good", value])


def test_more_texts_than_anybody_chooses_are_none() -> None:
    assert len(texts(["a"] * TEXTS_MAX)) == TEXTS_MAX
    with pytest.raises(PreventUpdate):
        texts(["a"] * (TEXTS_MAX + 1))


@pytest.mark.parametrize("value", ["", "Höyry\n\t", "\x01\x7f\u202e", "😀", "x" * 100_000])
def test_any_other_text_is_taken_as_it_is(value: str) -> None:
    assert text(value) == value
    assert texts([value, None, 1, [value]]) == (value,)
