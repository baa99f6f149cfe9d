"""The functions of the language: what they take, and what comes out of them.

What they compute is in `arrays`; docs/formulas.md defines each of them, and a test compares the
three.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.formula.dimension import NUMBER, SECONDS, TEMPERATURE, Dimension
from schemas.formula.meaning import Meaning, Shape, over, times

ONE, STEPS = frozenset({Shape.ONE}), frozenset({Shape.STEPS})
READ = frozenset({Shape.STEPS, Shape.COUNTER})  # also of a counter its last reading is a value
COUNTER, CONDITION = frozenset({Shape.COUNTER}), frozenset({Shape.CONDITION})
EITHER = ONE | STEPS

Shapes = frozenset[Shape]
Result = Callable[[Sequence[Meaning]], Meaning]


class ArgumentError(ValueError):
    """Arguments that do not fit; `place` says which of them."""

    def __init__(self, sentence: str, place: int = 0) -> None:
        super().__init__(sentence)
        self.place = place


@dataclass(frozen=True)
class Function:
    """One function.

    Args:
        usage: How it is written.
        takes: The shapes of its arguments; the last one stands for all further ones.
        result: Gives the meaning of the result from those of the arguments. Raises ArgumentError.
        least: How many arguments it needs.
        most: How many it takes at most; None for any number.
    """

    usage: str
    takes: tuple[Shapes, ...]
    result: Result
    least: int
    most: int | None


def _read(arguments: Sequence[Meaning]) -> Meaning:
    (values,) = arguments
    return Meaning(Shape.ONE, values.dimension, values.is_absolute, values.unit)


def _times_seconds(arguments: Sequence[Meaning]) -> Meaning:
    return Meaning(Shape.ONE, _product(arguments) * SECONDS, unit=times(_unit(arguments), "s"))


def _a_day(arguments: Sequence[Meaning]) -> Meaning:
    return Meaning(Shape.ONE, _product(arguments), unit=_unit(arguments))


def _a_second(arguments: Sequence[Meaning]) -> Meaning:
    return Meaning(Shape.ONE, arguments[0].multiplies / SECONDS, unit=over(arguments[0].unit, "s"))


def _seconds(_: Sequence[Meaning]) -> Meaning:
    return Meaning(Shape.ONE, SECONDS, unit="s")


def _plain(_: Sequence[Meaning]) -> Meaning:
    return Meaning(Shape.ONE, NUMBER)


def _ratio(arguments: Sequence[Meaning]) -> Meaning:
    above, below = arguments
    if above.shape is not below.shape:
        raise ArgumentError("both sides are numbers, or both have a value for every moment", 1)
    unit = over(above.unit, below.unit)
    return Meaning(Shape.ONE, _product([above]) / _product([below]), unit=unit)


def _removal(arguments: Sequence[Meaning]) -> Meaning:
    _alike(arguments)
    return Meaning(Shape.ONE, NUMBER)


def _sum(arguments: Sequence[Meaning]) -> Meaning:
    if any(argument.is_absolute for argument in arguments):
        raise ArgumentError("readings of a scale such as °C have no sum; take mean_of(...)")
    return _alike(arguments)


def _logarithm(arguments: Sequence[Meaning]) -> Meaning:
    if arguments[0].multiplies != NUMBER:
        raise ArgumentError("only a number without a unit has a logarithm; divide by a reference")
    return Meaning(arguments[0].shape, NUMBER)


def _at_temperature(arguments: Sequence[Meaning]) -> Meaning:
    value, *temperatures = arguments
    for place, temperature in enumerate(temperatures, start=1):
        if temperature.dimension != TEMPERATURE or not temperature.is_absolute:
            raise ArgumentError('a temperature in "Cel" is needed here', place)
    return value


def _alike(arguments: Sequence[Meaning]) -> Meaning:
    """Return the meaning that all arguments share. The number 0 is of any dimension."""
    known = [each for each in arguments if each.dimension is not None] or [arguments[0]]
    for place, argument in enumerate(arguments):
        if argument.shape is not arguments[0].shape:
            raise ArgumentError(
                f"all arguments are alike: this is {argument.shape.value}, the first "
                f"{arguments[0].shape.value}",
                place,
            )
        if argument.dimension is not None and argument.dimension != known[0].dimension:
            raise ArgumentError(
                f"this is in {argument.told}, another argument in {known[0].told}", place
            )
    return known[0]


def _product(arguments: Sequence[Meaning]) -> Dimension:
    total = NUMBER
    for place, argument in enumerate(arguments):
        if argument.is_absolute:
            raise ArgumentError("readings of a scale such as °C have no multiples", place)
        total = total * argument.multiplies
    return total


def _unit(arguments: Sequence[Meaning]) -> str:
    return times(*(argument.unit for argument in arguments))


def _function(
    usage: str, takes: tuple[Shapes, ...], result: Result, least: int, most: int | None
) -> tuple[str, Function]:
    return usage.partition("(")[0], Function(usage, takes, result, least, most)


FUNCTIONS: dict[str, Function] = dict(
    [
        _function("mean(values)", (STEPS,), _read, 1, 1),
        _function("min(values)", (READ,), _read, 1, 1),
        _function("max(values)", (READ,), _read, 1, 1),
        _function("last(values)", (READ,), _read, 1, 1),
        _function("integral(values)", (STEPS,), _times_seconds, 1, 1),
        _function("load(flow, concentration)", (STEPS, STEPS), _times_seconds, 2, 2),
        _function("daily_load(flow, sample)", (STEPS, STEPS), _a_day, 2, 2),
        _function("delta(counter)", (COUNTER,), _read, 1, 1),
        _function("rate(counter)", (COUNTER,), _a_second, 1, 1),
        _function("ratio(part, whole)", (EITHER, EITHER), _ratio, 2, 2),
        _function("removal(in, out, bypass)", (ONE, ONE, ONE), _removal, 2, 3),
        _function("duration(condition)", (CONDITION,), _seconds, 1, 1),
        _function("count(condition)", (CONDITION,), _plain, 1, 1),
        _function(
            "at_temperature(values, temperature, reference)",
            (STEPS, STEPS, ONE),
            _at_temperature,
            3,
            3,
        ),
        _function("log10(number)", (EITHER,), _logarithm, 1, 1),
        _function("elapsed()", (), _seconds, 0, 0),
        _function("sum(values, ...)", (EITHER,), _sum, 1, None),
        _function("mean_of(values, ...)", (EITHER,), _alike, 1, None),
        _function("first(values, ...)", (EITHER | COUNTER,), _alike, 1, None),
    ]
)
OVER_ASSETS = frozenset({"sum", "mean_of"})  # make one value of those of several assets
COUNTED = frozenset({"delta", "rate"})  # their argument is counted, not read
MOMENTARY = OVER_ASSETS | {"first", "at_temperature", "log10"}  # of one moment, not of a window
