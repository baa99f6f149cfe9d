"""Texts of the plant on their way to Plotly, which reads some markup and templates in texts."""

_MEANT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "{": "&#123;"}
_TABLE = str.maketrans(_MEANT)


def plain(text: str) -> str:
    """Return a text such that Plotly shows it as it is, `<a href>` and `%{x}` included."""
    return text.translate(_TABLE)
