"""The spool: in order, bounded, alive after kill -9; a broken file is read as far as it goes."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ingest.decoding.message import Message
from ingest.decoding.senders import OWN
from ingest.errors import SpoolUnusable
from ingest.spool.recovery import FILE, open_spool
from ingest.spool.spool import LIMIT_MIN_BYTES, PAGE_BYTES, Spool, SpoolFull

NOW = "20261125T120000Z"
LIMIT = 64 << 20
NO_LIMIT = 10**9

WRITER = """
import sys
from pathlib import Path
from ingest.decoding.message import Message
from ingest.spool.spool import Spool

spool = Spool(Path(sys.argv[1]), 64 << 20)
for batch in range(10**6):
    spool.append([Message("a/b", b"%d" % (100 * batch + n), n) for n in range(100)])
    print(spool.count, flush=True)
"""

DRAINER = """
import sys
from pathlib import Path
from ingest.spool.spool import Spool

spool = Spool(Path(sys.argv[1]), 64 << 20)
while spool.count:
    taken = spool.first(7, 10**9)
    print(*(f"{each.topic}={int(each.payload)}" for each in taken.messages), flush=True)
    spool.forget(taken.upto)
"""


def _messages(count: int, start: int = 0, size_bytes: int = 200) -> list[Message]:
    return [
        Message(f"site/line/{n % 7}", str(n).encode().rjust(size_bytes), 1_790_000_000_000_000 + n)
        for n in range(start, start + count)
    ]


def _open(folder: Path) -> Spool:
    opened = open_spool(folder, LIMIT, now=NOW)
    assert opened.salvage is None
    return opened.spool


def _all(spool: Spool) -> Iterator[Message]:
    while spool.count:
        taken = spool.first(1_000, NO_LIMIT)
        yield from taken.messages
        spool.forget(taken.upto)


def test_it_gives_back_what_it_took_in_order_and_over_a_restart(tmp_path: Path) -> None:
    spool = _open(tmp_path)
    messages = _messages(2_500)
    spool.append(messages[:1_000])
    spool.append(messages[1_000:])
    taken = spool.first(300, NO_LIMIT)
    assert taken.messages == messages[:300]
    spool.forget(taken.upto)
    assert spool.plant() is None
    spool.keep_plant(b"an older plant")
    spool.keep_plant(b"a plant")
    spool.close()
    again = _open(tmp_path)
    assert again.plant() == b"a plant"
    assert again.count == 2_200
    assert list(_all(again)) == messages[300:]
    again.append(_messages(3, 9_000))
    assert list(_all(again)) == _messages(3, 9_000)
    again.close()


def _flooded(folder: Path) -> Spool:
    """Return a spool in which one guest had much before the plant and another guest came."""
    spool = _open(folder)
    spool.append([_of("flood", n) for n in range(50)], ["flood"] * 50)
    spool.append([_of("calm", 0), _of("own", 0), _of("flood", 50)], ["calm", OWN, "flood"])
    spool.append([_of("own", 1), _of("calm", 1)], [OWN, "calm"])
    return spool


def _of(sender: str, number: int, size_bytes: int = 10) -> Message:
    return Message(sender, str(number).encode().rjust(size_bytes), number)


def _numbers(messages: Iterable[Message]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for each in messages:
        numbers.setdefault(each.topic, []).append(int(each.payload))
    return numbers


def test_what_a_guest_has_flooded_the_spool_with_delays_neither_the_plant_nor_another_guest(
    tmp_path: Path,
) -> None:
    spool = _flooded(tmp_path)
    portions = []
    for _ in range(3):
        taken = spool.first(4, NO_LIMIT)
        portions.append(_numbers(taken.messages))
        spool.forget(taken.upto)
    assert portions[0] == {"own": [0, 1]}
    assert portions[1] == {"flood": [0, 1], "calm": [0, 1]}
    assert portions[2] == {"flood": [2, 3, 4, 5]}
    spool.append([_of("own", 2), _of("calm", 2)], [OWN, "calm"])
    assert _numbers(spool.first(4, NO_LIMIT).messages) == {"own": [2]}
    spool.close()


def test_the_turns_of_a_spool_go_on_over_a_restart_in_the_order_of_each_sender(
    tmp_path: Path,
) -> None:
    spool = _flooded(tmp_path)
    for _ in range(2):
        spool.forget(spool.first(4, NO_LIMIT).upto)
    spool.close()
    again = _open(tmp_path)
    assert again.count == 49
    again.append([_of("late", 0), _of("calm", 2)], ["late", "calm"])
    assert _numbers(again.first(4, NO_LIMIT).messages) == {
        "flood": [2, 3],
        "late": [0],
        "calm": [2],
    }
    assert _numbers(_all(again)) == {"flood": list(range(2, 51)), "late": [0], "calm": [2]}
    again.close()


def test_large_messages_of_a_spooled_guest_wait_for_one_portion_at_most(tmp_path: Path) -> None:
    spool = _open(tmp_path)
    small, large = [_of("small", n) for n in range(9)], [_of("large", n, 500) for n in range(2)]
    spool.append([*small, *large], ["small"] * 9 + ["large"] * 2)
    portions = []
    for _ in range(4):
        taken = spool.first(3, 100)
        portions.append(_numbers(taken.messages))
        spool.forget(taken.upto)
    assert portions == [{"small": [0, 1, 2]}, {"large": [0]}, {"small": [3, 4, 5]}, {"large": [1]}]
    spool.close()


def test_a_file_of_the_first_version_comes_out_as_it_was_spooled(tmp_path: Path) -> None:
    spool, messages = _open(tmp_path), _messages(9)
    spool.append(messages)
    spool.close()
    connection = sqlite3.connect(tmp_path / FILE)
    connection.executescript(
        "DROP TABLE lane; CREATE TABLE mark (last INTEGER NOT NULL, done INTEGER NOT NULL);"
        "INSERT INTO mark VALUES (9, 4); DELETE FROM message WHERE number <= 4;"
    )
    connection.close()
    spool = _open(tmp_path)
    assert spool.count == 5
    spool.append([_of("flood", 1)], ["flood"])
    assert list(_all(spool)) == [*messages[4:], _of("flood", 1)]
    spool.close()


def test_what_is_saved_of_a_damaged_file_keeps_its_senders_apart(tmp_path: Path) -> None:
    spool = _open(tmp_path)
    flood = [_of("flood", n, 1_000) for n in range(1_000)]
    spool.append(flood, ["flood"] * len(flood))
    spool.append([_of("calm", 0), _of("own", 0)], ["calm", OWN])
    spool.close()
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(12 * PAGE_BYTES)
        file.write(random.Random(1).randbytes(PAGE_BYTES))
    opened = open_spool(tmp_path, LIMIT, now=NOW)
    assert opened.salvage is not None
    assert 0 < (opened.salvage.lost or 0) < 200
    assert _numbers(opened.spool.first(4, NO_LIMIT).messages) == {"own": [0]}
    opened.spool.forget({0: 1})
    assert _numbers(opened.spool.first(3, NO_LIMIT).messages) == {"flood": [0, 1], "calm": [0]}
    opened.spool.close()


def test_a_portion_keeps_its_bounds_and_a_large_message_comes_alone(tmp_path: Path) -> None:
    spool = _open(tmp_path)
    spool.append(
        [Message("a", bytes(10), 1), Message("\udcff/ä", bytes(900), -5), Message("b", b"", 2)]
    )
    assert [m.topic for m in spool.first(9, 100).messages] == ["a"]
    spool.forget({0: 1})
    assert spool.first(9, 100).messages[0] == Message("\udcff/ä", bytes(900), -5)
    spool.forget({0: 2})
    assert spool.first(9, 100).messages == [Message("b", b"", 2)]
    spool.close()


def test_a_full_spool_says_so_keeps_its_limit_and_takes_again_after_a_while(tmp_path: Path) -> None:
    opened = open_spool(tmp_path, LIMIT_MIN_BYTES, now=NOW)
    spool = opened.spool
    with pytest.raises(SpoolFull, match="full"):  # noqa: PT012
        for taken in range(0, 10**6, 1_000):
            spool.append(_messages(1_000, taken, 1_000))
    assert spool.count == taken > 5_000
    on_disk = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert on_disk <= LIMIT_MIN_BYTES
    spool.forget(spool.first(3_000, NO_LIMIT).upto)
    spool.append(_messages(1_000, taken, 1_000))
    numbers = [int(message.payload) for message in _all(spool)]
    assert numbers == list(range(3_000, taken + 1_000))
    assert spool.size_bytes < 9 * PAGE_BYTES  # a page for each table
    assert (tmp_path / FILE).stat().st_size < 9 * PAGE_BYTES  # given back to the disk
    spool.close()


def test_what_it_acknowledged_survives_kill_9(tmp_path: Path, chance: random.Random) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / FILE)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for _ in range(chance.randrange(5, 40)):
            acknowledged = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
    acknowledged = max([acknowledged, *map(int, rest)])
    spool = _open(tmp_path)
    assert acknowledged <= spool.count <= acknowledged + 100
    count = spool.count
    assert [int(message.payload) for message in _all(spool)] == list(range(count))
    spool.close()


def test_a_drain_that_is_killed_loses_nothing_of_anybody_and_repeats_one_portion_at_most(
    tmp_path: Path,
) -> None:
    spool, owners = _open(tmp_path), {"flood": 4_000, "own": 500, "calm": 900}
    for sender, count in owners.items():
        messages = [_of(sender, n) for n in range(count)]
        spool.append(messages, [OWN if sender == "own" else sender] * count)
    spool.close()
    drained: list[str] = []
    for lines in (30, 200):
        with subprocess.Popen(
            [sys.executable, "-c", DRAINER, str(tmp_path / FILE)], stdout=subprocess.PIPE, text=True
        ) as drainer:
            assert drainer.stdout is not None
            read = [drainer.stdout.readline() for _ in range(lines)]
            drainer.send_signal(signal.SIGKILL)
            read += drainer.stdout.read().splitlines()
        drained += [each for line in read for each in line.split()]
    spool = _open(tmp_path)
    drained += [f"{each.topic}={int(each.payload)}" for each in _all(spool)]
    spool.close()
    assert sum(owners.values()) <= len(drained) <= sum(owners.values()) + 2 * 7
    for sender, count in owners.items():
        numbers = [int(each.partition("=")[2]) for each in drained if each.startswith(sender)]
        assert list(dict.fromkeys(numbers)) == list(range(count))


@pytest.mark.parametrize("number", range(6))
def test_a_damaged_file_is_read_as_far_as_it_goes_and_kept(
    tmp_path: Path, chance: random.Random, number: int
) -> None:
    spool, messages = _open(tmp_path), _messages(30_000)
    spool.keep_plant(b"a plant")
    for start in range(0, len(messages), 500):
        spool.append(messages[start : start + 500])
    spool.forget(spool.first(1_234, NO_LIMIT).upto)
    spool.close()
    path = tmp_path / FILE
    pages = path.stat().st_size // PAGE_BYTES
    page = chance.randrange(8, pages - 3)
    if number % 2:
        os.truncate(path, page * PAGE_BYTES + chance.randrange(PAGE_BYTES))
        damaged_pages = pages - page
    else:
        with path.open("r+b") as file:
            file.seek(page * PAGE_BYTES)
            file.write(chance.randbytes(3 * PAGE_BYTES))
        damaged_pages = 3
    opened = open_spool(tmp_path, LIMIT, now=NOW)
    salvage = opened.salvage
    assert salvage is not None
    saved = list(_all(opened.spool))
    assert salvage.saved == len(saved)
    assert salvage.lost == len(messages) - 1_234 - len(saved)
    assert salvage.lost <= (damaged_pages + 1) * 280  # messages on a page
    assert set(saved) <= set(messages)
    assert opened.spool.plant() == b"a plant"
    assert saved == sorted(saved, key=lambda message: message.received_us)
    assert salvage.aside.exists()
    opened.spool.close()
    _open(tmp_path).close()


def test_a_file_that_is_no_database_is_set_aside_and_its_loss_is_unknown(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, by far" * 1_000)
    opened = open_spool(tmp_path, LIMIT, now=NOW)
    assert opened.salvage is not None
    assert (opened.salvage.saved, opened.salvage.lost) == (0, None)
    assert opened.salvage.aside.read_bytes().startswith(b"not a database")
    opened.spool.append(_messages(1))
    opened.spool.close()


def test_a_changed_message_is_put_aside_and_not_handed_out(tmp_path: Path) -> None:
    spool = _open(tmp_path)
    spool.append(_messages(5))
    spool.close()
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("UPDATE message SET payload = x'31' WHERE number = 3")
    connection.commit()
    connection.close()
    spool = _open(tmp_path)
    taken = spool.first(9, NO_LIMIT)
    assert (taken.messages, taken.upto, taken.damaged) == (
        [*_messages(2), *_messages(2, 3)],
        {0: 5},
        1,
    )
    spool.forget(taken.upto)
    spool.close()
    connection = sqlite3.connect(tmp_path / FILE)
    assert connection.execute("SELECT number, payload FROM damaged").fetchall() == [(3, b"1")]
    connection.close()


def test_no_message_stays_behind_when_it_is_filled_and_emptied_at_once(tmp_path: Path) -> None:
    spool, total = _open(tmp_path), 4_000
    filling = threading.Thread(
        target=lambda: [spool.append(_messages(2, start, 20)) for start in range(0, total, 2)]
    )
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        filling.start()
        found: list[Message] = []
        while filling.is_alive() or spool.count:
            taken = spool.first(50, NO_LIMIT)
            found += taken.messages
            spool.forget(taken.upto)
            assert spool.count >= 0
    finally:
        sys.setswitchinterval(interval_s)
        filling.join()
    assert found == _messages(total, 0, 20)
    assert spool.first(9, NO_LIMIT).messages == []
    spool.close()


def test_a_second_process_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    spool = _open(tmp_path)
    with pytest.raises(SpoolUnusable, match="locked"):
        open_spool(tmp_path, LIMIT, now=NOW)
    with pytest.raises(SpoolUnusable, match="No such file"):
        open_spool(tmp_path / "nowhere", LIMIT, now=NOW)
    spool.close()


def test_a_salvage_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    spool = _open(tmp_path)
    spool.append(_messages(3))
    spool.close()
    (tmp_path / FILE).rename(tmp_path / "spool.partial")
    spool = _open(tmp_path)
    assert spool.count == 3
    spool.close()
    (tmp_path / "spool.partial").write_bytes(b"half")
    spool = _open(tmp_path)
    assert spool.count == 3
    assert not (tmp_path / "spool.partial").exists()
    spool.close()
