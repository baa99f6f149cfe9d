"""Why messages are in quarantine, in the words of those who read the page."""

import pytest

from dashboard.texts import texts_below
from ingest.decoding.rejection import Reason
from schemas.languages import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_named_reasons_by_the_keys_of_the_commands_alone(language: str) -> None:
    words = texts_below("health.reason", language)
    assert set(words) == {reason.value for reason in Reason}
    assert all(words.values())
