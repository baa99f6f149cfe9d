"""What happens when somebody reaches a limit of what may be written: counted, logged, and said."""

from dashboard.limits.writing import log_sentence
from dashboard.pages.context import Question
from dashboard.store.errors import LimitReached
from dashboard.web.services import services


def refuse(reached: LimitReached, asked: Question, trial: int) -> str:
    """Count and log a refusal, and return the sentence for the one who is refused."""
    sentence = log_sentence(reached.limit, trial)
    services().refusals.count(reached.limit, asked.visit.viewer, sentence)
    reader = asked.reader
    return reader.text(f"reached.{reached.limit}", allowed=reader.number(reached.allowed, 0))
