"""The rate limit: a window that slides, keys that do not disturb each other, bounded memory."""

from dashboard.auth.rate_limit import RateLimit


def test_tries_beyond_the_limit_wait_until_the_oldest_is_out_of_the_window() -> None:
    limit = RateLimit(limit_attempts=2, window_s=60.0)
    assert [limit.wait_s("a", at) for at in (0.0, 10.0, 20.0)] == [0.0, 0.0, 40.0]
    assert limit.wait_s("b", 20.0) == 0.0
    assert limit.wait_s("a", 60.0) == 0.0
    assert limit.wait_s("a", 61.0) == 9.0


def test_a_success_begins_anew() -> None:
    limit = RateLimit(limit_attempts=1, window_s=60.0)
    assert limit.wait_s("a", 0.0) == 0.0
    limit.forget("a")
    assert limit.wait_s("a", 1.0) == 0.0


def test_the_oldest_key_is_forgotten_when_there_are_too_many() -> None:
    limit = RateLimit(limit_attempts=1, window_s=60.0, keys_max=100)
    for n in range(10_000):
        assert limit.wait_s(str(n), 0.0) == 0.0
    assert limit.wait_s("9999", 1.0) == 59.0
    assert limit.wait_s("0", 1.0) == 0.0
