"""What happens when somebody reaches a limit of what may be written: counted, logged, and said."""

from dashboard.limits.limit import Limit
from dashboard.limits.writing import log_sentence
from dashboard.pages.context import PageContext
from dashboard.store.errors import LimitReached
from dashboard.web.services import services


def refuse(reached: LimitReached, context: PageContext, trial: int) -> str:
    """Count and log a refusal, and return the sentence for the one who is refused."""
    limit = Limit(reached.limit)
    services().refusals.count(limit, context.user.viewer, log_sentence(limit, trial))
    display = context.display
    return display.text(f"reached.{reached.limit}", allowed=display.number(reached.allowed, 0))
