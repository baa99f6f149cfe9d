"""What a guest may ask for without end is done so often and no more, and never forgotten."""

import asyncio

from dashboard.limits.throttle import Throttle

WINDOW_S = 0.1


def test_entries_and_sign_outs_without_end_let_plants_be_read_anew_so_often_and_no_more() -> None:
    async def ask() -> tuple[int, int, float]:
        loop, done_s = asyncio.get_running_loop(), list[float]()
        throttle = Throttle(lambda: done_s.append(loop.time()), limit_calls=3, window_s=WINDOW_S)
        for _ in range(1_000):
            throttle()
        at_once = len(done_s)
        while len(done_s) == at_once:
            await asyncio.sleep(WINDOW_S / 10)
        await asyncio.sleep(WINDOW_S * 2)
        return at_once, len(done_s), done_s[-1] - done_s[0]

    at_once, in_all, apart_s = asyncio.run(ask())
    assert at_once == 3
    assert in_all == 4, "the last of them is done too, and once"
    assert apart_s >= WINDOW_S * 0.9


def test_what_happens_now_and_then_is_done_at_once() -> None:
    clock, done = [0.0], list[float]()
    throttle = Throttle(
        lambda: done.append(clock[0]), limit_calls=3, window_s=1.0, clock_s=lambda: clock[0]
    )
    for _ in range(9):
        throttle()
        clock[0] += 0.4
    assert len(done) == 9
