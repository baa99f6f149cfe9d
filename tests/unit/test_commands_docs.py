"""docs/commands.md describes every command with every option, and no other; so does --help."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from deploy.cli.main import COMMANDS, cli

DOCS = Path(__file__).parents[2] / "docs/commands.md"


def _commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    with click.Context(group) as context:
        command = group.get_command(context, name)
    assert command is not None
    if isinstance(command, click.Group):
        for inner in command.list_commands(click.Context(command)):
            for rest, found in _commands(command, inner):
                yield f"{name} {rest}", found
    else:
        yield name, command


ALL = dict(each for name in COMMANDS for each in _commands(cli, name))


def _documented() -> dict[str, set[str]]:
    """Return the options in the table of each command."""
    _, *parts = re.split(
        r"^## `virtaama (.*)`$", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    return {
        name: set(re.findall(r"^\| `(--[a-z-]+)` \|", text, re.MULTILINE))
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_command_has_a_heading() -> None:
    assert set(_documented()) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_option_is_documented_and_helps(name: str) -> None:
    command = ALL[name]
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert {option.opts[0] for option in options} == _documented()[name]
    assert command.help
    for option in options:
        assert option.help, option.opts
        assert option.help[0].isupper() or option.help.startswith(("postgresql:", "mqtt:"))
