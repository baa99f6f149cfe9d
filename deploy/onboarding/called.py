"""What the asset is called that a name is about: its key with its number, and its names. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from deploy.onboarding.keys import key_of
from deploy.onboarding.plain import LETTERS, WORD, plain, stem
from deploy.onboarding.proposal import LANGUAGES
from deploy.onboarding.words import words
from schemas.catalogue import Kind, Names, catalogue

# "Pump 1", "Pump No.1", "SBR1".
_NUMBER = re.compile(
    r"(?:(?<![\w.,])|(?<=\bno\.)|(?<=\bnr\.)|(?<=[^\W\d_][^\W\d_]))(\d{1,2})(?![\w.,])"
)


@dataclass(frozen=True)
class Called:
    """The key of an element; names where those of its kind say too little."""

    key: str
    names: Names | None = None


def called(kind: Kind, said: str, names: Sequence[str], area: str) -> Called:
    """Return what is meant by `said` in a name. A machine has the key of its duty, and its name."""
    if kind.is_stream:
        return Called(kind.key)
    name = next((text for text in names if stem(said) in text), names[0])
    if is_machine(kind) and (machine := _with_duty(said, name, area)):
        return machine
    return Called(_numbered(kind.key, numbers(f"{name} {area}")[:1]))


def is_machine(kind: Kind) -> bool:
    """Tell whether a plant has many of a kind, each called by what it is for."""
    return kind.key in words()["has_a_duty"]["kinds"]


def owner_key(kind: Kind, said: str, name: str) -> str:
    """Return the key of the asset that a machine belongs to; its number stands before that."""
    return _numbered(kind.key, numbers(name.partition(stem(said))[0])[:1])


def has_number_behind(said: str, name: str) -> bool:
    """Tell whether a number stands behind a word of a name."""
    return bool(numbers(name.partition(stem(said))[2]))


def numbers(text: str) -> list[str]:
    """Return the numbers in a text that can be those of assets."""
    return [found[1] for found in _numbers(text)]


def _numbers(text: str) -> Iterator[re.Match[str]]:
    taken = [each.span() for each in WORD.finditer(text) if each[0] in _no_numbers()]
    for found in _NUMBER.finditer(text):
        if not any(begin <= found.start() < end for begin, end in taken):
            yield found


def _numbered(key: str, of_it: Sequence[str]) -> str:
    return "_".join([key, *of_it])


def _with_duty(said: str, name: str, area: str) -> Called | None:
    """Return what a name calls a machine, if more than `said`: "return sludge pump 1"."""
    before, found, after = name.partition(stem(said))
    ending = LETTERS.match(after)
    called = f"{before}{found}{ending[0] if ending else ''}"
    rest = after[ending.end() if ending else 0 :]
    behind = next(_numbers(rest), None)
    if behind and not before.strip():  # in French the duty follows: "pompe de relevage 1"
        called += rest[: behind.start()]
    duty = LETTERS.findall(called)
    key = key_of("_".join(duty))
    is_more = bool(found) and (len(duty) > 1 or before[-1:].isalpha())
    if not is_more or re.fullmatch(r"[a-z][a-z0-9_]*", key) is None:
        return None
    own = [behind[1]] if behind else []
    of_it = [*numbers(before), *own] or numbers(area)[:1]
    shown = [*called.split(), *(own or of_it[: 0 if numbers(before) else 1])]
    text = " ".join(shown).capitalize()
    return Called(_numbered(key, of_it), dict.fromkeys(LANGUAGES, text))


@cache
def _no_numbers() -> frozenset[str]:
    """Return the words that end with a digit and are no numbered asset: "bod5"."""
    roles = (text for role in catalogue().roles.values() for text in role.name.values())
    said = (text for texts in words()["role_says"].values() for text in texts)
    known = {word for text in (*roles, *said) for word in WORD.findall(plain(text))}
    return frozenset({*known, *words()["no_number"]["words"]})
