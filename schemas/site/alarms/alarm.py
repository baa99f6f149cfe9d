"""Alarms of a site file: what is watched, how urgent it is, and what to do."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from schemas.site.table import Key, Moment, Names, Number, Table, Text

Priority = Literal["high", "medium", "low", "diagnostic"]
Quality = Literal["suspect", "fail"]
DAY_S = 86_400


def _check_delay(delay_s: float) -> float:
    if not 0 <= delay_s <= DAY_S:
        raise ValueError(f"{delay_s:g} is not a delay; give seconds from 0 to {DAY_S}, a day")
    return delay_s


def _check_span(span_s: float) -> float:
    if not 0 < span_s <= 7 * DAY_S:
        raise ValueError(f"{span_s:g} is not a time to watch; give seconds above 0, a week at most")
    return span_s


def _check_time_to_respond(minutes: float) -> float:
    if not 0 < minutes <= 1_440:
        raise ValueError(f"{minutes:g} is not a time to respond; give minutes, a day at most")
    return minutes


def _check_deadband(deadband: float) -> float:
    if deadband < 0:
        raise ValueError(
            f"{deadband:g} is not a deadband; give 0 or more, in the unit of the point"
        )
    return deadband


def _check_rate(by_hour: float) -> float:
    if by_hour <= 0:
        raise ValueError(f"{by_hour:g} is no rate; give a number above 0, how much in an hour")
    return by_hour


Delay = Annotated[Number, AfterValidator(_check_delay)]
Span = Annotated[Number, AfterValidator(_check_span)]
Rate = Annotated[Number, AfterValidator(_check_rate)]
Codes = Annotated[tuple[int, ...], Strict(False), Field(min_length=1)]


class Alarm(Table):
    """`[[alarm]]`: a condition that somebody has to do something about."""

    key: Key
    default: Key | None = None
    enabled: bool = True
    name: Names | None = None
    point: Text | None = None
    role: Text | None = None
    kind: Key | None = None
    above: Number | None = None
    below: Number | None = None
    deadband: Annotated[Number, AfterValidator(_check_deadband)] | None = None
    states: Codes | None = None
    quality: Quality | None = None
    silent_s: Span | None = None
    rises_per_h: Rate | None = None
    falls_per_h: Rate | None = None
    over_s: Span | None = None
    mean_over_s: Span | None = None
    ahead_s: Span | None = None
    delay_on_s: Delay | None = None
    delay_off_s: Delay | None = None
    latching: bool | None = None
    priority: Priority | None = None
    class_: Annotated[Text | None, Field(alias="class")] = None
    consequence: Names | None = None
    action: Names | None = None
    respond_within_min: Annotated[Number, AfterValidator(_check_time_to_respond)] | None = None
    causes: Annotated[tuple[Text, ...], Strict(False)] = ()
    stopped_point: Text | None = None
    stopped_states: Codes | None = None
    since: Moment | None = None
