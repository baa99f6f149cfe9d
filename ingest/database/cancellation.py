"""A driver may hide that a task was told to end: another error takes the place of that."""

import asyncio


def end_if_told(error: Exception) -> None:
    """Raise CancelledError if the task that met `error` was told to end.

    A transaction on a cut connection, and a connection that is just being made, hide it; whoever
    tries on after errors would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error
