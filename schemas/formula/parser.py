"""Reads the text of a formula into its tree.

The grammar is lark's business, so are the places of errors; sizes are bounded here.
"""

import math
from functools import cache, lru_cache
from typing import Any, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from schemas.formula.errors import FormulaError
from schemas.formula.tree import Call, Negative, Node, Not, Number, Operation, Point, Role, parts

LENGTH_MAX_CHARACTERS = 2_000
DEPTH_MAX_LEVELS = 60
PARSED_MAX_FORMULAS = 4_096
DIGITS_MAX = 40  # of a number: more are no measurement

_GRAMMAR = r"""
?start: condition
?condition: alternative
    | condition OR alternative -> operation
?alternative: negation
    | alternative AND negation -> operation
?negation: comparison
    | NOT negation -> negated
?comparison: sum
    | sum COMPARE sum -> operation
?sum: product
    | sum SIGN product -> operation
?product: unary
    | product TIMES unary -> operation
?unary: atom
    | SIGN unary -> signed
?atom: NUMBER STRING? -> number
    | NAME -> role
    | NAME "." NAME -> role
    | NAME "(" [condition ("," condition)*] ")" -> call
    | POINT "(" STRING ")" -> point
    | "(" condition ")"
AND.2: /and(?![a-z0-9_])/
OR.2: /or(?![a-z0-9_])/
NOT.2: /not(?![a-z0-9_])/
POINT.2: /point(?=\s*\()/
COMPARE: "<=" | ">=" | "==" | "!=" | "<" | ">"
SIGN: "+" | "-"
TIMES: "*" | "/"
NAME: /[a-z][a-z0-9_]*/
NUMBER: /(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/
STRING: /"[^"\n]*"/
%import common.WS
%ignore WS
"""
_BEGINS_A_VALUE = frozenset({"NUMBER", "NAME", "LPAR"})
_FOREIGN = {
    "^": "powers are not part of the language; multiply",
    "=": 'compare with "=="',
    "×": "write *",
    "·": "write *",
    "÷": "write /",
    "−": "write -",
    "–": "write -",
    "'": 'a unit or a point stands in double quotes, as in 20 "Cel"',
    "[": 'a unit stands in double quotes, as in 20 "Cel"',
    "%": 'write the unit in double quotes, as in 95 "%"',
}
_MISPLACED = {
    "COMPARE": "only two sides are compared at once",
    "COMMA": "only arguments are parted by commas, and decimals by a point",
    "RPAR": 'there is no "(" for it',
    "STRING": "a unit stands after a number, a name of a point in point(...)",
    "DOT": "a role is written kind.role",
}


@lru_cache(maxsize=PARSED_MAX_FORMULAS)  # a chart of 300 sub-meters asks one formula of each
def parse(text: str) -> Node:
    """Return the tree of a formula, which nobody changes. Raises FormulaError."""
    if len(text) > LENGTH_MAX_CHARACTERS:
        raise FormulaError(
            f"the formula has {len(text)} characters; at most {LENGTH_MAX_CHARACTERS} are read",
            LENGTH_MAX_CHARACTERS,
        )
    try:
        tree = cast(Node, _parser().parse(text))
    except UnexpectedInput as error:
        raise _explained(error, text) from None
    _refuse_depth(tree)
    return tree


@v_args(inline=True)
class _TreeBuilder(Transformer[Token, Any]):
    """Makes our nodes while lark reads, from the leaves up."""

    def number(self, digits: Token, unit: Token | None = None) -> Number:
        if len(digits) > DIGITS_MAX:
            raise FormulaError(f"a number has at most {DIGITS_MAX} digits", _at(digits))
        value = float(digits)
        if not math.isfinite(value):
            raise FormulaError("the number is too large", _at(digits))
        return Number(_at(digits), value, None if unit is None else unit[1:-1])

    def role(self, *names: Token) -> Role:
        kind = str(names[0]) if len(names) > 1 else None
        return Role(_at(names[0]), kind, str(names[-1]))

    def point(self, word: Token, path: Token) -> Point:
        return Point(_at(word), path[1:-1])

    def call(self, name: Token, *arguments: Node) -> Call:
        return Call(_at(name), str(name), arguments)

    def operation(self, left: Node, sign: Token, right: Node) -> Operation:
        return Operation(_at(sign), str(sign), left, right)

    def negated(self, word: Token, of: Node) -> Node:
        return Not(_at(word), of)

    def signed(self, sign: Token, of: Node) -> Node:
        return Negative(_at(sign), of) if sign == "-" else of


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_TreeBuilder(), maybe_placeholders=False)


def _at(token: Token) -> int:
    return token.start_pos or 0


def _refuse_depth(tree: Node) -> None:
    level = [tree]
    for _ in range(DEPTH_MAX_LEVELS):
        level = [part for node in level for part in parts(node)]
        if not level:
            return
    raise FormulaError(
        f"the formula is nested more than {DEPTH_MAX_LEVELS} levels deep; split it up",
        level[0].at,
    )


def _explained(error: UnexpectedInput, text: str) -> FormulaError:
    """Return what is wrong in words, at the character where reading stopped."""
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        sign = text[at]
        if sign == '"':
            return FormulaError("the text that begins here never closes", at)
        if sign.isupper():
            return FormulaError(f"{sign}: names are written in small letters", at)
        hint = _FOREIGN.get(sign, "the language has + - * / ( ) , comparisons, names and numbers")
        return FormulaError(f"{sign} cannot stand here: {hint}", at)
    at, token = error.pos_in_stream or 0, cast(UnexpectedToken, error).token
    if token.type == "$END":
        wanted = _wanted(cast(UnexpectedToken, error), text).removesuffix(" before it")
        return FormulaError(f"the formula ends too early: {wanted}", len(text))
    wanted = _wanted(cast(UnexpectedToken, error), text[:at])
    return FormulaError(f"{token} cannot stand here: {wanted}", at)


def _wanted(error: UnexpectedToken, before: str) -> str:
    """Return what would be right after what stands before the error."""
    wanted = set(error.accepts or error.expected)
    if wanted >= _BEGINS_A_VALUE:
        return "a number, a role or a function is missing"
    if wanted == {"NAME"}:
        return _MISPLACED["DOT"]
    is_open = before.count("(") > before.count(")")
    between = 'a sign such as + or a closing ")"' if is_open else "a sign such as + - * /"
    return _MISPLACED.get(error.token.type, f"{between} is missing before it")
