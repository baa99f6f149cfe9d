"""`[[asset]]` and `[[stream]]`: what a plant consists of, and what flows between it.

Both are elements: they share one namespace of keys, and points have roles at them. What kinds there
are says `schemas.catalogue`.
"""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from schemas.site import value_rules as rules
from schemas.site.table import Key, Moment, Names, Number, Table, Text, Unit

ElementKey = Annotated[str, AfterValidator(rules.check_element_key)]


class Quantity(Table):
    """The value of a property; `[1200, "m3"]` is the short form."""

    value: Number
    unit: Unit
    since: Moment | None = None


Properties = dict[str, Annotated[Quantity, BeforeValidator(rules.quantity_alone)]]


class Element(Table):
    """What assets and streams have in common."""

    key: ElementKey
    kind: Text
    name: Names
    line: Key
    properties: Properties = Field(default_factory=dict)
    since: Moment | None = None


class Asset(Element):
    """`[[asset]]`: a thing of the plant; `within` is the asset that contains it."""

    within: Text | None = None


class Stream(Element):
    """`[[stream]]`: what flows from one asset to another; outside of the plant is no asset."""

    from_: Annotated[Text | None, Field(alias="from")] = None
    to: Text | None = None
