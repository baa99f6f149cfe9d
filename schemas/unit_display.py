"""How people write a unit: `m³/h` for `m3/h`, `µS/cm` for `uS/cm`. Pure."""

import re

from schemas.unit_annotations import NORMAL, conditions

_WORDS = {
    "1": "",
    "Cel": "°C",
    "Ohm": "Ω",
    "deg": "°",
    "har": "ha",
    "m[H2O]": "mH₂O",
    "mm[H2O]": "mmH₂O",
    "mm[Hg]": "mmHg",
    "[acr_us]": "acre",
    "[degF]": "°F",
    "[ft_i]": "ft",
    "[gal_us]": "gal",
    "[gr]": "gr",
    "[HP]": "hp",
    "[in_i]": "in",
    "[in_i'H2O]": "inH₂O",
    "[in_i'Hg]": "inHg",
    "[lb_av]": "lb",
    "[mi_i]": "mi",
    "[pH]": "pH",
    "[ppb]": "ppb",
    "[ppm]": "ppm",
    "[psi]": "psi",
    "[pt_us]": "pt",
    "[yd_i]": "yd",
}
# Units that are said as one word although UCUM makes them of several.
_WHOLE = {
    "10*3.[gal_us]": "kgal",
    "10*6.[gal_us]": "Mgal",
    "kV.A{reactive}": "kvar",
    "kV.A{reactive}.h": "kvarh",
}
# What is written without a dot between: kWh, kVA, Ah.
_JOINED = re.compile(r"(?<=[WVA])·(?=[hA])|(?<=W)·(?=h)")
_TOKEN = re.compile(
    r"(?P<power>10[*^](?P<ten>[+-]?\d+))"
    r"|(?P<word>(?:[A-Za-z%]*\[[^\]]*\]|[A-Za-z%]+|\d+))"
    r"(?P<exponent>(?<=[A-Za-z\]])[+-]?\d+)?"
    r"(?P<said>(?:\{[^{}]*\})?)"
    r"|(?P<alone>\{[^{}]*\})"
    r"|(?P<sign>[./()])"
)
_COUNT = re.compile(r"\((\d+)·([^()·]+)\)")  # per 100 mL
_SAID = {"{abs}": "(a)", "{gauge}": "(g)", NORMAL: ""}
_RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def unit_display(code: str) -> str:
    """Return how people write a UCUM unit; nothing for a number without one.

    What is no UCUM unit comes back as it is.
    """
    whole = next((one for one in _WHOLE if code == one or code.startswith(f"{one}/")), "")
    rest = code[len(whole) :]
    found = list(_TOKEN.finditer(rest))
    if "".join(match[0] for match in found) != rest:
        return code
    text = _WHOLE.get(whole, "") + "".join(map(_written, found))
    text = _COUNT.sub(r"\1 \2", _JOINED.sub("", text))
    return f"1{text}" if text.startswith("/") else text


def _written(token: re.Match[str]) -> str:
    if token["sign"]:
        return "·" if token["sign"] == "." else token["sign"]
    if token["power"]:
        return f"10{token['ten'].translate(_RAISED)}"
    if token["alone"]:
        return token["alone"][1:-1]
    exponent = (token["exponent"] or "").translate(_RAISED)
    said = token["said"]
    normal = "N" if said == NORMAL else ""
    return f"{normal}{_word(token['word'])}{exponent}{_qualified(said)}"


def _qualified(said: str) -> str:
    """Return what is said of a unit: gauge or absolute, or at which conditions gas is measured."""
    gas = conditions(said)
    if gas is None:
        return _SAID.get(said, f" {said[1:-1]}" if said else "")
    given = (each for each in (gas.temperature, gas.pressure) if each is not None)
    return f" ({', '.join(f'{number:.10g} {_word(unit)}' for number, unit in given)})"


def _word(word: str) -> str:
    if word in _WORDS:
        return _WORDS[word]
    # UCUM writes micro with the letter that looks most like it.
    return f"µ{_WORDS.get(word[1:], word[1:])}" if re.match(r"u[A-Za-z\[]", word) else word
