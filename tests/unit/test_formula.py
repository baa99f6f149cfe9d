"""The language of formulas: what it reads, which unit comes out, and what it says of mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.formula.binding import MissingRoleError, Need, bind
from schemas.formula.checking import check, meaning
from schemas.formula.dimension import Dimension
from schemas.formula.errors import FormulaError
from schemas.formula.functions import FUNCTIONS
from schemas.formula.meaning import Scope, Signal
from schemas.formula.parser import DEPTH_MAX_LEVELS, LENGTH_MAX_CHARACTERS, parse
from schemas.formula.site_roles import Item, SiteRoles
from schemas.formula.tree import Group, walk

KINDS = {
    "meter": {"energy": Signal("kW.h", is_counter=True), "power": Signal("kW")},
    "stream": {
        "flow": Signal("m3/h"),
        "volume": Signal("m3", is_counter=True),
        "ammonium": Signal("mg/L"),
        "temperature": Signal("Cel"),
        "ph": Signal("[pH]"),
        "turbidity": Signal("{NTU}"),
    },
    "tank": {
        "air": Signal("m3{n}/h"),
        "area": Signal("m2", is_property=True),
        "running": Signal("1"),
    },
    "bypass": {"flow": Signal("m3/h")},
}
SCOPE = Scope(KINDS, own="tank", points={"main/x-1": Signal("mg/L")})


def _gives(formula: str, unit: str) -> None:
    check(parse(formula), SCOPE, unit)


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("ratio(delta(meter.energy), delta(stream.volume))", "kW.h/m3"),
        ("ratio(delta(meter.energy), delta(stream.volume))", "MJ/[gal_us]"),
        ("rate(stream.volume)", "m3/d"),
        ("delta(stream.volume) / elapsed()", "10*6.[gal_us]/d"),
        ("integral(stream.flow)", "m3"),
        ("load(stream.flow, stream.ammonium)", "kg"),
        ("mean(stream.flow * stream.ammonium)", "kg/d"),
        ("daily_load(stream.flow, stream.ammonium)", "kg/d"),
        ("removal(1, 2, 3)", "%"),
        ("ratio(air, stream.flow)", "m3{n}/m3"),
        ("mean(air) / area", "m3{n}/(m2.h)"),
        ("duration(running > 0.5)", "h"),
        ("count(running > 0.5)", "1"),
        ("integral(running)", "h"),
        ("last(meter.energy)", "kW.h"),
        ("mean(stream.temperature)", "Cel"),
        ("mean(stream.temperature)", "[degF]"),
        ("max(stream.temperature) - min(stream.temperature)", "K"),
        ('mean(stream.temperature) - 2 "K"', "Cel"),
        ('duration(stream.temperature < 12 "Cel")', "d"),
        ('mean(point("main/x-1"))', "g/m3"),
        ("mean(stream.ammonium) + 0", "mg/L"),
        ("sum(load(stream.flow, stream.ammonium), 0)", "kg"),
        ("first(mean(meter.power), rate(meter.energy))", "kW"),
        ('log10(mean(stream.ammonium) / 2 "mg/L")', "1"),
        ('mean(at_temperature(stream.flow, stream.temperature, 20 "Cel"))', "m3/h"),
        ('70 "g/d" * 2', "kg/d"),
        ("-mean(stream.ph)", "[pH]"),
        ("mean_of(mean(stream.turbidity))", "{NTU}"),
    ],
)
def test_the_unit_of_a_formula_follows_from_its_inputs(formula: str, unit: str) -> None:
    _gives(formula, unit)


@pytest.mark.parametrize(
    ("formula", "unit", "at", "sentence"),
    [
        ("", "1", 0, "the formula ends too early: a number, a role or a function is missing"),
        ("mean(stream.flow", "m3/h", 16, 'ends too early: a sign such as + or a closing ")"'),
        ("1 +* 2", "1", 3, "* cannot stand here: a number, a role or a function is missing"),
        ("mean(stream.flow) mean(air)", "1", 18, "mean cannot stand here: a sign such as + - * /"),
        ("2 ^ 3", "1", 2, "^ cannot stand here: powers are not part of the language; multiply"),
        ("1 = 2", "1", 2, '= cannot stand here: compare with "=="'),
        ("1 < 2 < 3", "1", 6, "only two sides are compared at once"),
        ("1,5", "1", 1, "only arguments are parted by commas, and decimals by a point"),
        ("1)", "1", 1, 'there is no "(" for it'),
        ('1 "kg', "kg", 2, "the text that begins here never closes"),
        ("Mean(air)", "1", 0, "M: names are written in small letters"),
        ("__import__", "1", 0, "_ cannot stand here"),
        ("a.b.c", "1", 3, "a role is written kind.role"),
        ("1e999", "1", 0, "the number is too large"),
        ("9" * 50, "1", 0, "a number has at most 40 digits"),
        ("mean(steam.flow)", "m3/h", 5, 'steam is no kind; did you mean "stream"?'),
        ("mean(stream.flo)", "m3/h", 5, 'flo is no role of stream; did you mean "flow"?'),
        ("men(air)", "m3/h", 0, 'men is no function; did you mean "mean"?'),
        ('mean(point("main/x-2"))', "mg/L", 5, 'no point; did you mean "main/x-1"?'),
        ("mean()", "1", 0, "write mean(values)"),
        ("load(stream.flow)", "kg", 0, "write load(flow, concentration)"),
        ("removal(1, 2, 3, 4)", "1", 0, "write removal(in, out, bypass)"),
        ("mean(meter.energy)", "kW.h", 5, "this is a counter: take delta(...) or rate(...)"),
        ("delta(stream.flow)", "m3", 6, "delta(counter) takes a counter; integral(...) sums up"),
        ("meter.energy * 2", "kW.h", 0, "this is a counter"),
        ("stream.flow", "m3/h", 0, "this has a value for every moment: take mean(...)"),
        ('stream.flow > 1 "m3/h"', "1", 12, "this is a comparison, which stands in duration"),
        ("duration(stream.flow)", "h", 9, "duration(condition) takes a comparison"),
        ("mean(area)", "m2", 5, "this is one number already"),
        ("ratio(mean(air), air)", "1", 17, "both sides are numbers, or both have a value"),
        ("mean(stream.flow + stream.ammonium)", "m3/h", 17, 'the sides of "+" are m3/h and mg/L'),
        ("duration(stream.flow > 5)", "h", 21, 'write the unit behind the number, as in 5 "m3/h"'),
        ("1 / 0", "1", 4, "this divides by zero"),
        ("mean(stream.temperature) * 2", "K", 25, "readings of a scale such as °C have no multip"),
        ("sum(mean(stream.temperature))", "Cel", 4, "have no sum; take mean_of(...)"),
        ("max(stream.temperature) - min(stream.temperature)", "Cel", 24, 'stated in "K"'),
        ("mean(stream.temperature) + mean(stream.temperature)", "Cel", 25, "do not fit here"),
        (
            "mean_of(mean(air), mean(stream.flow))",
            "m3/h",
            19,
            "this is in m3/h, another argument in ",
        ),
        ('mean(at_temperature(air, stream.flow, 20 "Cel"))', "1", 25, 'a temperature in "Cel"'),
        ("log10(mean(stream.flow))", "1", 6, "only a number without a unit has a logarithm"),
        (
            "mean(stream.flow)",
            "kg",
            0,
            'gives m3/h, which does not convert to the stated unit "kg"',
        ),
        ("load(stream.flow, stream.ammonium)", "m3", 0, "gives m3/h.mg/L.s, which"),
        ("ratio(stream.ammonium, stream.flow)", "kg", 0, "gives mg/L/(m3/h), which"),
        ("delta(stream.volume) / elapsed()", "kg", 21, "gives m3/s, which"),
        ('mean(stream.flow) + 2 "kg" / 3 "h"', "kg", 18, "are m3/h and kg/h"),
        ('2 "kgs"', "kg", 0, '"kgs" is not a UCUM unit'),
        ('mean(stream.flow) > 1 "m3/h"', "1", 18, "one side of a comparison must have values"),
    ],
)
def test_a_mistake_is_told_at_its_character(
    formula: str, unit: str, at: int, sentence: str
) -> None:
    with pytest.raises(FormulaError) as caught:
        _gives(formula, unit)
    assert sentence in caught.value.sentence
    assert caught.value.at == at
    assert f"{' ' * at}^ " in caught.value.shown(formula)


def test_a_role_without_a_kind_is_of_the_own_asset_only() -> None:
    with pytest.raises(FormulaError, match=r"write it as kind\.role"):
        check(parse("mean(air)"), Scope(KINDS), "m3{n}/h")


@pytest.mark.parametrize(
    "text",
    [
        "1+" * LENGTH_MAX_CHARACTERS + "1",
        "(" * 900 + "1" + ")" * 900,
        "-" * 1_500 + "1",
        "+".join(["1"] * (DEPTH_MAX_LEVELS + 2)),
        "mean(" * 300,
    ],
    ids=["long", "brackets", "signs", "sums", "calls"],
)
def test_a_hostile_formula_costs_little_and_is_refused(text: str) -> None:
    try:
        parse(text)
    except FormulaError:
        return
    assert set(text) == set("(1)"), "only brackets around one number nest without a level"


@given(st.text(alphabet='amen.flow()+-*/<>=!," 0123456789\n^[]{}"\'é', max_size=60))
def test_any_text_is_a_formula_or_tells_what_is_wrong(text: str) -> None:
    try:
        meaning(parse(text), SCOPE)
    except FormulaError as error:
        found = error
    else:
        return
    assert 0 <= found.at <= len(text)
    assert found.sentence


def test_annotations_multiply_and_cancel_like_units() -> None:
    assert Dimension.of("m3{n}/h") / Dimension.of("m3/h") == Dimension.of("m3{n}/m3")
    assert Dimension.of("m3{n}") / Dimension.of("L{n}") == Dimension.of("1")
    assert Dimension.of("1/(m3{n}.{NTU})") == Dimension.of("1") / Dimension.of("m3{n}.{NTU}")


SITE = SiteRoles(
    {
        "in": Item(("stream",), {}),
        "side": Item(("stream",), {}),
        "tank_1": Item(("tank",), {"area": (2.0, "dam2")}),
        "tank_2": Item(("tank",), {"area": (50.0, "m2")}),
        "past": Item(("bypass",), {}),
    },
    {
        ("in", "flow"): "main/ft-1",
        ("in", "ammonium"): "main/qt-1",
        ("side", "flow"): "main/ft-2",
        ("tank_1", "air"): "main/air-1",
        ("tank_2", "air"): "main/air-2",
        ("past", "flow"): "main/ft-9",
    },
)


def _inputs(formula: str, unit: str, own: str | None = None) -> list[str]:
    tree = parse(formula)
    check(tree, SCOPE, unit)
    return [each.path for each in bind(tree, unit, SCOPE, SITE, own).inputs]


def test_a_role_of_a_kind_is_every_point_of_it_and_a_bare_one_the_own_assets() -> None:
    assert _inputs("mean(sum(stream.flow))", "m3/h") == ["main/ft-1", "main/ft-2"]
    assert _inputs("mean(air) / area", "m3{n}/(m2.h)", "tank_2") == ["main/air-2"]
    assert _inputs("sum(mean(air / area))", "m3{n}/(m2.h)", "tank_1") == ["main/air-1"]
    assert _inputs('mean(point("main/x-1"))', "mg/L") == ["main/x-1"]


def test_a_property_is_taken_in_base_units() -> None:
    bound = bind(parse("mean(air) / area"), "m3{n}/(m2.h)", SCOPE, SITE, "tank_1")
    sources = [
        m.source for each in walk(bound.tree) if isinstance(each, Group) for m in each.members
    ]
    assert sources == ["main/air-1", 200.0]


def test_several_where_one_is_needed_are_not_summed_in_silence() -> None:
    with pytest.raises(FormulaError, match=r"stream is there 2 times; write sum\(\.\.\.\)"):
        _inputs("mean(stream.flow)", "m3/h")
    with pytest.raises(FormulaError, match="cannot be paired"):
        _inputs("sum(mean(stream.flow * tank.area))", "m5/h")
    assert _inputs("sum(mean(stream.flow * bypass.flow))", "m6/h2") == [
        "main/ft-1",
        "main/ft-2",
        "main/ft-9",
    ]


@pytest.mark.parametrize(
    ("formula", "unit", "need"),
    [
        ("sum(delta(meter.energy))", "kW.h", Need("meter", "energy")),
        ("sum(load(stream.flow, stream.ammonium))", "kg", Need("stream", "ammonium", "side")),
        ("sum(mean(stream.ammonium), 0)", "mg/L", Need("stream", "ammonium", "side")),
        ("first(delta(meter.energy), integral(meter.power))", "kW.h", Need("meter", "energy")),
    ],
)
def test_what_is_missing_is_named_and_no_asset_is_left_out_of_a_sum(
    formula: str, unit: str, need: Need
) -> None:
    with pytest.raises(MissingRoleError) as caught:
        _inputs(formula, unit)
    assert caught.value.need == need


def test_a_sum_leaves_out_kinds_that_are_not_there_and_first_takes_what_is() -> None:
    assert _inputs("sum(mean(meter.power), mean(meter.power), 0)", "kW") == []
    assert _inputs('first(mean(meter.power), 3 "kW")', "kW") == []
    assert _inputs('first(mean(sum(stream.flow)), 3 "m3/h")', "m3/h") == [
        "main/ft-1",
        "main/ft-2",
    ]


def test_each_function_says_how_it_is_written() -> None:
    for name, function in FUNCTIONS.items():
        assert function.usage.startswith(f"{name}(")
        assert function.least <= (function.most or function.least)


NESTED = SiteRoles(
    {
        "stage": Item(("tank",), {"area": (9.0, "m2")}),
        "line_1": Item(("tank",), {"area": (4.0, "m2")}, within="stage"),
        "line_2": Item(("tank",), {"area": (5.0, "m2")}, within="stage"),
    },
    {("line_1", "air"): "main/air-1", ("line_2", "air"): "main/air-2"},
)


def _groups(formula: str, unit: str, site: SiteRoles = NESTED) -> list[list[str | float]]:
    tree = parse(formula)
    check(tree, SCOPE, unit)
    bound = bind(tree, unit, SCOPE, site)
    return [
        [member.source for member in each.members]
        for each in walk(bound.tree)
        if isinstance(each, Group)
    ]


def test_parts_of_an_asset_are_not_counted_beside_the_whole() -> None:
    assert _groups("sum(tank.area)", "m2") == [[9.0]]
    assert _groups("mean(sum(tank.air))", "m3{n}/h") == [["main/air-1", "main/air-2"]]


def test_where_only_the_parts_have_the_other_role_they_are_paired_part_by_part() -> None:
    found = _groups("sum(tank.area * mean(tank.air))", "m5{n}/h")
    assert found == [[4.0, 5.0], ["main/air-1", "main/air-2"]]
    lacking = SiteRoles(
        {**NESTED.items, "line_2": Item(("tank",), {}, within="stage")}, NESTED.points
    )
    with pytest.raises(MissingRoleError) as caught:
        _groups("sum(tank.area * mean(tank.air))", "m5{n}/h", lacking)
    assert caught.value.need == Need("tank", "area", "line_2")
