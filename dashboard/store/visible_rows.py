"""Texts as the dashboard reads them: what people wrote stands in them with nothing hidden.

Done where rows become values, so that no page, file or chart can forget it.
"""

import json
from typing import Any

import psycopg
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextBinaryLoader, TextLoader

from schemas.visible_text import visible, visible_in

TEXT_TYPES = ("text", "varchar", "bpchar", "name")


class _VisibleText(TextLoader):
    def load(self, data: Any) -> str | bytes:
        found = super().load(data)
        return visible(found) if isinstance(found, str) else found


class _VisibleBinaryText(TextBinaryLoader):
    def load(self, data: Any) -> str | bytes:
        found = super().load(data)
        return visible(found) if isinstance(found, str) else found


def show_hidden_characters(connection: psycopg.Connection[Any]) -> None:
    """Let all that `connection` reads of text and JSON pass `visible`."""
    for name in TEXT_TYPES:
        connection.adapters.register_loader(name, _VisibleText)
        connection.adapters.register_loader(name, _VisibleBinaryText)
    set_json_loads(lambda text: visible_in(json.loads(text)), connection)
