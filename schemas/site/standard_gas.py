"""Standard volumes of gas: the head of a site file says once at which temperature they are."""

from collections.abc import Mapping
from typing import Any

from schemas.site import value_rules as rules
from schemas.unit_annotations import STANDARD, Conditions

# What of a table holds units; those of a mapping stand in its `value`, an array of tables.
_HOLDERS = ("unit", "formula", "properties", "value")


def conditions_of(head: Mapping[str, Any]) -> Conditions | None:
    """Return the conditions that `[site]` states, as it was written; None without or if wrong."""
    temperature, pressure = (
        head.get(f"standard_{quantity}") for quantity in ("temperature", "pressure")
    )
    try:
        return Conditions(
            rules.check_standard_temperature(rules.number_with_unit(temperature)),
            pressure and rules.check_standard_pressure(rules.number_with_unit(pressure)),
        )
    except ValueError:
        return None


def with_conditions(content: dict[str, Any], conditions: Conditions) -> dict[str, Any]:
    """Return a table as it was written, its standard volumes of gas at those conditions."""
    return content | {
        key: _stated(content[key], str(conditions)) for key in _HOLDERS if key in content
    }


def _stated(value: Any, conditions: str) -> Any:
    if isinstance(value, str):
        return value.replace(STANDARD, conditions)
    if isinstance(value, list):
        return [_stated(each, conditions) for each in value]
    if isinstance(value, dict):
        return {key: _stated(each, conditions) for key, each in value.items()}
    return value
