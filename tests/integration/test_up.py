"""`virtaama up`: one's own plant as somebody runs it who has a site file and nothing else."""

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.disk import START_MIN_BYTES
from deploy.stack.ports import free_port
from deploy.stack.programs import server_programs
from deploy.stack.timescale import TimescaleServer
from tests.fixtures.command_line import Answer, virtaama_process
from tests.fixtures.ingest_process import rows
from tests.fixtures.local_process import LocalProcess, working_below
from tests.fixtures.mqtt_client import AccountClient
from tests.fixtures.service_process import wait_until
from tests.fixtures.site_files import SITE_TOML, written


class Up(LocalProcess):
    """`virtaama up` on ports of its own."""

    def __init__(self, folder: Path, *options: object) -> None:
        self.folder = folder
        self.mqtt_port = free_port()
        ports = ["--port", free_port(), "--mqtt-port", self.mqtt_port]
        super().__init__(folder.with_suffix(".txt"), "up", folder, *ports, *options)

    @property
    def first_password(self) -> str:
        return self._printed(r"sign in +admin +password +(\S+)")

    @property
    def broker_password(self) -> str:
        return self._printed(r"user publisher, password (\S+)")

    @property
    def database_url(self) -> str:
        text = (self.folder / ".virtaama/environment").read_text(encoding="utf-8")
        found = re.match(r"export VIRTAAMA_DATABASE_URL='?([^'\n]+)'?\n", text)
        assert found
        return found[1]

    def publish(self, topic: str, payload: bytes, **client: Path) -> str:
        """Publish as the printed lines say, and return the broker's reason."""
        address = ("localhost" if client else "127.0.0.1", self.mqtt_port)
        with AccountClient(address, "publisher", self.broker_password, **client) as publisher:
            assert publisher.connect() == "Success"
            return publisher.publish(topic, payload)

    def values(self) -> list[float]:
        return [value for (value,) in rows(self.database_url, "SELECT value FROM reading")]

    def _printed(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found, self.said
        return found[1]


@pytest.fixture
def folder(scratch_dir: Path) -> Iterator[Path]:
    plant = scratch_dir / "plant"
    plant.mkdir()
    written(plant, SITE_TOML)
    yield plant
    left = working_below(scratch_dir)
    assert not left, f"left running: {left}"


def _refused(*arguments: object) -> str:
    answer: Answer = virtaama_process("up", *arguments)
    assert answer.code == 1, answer
    return answer.err


def test_readings_accounts_and_passwords_outlive_a_power_cut_and_a_stop(folder: Path) -> None:
    with Up(folder) as plant:
        assert plant.page_is_served()
        first, secret = plant.first_password, plant.broker_password
        told = _notifying(folder)
        assert plant.publish("pump/main/flow", b"12.5") == "Success"
        wait_until(lambda: plant.values() == [12.5], plant.said)
        plant.kill_everything()
    with Up(folder) as plant:
        assert plant.broker_password == secret
        assert _notifying(folder) == told, "browsers know the key, and somebody may have written"
        assert plant.first_password != first, "nobody signed in, so it may have been lost"
        assert plant.publish("pump/main/flow", b"13.5") == "Success"
        wait_until(lambda: plant.values() == [12.5, 13.5], plant.said)
        assert plant.stop() == 0
        assert "stopped" in plant.said
    assert not working_below(folder)


def _notifying(folder: Path) -> list[str]:
    """Return the files of the notifier, which runs and can be asked with the printed variables."""
    files = [folder / ".virtaama" / name for name in ("push.pem", "notify.toml")]
    assert [stat.S_IMODE(each.stat().st_mode) for each in files] == [0o600, 0o600]
    log = folder / ".virtaama/logs/notify.log"
    wait_until(lambda: "alarms are followed" in log.read_text(), "no notifier runs")
    command = '. "$1" && "$2" -m deploy.cli notify --check'
    said = subprocess.run(
        ["sh", "-c", command, "sh", folder / ".virtaama/environment", sys.executable],
        capture_output=True,
        check=True,
        text=True,
    )
    assert "notify.toml: 0 people can be called" in said.stdout
    assert "contact: " in said.stderr
    return [each.read_text(encoding="utf-8") for each in files]


@pytest.mark.exhaustive
def test_a_changed_site_file_counts_from_the_next_start_or_from_a_load(folder: Path) -> None:
    with Up(folder) as plant:
        _add_point(folder, "second")
        url = {"database_url": plant.database_url}
        assert virtaama_process("site", "load", folder, **url).code == 0
        assert plant.publish("pump/main/second", b"1") == "Success"
        wait_until(lambda: plant.values() == [1], plant.said)
        # What is in no site file yet is kept, to be offered by `virtaama site suggest`.
        assert plant.publish("pump/main/third", b"3") == "Success"
        waiting = "SELECT topic FROM quarantine"
        wait_until(lambda: rows(plant.database_url, waiting) == [("pump/main/third",)], plant.said)
    _add_point(folder, "third")
    with Up(folder) as plant:
        url = {"database_url": plant.database_url}
        assert "1 readings stored" in virtaama_process("quarantine", "replay", **url).out
        assert sorted(plant.values()) == [1, 3]


def _add_point(folder: Path, key: str) -> None:
    (folder / f"{key}.toml").write_text(
        f'[[point]]\nkey = "{key}"\nline = "main"\ntag = "{key}"\narea = "JV"\n'
        f'name = {{ fi = "{key}", en = "{key}", sv = "{key}" }}\nunit = "m"\n'
        'kind = "measurement"\n',
        encoding="utf-8",
    )


@pytest.mark.exhaustive
def test_others_in_the_network_publish_over_tls_with_an_account_only(folder: Path) -> None:
    with Up(folder, "--mqtt-host", "localhost") as plant:
        authority = folder / ".virtaama/broker-access/authority.pem"
        assert str(authority) in plant.said
        assert plant.publish("pump/main/flow", b"1.5", authority=authority) == "Success"
        wait_until(lambda: plant.values() == [1.5], plant.said)
        with AccountClient(("localhost", plant.mqtt_port), None, None, authority=authority) as one:
            assert one.connect() == "Not authorized"
        trusted = authority.read_bytes()
    with Up(folder, "--mqtt-host", "localhost"):
        assert authority.read_bytes() == trusted, "senders would have to be told anew"
    with Up(folder) as plant:
        assert plant.publish("pump/main/flow", b"2.5") == "Success"


@pytest.mark.exhaustive
def test_a_copy_of_the_folder_is_a_backup(folder: Path) -> None:
    with Up(folder) as plant:
        assert plant.publish("pump/main/flow", b"12.5") == "Success"
        wait_until(lambda: plant.values() == [12.5], plant.said)
    copy = folder.with_name("copy")
    subprocess.run(["cp", "-a", folder, copy], check=True)
    shutil.rmtree(folder)
    with Up(copy) as plant:
        assert plant.values() == [12.5]
        assert plant.publish("pump/main/flow", b"13.5") == "Success"
        wait_until(lambda: plant.values() == [12.5, 13.5], plant.said)


@pytest.mark.exhaustive
def test_a_dump_of_a_running_plant_moves_it_to_a_server(
    folder: Path, timescale: TimescaleServer
) -> None:
    """The steps of docs/your-own-plant.md."""
    programs = server_programs().postgres.parent
    dump = folder.with_name("plant.dump")
    with Up(folder) as plant:
        assert plant.publish("pump/main/flow", b"12.5") == "Success"
        wait_until(lambda: plant.values() == [12.5], plant.said)
        subprocess.run([programs / "pg_dump", "-Fc", "-f", dump, plant.database_url], check=True)
    for name in ("throwaway", "moved"):
        _psql(timescale.url(), f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    # Roles belong to the server, and are in no dump.
    assert virtaama_process("migrate", database_url=timescale.url("throwaway")).code == 0
    url = timescale.url("moved")
    _psql(url, "CREATE EXTENSION timescaledb", "SELECT timescaledb_pre_restore()")
    subprocess.run([programs / "pg_restore", "-d", url, dump], check=True)
    _psql(url, "SELECT timescaledb_post_restore()")
    assert virtaama_process("migrate", database_url=url).out == "The schema is current.\n"
    assert rows(url, "SELECT value FROM reading") == [(12.5,)]


def _psql(url: str, *commands: str) -> None:
    program = server_programs().postgres.with_name("psql")
    options = [part for command in commands for part in ("-c", command)]
    subprocess.run([program, "-X", "-q", url, *options], check=True, capture_output=True)


def test_a_second_start_in_the_same_folder_is_told_who_works_there(folder: Path) -> None:
    with Up(folder) as plant:
        assert "is in use by process" in _refused(folder)
        assert plant.page_is_served()


def test_a_folder_without_a_site_file_is_told_how_to_make_one(tmp_path: Path) -> None:
    empty, file = tmp_path / "empty", tmp_path / "site.toml"
    empty.mkdir()
    file.touch()
    assert "holds no site file (*.toml). `virtaama site new TAGLIST" in _refused(empty)
    assert "There is no folder" in _refused(tmp_path / "nowhere")
    assert "give the folder that it is in" in _refused(file)
    assert not list(empty.iterdir())


def test_errors_of_the_site_file_are_told_and_nothing_is_started(folder: Path) -> None:
    (folder / "more.toml").write_text('[[point]]\nkey = "Bad Key"\n', encoding="utf-8")
    said = _refused(folder)
    assert "the site file has" in said
    assert "more.toml:2: point.Bad Key.key" in said
    assert not (folder / ".virtaama").exists()


@pytest.mark.parametrize("option", ["--port", "--mqtt-port"])
def test_a_port_in_use_is_named_with_the_option_that_moves_it(folder: Path, option: str) -> None:
    ports = {"--port": free_port(), "--mqtt-port": free_port()}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports[option] = taken.getsockname()[1]
        said = _refused(folder, *[part for pair in ports.items() for part in pair])
    assert f"Port {ports[option]} of 127.0.0.1" in said
    assert f"choose another port with {option}." in said


def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    (folder / ".virtaama").write_text("in the way", encoding="utf-8")
    said = _refused(folder)
    assert ".virtaama, where database and logs shall be, cannot be written" in said


def test_a_full_disk_is_told_before_anything_is_started(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("a small file system needs root to be mounted")
    disk = folder / ".virtaama"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if (done := subprocess.run(mount, capture_output=True, text=True, check=False)).returncode:
        pytest.skip(f"this root may not mount a small file system: {done.stderr.strip()}")
    try:
        said = _refused(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
    assert re.search(r"has 2\d MB left, and 1 000 MB are needed to start", said), said
    assert START_MIN_BYTES == 1_000_000_000
