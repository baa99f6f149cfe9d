"""Which notices of browsers tell what is no longer so, and what is told in their place. Pure.

Where an alarm has been answered or has cleared, its notice would still call somebody. What replaces
it has the same tag, is shown and makes no sound: a browser that is sent what it does not show takes
our right to send away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.notification.planner import NewMessage, Situation
from dashboard.notification.roster import is_quiet


@dataclass(frozen=True)
class Outdated:
    """A notice that was handed over, whose alarms have all been answered, or have all cleared.

    `at` is when the last of them was; without one nobody answered: they were put aside.
    """

    recipient: str
    channel: int
    notice: Mapping[str, Any]
    is_answered: bool
    answered_by: str | None
    at: datetime | None


def replacements(outdated: Sequence[Outdated], here: Situation) -> Iterator[NewMessage]:
    """Yield what is sent to the browsers that can replace a notice, but not in quiet hours."""
    able = {
        (login, -device.subscription_id)
        for login, devices in here.devices.items()
        for device in devices
        if device.replaces
    }
    for one in outdated:
        rule = here.plan.priorities.get(one.notice.get("priority"))  # type: ignore[arg-type]
        is_wanted = rule is not None and not is_quiet(rule, here.country, here.now, here.zone)
        channel = (one.recipient, one.channel)
        if is_wanted and channel in able:
            state = "answered" if one.is_answered else "cleared"
            yield NewMessage(
                f"over {one.notice['tag']} {state} {one.recipient} {one.channel}",
                "over",
                channel,
                here.writer(one.recipient).over(one.notice, state, one.answered_by, one.at),
            )
