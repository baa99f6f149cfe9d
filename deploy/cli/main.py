"""The group of all commands, and how errors leave the program."""

import gc
import importlib
import io
import logging
import sys
from types import ModuleType

import click

COMMANDS = {
    "account": "Add, list and disable the accounts of people.",
    "alarms": "Follow readings and raise, clear and keep alarms.",
    "broker-access": "Write the broker's passwords, topic rules and certificates.",
    "calculate": "Calculate the points that have a formula.",
    "dashboard": "Serve the dashboard.",
    "demo": "Start a whole demonstration plant on this machine.",
    "device-token": "Let a wall screen in, and out again.",
    "ingest": "Carry readings from the broker into the database.",
    "migrate": "Bring the database to the current schema.",
    "notify": "Call people to alarms: roster, escalation, outbox.",
    "quarantine": "List, show, replay and purge messages that could not be stored.",
    "recheck": "Judge stored readings anew, by the rules of now.",
    "replay": "Publish recorded measurements and a plant model over MQTT.",
    "site": "Make, check and load a site file.",
    "status": "Tell in a few lines whether readings flow.",
    "storage": "Choose how long readings and rollups are kept, and drop what is older.",
    "up": "Run a plant of your own on this machine.",
}

_log = logging.getLogger(__name__)

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class _LazyGroup(click.Group):
    """Imports a command's module when it is called, so that `--help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = _imported(cmd_name.replace("-", "_")).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


def _imported(command: str) -> ModuleType:
    """Return the module of a command.

    What imports make stays: to look for garbage in it is a fifth of what a start of the dashboard
    takes of the processor, and a tenth of a second each time later.
    """
    gc.disable()
    try:
        return importlib.import_module(f"deploy.cli.{command}")
    finally:
        gc.freeze()
        gc.enable()


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="virtaama")
@click.option("--verbose", "-v", is_flag=True, help="Log more, tracebacks of errors included.")
def cli(verbose: bool) -> None:
    """Plant telemetry: MQTT in, TimescaleDB in the middle, a dashboard out.

    Every command reads its settings from VIRTAAMA_… environment variables; see docs/settings.md.

    Exit codes: 0 done, 1 it could not be done (a sentence on stderr says why), 2 wrong usage,
    3 the answer is no (`status`, `migrate --check`), 130 interrupted.
    """
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format=LOG_FORMAT,
        stream=sys.stderr,
    )


def _replace_what_has_no_letter() -> None:
    """Let a terminal of another encoding show a question mark where it has no letter."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def main() -> None:
    """Run the command line and turn expected errors into a sentence and an exit code."""
    _replace_what_has_no_letter()
    try:
        # Without standalone mode `Exit(3)` comes back as 3; commands themselves return nothing.
        code = cli(prog_name="virtaama", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:
        from deploy.cli.sentences import sentence_of  # noqa: PLC0415 - imports the database's client

        sentence = sentence_of(error)
        if sentence is None:
            raise
        _log.debug("fail: the error in full", exc_info=True)
        click.echo(f"virtaama: {sentence}", err=True)
        sys.exit(1)
    sys.exit(code)
