"""Checks of alarms of a site file, as sentences with file and line."""

from collections.abc import Iterator

from schemas.site.alarms.alarm import Alarm
from schemas.site.alarms.defaults import completed
from schemas.site.alarms.faults import alarm_faults
from schemas.site.alarms.points import at_points, key_at
from schemas.site.alarms.surroundings import Fault, Surroundings
from schemas.site.draft import Draft
from schemas.site.elements import Asset, Stream
from schemas.site.messages import meant
from schemas.site.model import Point
from schemas.site.part import Problem
from schemas.site.roles import roles_of

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
    "kind_alone": "needs `role`, a role of that kind",
    "kind_and_asset": 'stands beside "{role}", which is a role of one asset; give only what stands '
    "behind its point",
    "no_kind": '"{kind}" is no kind of the catalogue',
    "no_role_of_kind": '"{role}" is no role of {kind}',
    "several_units": "{point} is in {unit} and {other} in {other_unit}; make an alarm for each "
    "with `point`",
    "key_of_catalogue": "alarms of the catalogue have this key; give another one",
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
    "cause_of_many": '"{cause}" is at several points; name one of its alarms, such as "{example}"',
    "renamed_cause": '"{cause}" has the key "{key}" in this site file',
    "own_cause": '"{cause}" would suppress itself',
    "circle": "suppresses itself in a circle: {circle}",
}


def alarm_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with alarms beside points, the catalogue and each other."""
    points = draft.points()
    alarms = draft.values(Alarm)
    roles = roles_of((*draft.values(Asset), *draft.values(Stream)), draft.values(Point))
    placed = [each for alarm in alarms for each in at_points(alarm, roles)]
    # Names count also where the rest of their table is wrong, but none of many points.
    wrong = set(draft.names("alarm")) - {alarm.key for alarm in alarms}
    around = Surroundings(
        refs=draft.refs(),
        points=points,
        causes=dict.fromkeys(wrong, ()) | {each.key: each.causes for each in placed},
        roles=roles,
        renamed={
            stated: each.key
            for each in placed
            if each.default and (stated := key_at(each.default, each.point)) != each.key
        },
        complete=lambda alarm: completed(alarm, points.get(alarm.point or "")),
    )
    for part, alarm in draft.pairs(Alarm):
        for fault in alarm_faults(alarm, around):
            yield part.problem(fault.keys, _sentence(fault))


def _sentence(fault: Fault) -> str:
    hint = meant(fault.word, list(fault.near)) if fault.near else ""
    return SENTENCES[fault.code].format(**fault.values) + hint
