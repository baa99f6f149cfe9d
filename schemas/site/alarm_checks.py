"""Checks of alarms of a site file, as sentences with file and line."""

from collections.abc import Iterator

from schemas.site.alarm_faults import Fault, Surroundings, alarm_faults, point_of
from schemas.site.alarms import Alarm
from schemas.site.catalogue_alarms import completed
from schemas.site.draft import Draft
from schemas.site.messages import meant
from schemas.site.part import Problem

SENTENCES = {
    "no_default": '"{key}" is no alarm of the catalogue',
    "no_text": '{key} is missing; for example {key} = {{ fi = "…", en = "…", sv = "…" }}',
    "turns_off_nothing": "turns off an alarm of the catalogue; name its `default`",
    "nothing_watched": "nothing is watched; give one of {choices}",
    "another_condition": "does not go with `{first}`; make two alarms of it",
    "no_time_of_rate": "needs `over_s`, the time over which it is counted",
    "no_mean": "needs `mean_over_s`, the time over which the mean is taken",
    "ahead_of_mean": "is as long as the mean itself, of which nothing would be left; give less",
    "point_and_role": "stands beside `point`; give one of them",
    "no_role": 'no point of this site has the role "{role}"',
    "no_place": "point or role is missing; only `silent_s` is for a whole site",
    "no_point": '"{point}" is no point of this site',
    "limits_cross": "is not below `above`: the alarm would never end",
    "wider_than_room": "{deadband:g} is wider than the room between its limits, {room:g}: "
    "the alarm would never end",
    "wider_than_limit": "{deadband:g} is wider than its limit, {room:g}: the alarm would never end",
    "is_a_state": "{point} is a state; give `states`, its codes",
    "is_no_state": '{point} is a {kind}, and no point of kind "state"',
    "never_reaches": "{point} never reaches {limit:g}: its range ends at {end:g}",
    "never_below": "{point} never falls below {limit:g}: its range begins at {end:g}",
    "no_silence": "{silent_s:g} s is no silence: {point} comes every {interval_s:g} s",
    "no_stopped_point": "are codes of a `stopped_point`, which is missing",
    "no_code": "{code} is no code of {point}; it has {known}",
    "no_alarm": '"{cause}" is no alarm of this site',
    "own_cause": '"{cause}" would suppress itself',
    "circle": "suppresses itself in a circle: {circle}",
}


def alarm_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with alarms beside points, the catalogue and each other."""
    points = draft.points()
    by_role = {point.role: point for point in points.values() if point.role is not None}
    around = Surroundings(
        refs=draft.refs(),
        points=points,
        # Names count also where the rest of their table is wrong.
        causes=dict.fromkeys(draft.names("alarm"), ())
        | {alarm.key: alarm.causes for alarm in draft.values(Alarm)},
        by_role=by_role,
    )
    for part, alarm in draft.pairs(Alarm):
        whole = completed(alarm, point_of(alarm, points, by_role))
        for fault in alarm_faults(whole, around):
            yield part.problem(fault.keys, _sentence(fault))


def _sentence(fault: Fault) -> str:
    hint = meant(fault.word, list(fault.near)) if fault.near else ""
    return SENTENCES[fault.code].format(**fault.values) + hint
