"""A topic mapping: how a foreign JSON payload becomes readings of our points.

Written in the site file, stored in `topic_mapping.definition` as JSON, used by ingest.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.status_codes import Code

Form = Literal["json", "json_lines", "senml", "influx", "csv", "csv_semicolon", "csv_tab"]


@dataclass(frozen=True)
class ValueMapping:
    """Where one point's value stands in the payload.

    `point` is "<line>/<point>". `pointer` is a JSON pointer (RFC 6901). `tag`, where the topic has
    a `{tag}` segment, is what must stand there. The stored value is `number * scale + offset`, in
    the point's newest unit; a text, true, false or a whole number is looked up in `states` first.
    null or no such key: no reading. `has_own_unit`: the number has a unit of its own, so a late one
    is stored in the unit that the point had at its time; otherwise it came in that unit.
    `decimal` is the mark before the decimals of a text; None: a point, and nothing parts thousands.
    `suffix` is what must stand behind the number of a text, such as its unit.
    `censored`: a text such as "<0.05" or ">2400" is its number, flagged. `time_pointer` and
    `status_pointer` stand in place of those of the mapping.
    """

    point: str
    pointer: str
    scale: float = 1.0
    offset: float = 0.0
    tag: str | None = None
    states: dict[str, float] | None = None
    has_own_unit: bool = False
    decimal: Literal[".", ","] | None = None
    censored: bool = False
    suffix: str | None = None
    time_pointer: str | None = None
    status_pointer: str | None = None


@dataclass(frozen=True)
class TopicMapping:
    """How the messages of one foreign topic are read.

    `topic` may have one `{tag}` segment. `time_format` is "rfc3339", "epoch_ms" and the like, or a
    strptime format; without `time_pointer` the time of reception counts (and is flagged), and so it
    does where a stamp is missing and `reception_if_missing`; `other_time_pointer` leads to a stamp
    that is taken before that. What `time_of_day_pointer` leads to
    is put behind the stamp, with a blank.
    `time_zone` is needed where the stamps are local and naive. `status_codes` are pairs of a code
    in the payload and the OPC UA status that it means; None: OPC UA's own codes. `ignore` are
    pointers to what is left out on purpose. `form` is that of the payload.

    In a pointer the step `*` is every element of a list, and `[id=Flow]` every one whose `id` is
    "Flow"; in the pointers of time and status such a step is the element that the value is in.
    """

    key: str
    topic: str
    values: tuple[ValueMapping, ...]
    time_pointer: str | None = None
    time_format: str = "rfc3339"
    time_zone: str | None = None
    time_of_day_pointer: str | None = None
    reception_if_missing: bool = False
    other_time_pointer: str | None = None
    status_pointer: str | None = None
    status_codes: tuple[tuple[Code, int], ...] | None = None
    ignore: tuple[str, ...] = ()
    form: Form = "json"
