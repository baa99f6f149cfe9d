"""For which sites an account or a wall screen is: named ones, or all that there are and will be."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg

from deploy.errors import AccountError
from schemas.connection import connect
from schemas.queries import queries

_SQL = queries("site_rights")


class Holder(StrEnum):
    """Who has such rights."""

    ACCOUNT = "account"
    DEVICE = "device"


@dataclass(frozen=True)
class Sites:
    """Sites by key, or all of them; with neither it is the only site of the database."""

    keys: Sequence[str] = ()
    every: bool = False


_GIVE = {Holder.ACCOUNT: "give_account", Holder.DEVICE: "give_device"}
_TAKE = {Holder.ACCOUNT: "take_account", Holder.DEVICE: "take_device"}
_EVERY = {Holder.ACCOUNT: "every_account", Holder.DEVICE: "every_device"}
_HELD = {Holder.ACCOUNT: "held_account", Holder.DEVICE: "held_device"}
_LOG = {Holder.ACCOUNT: "log_account", Holder.DEVICE: "log_device"}

EVERY_SITE = Sites(every=True)
ONLY_SITE = Sites()


def first_sites(connection: psycopg.Connection[Any], wanted: Sites) -> Sites:
    """Return which sites a new holder is for. Raises AccountError where that is not clear."""
    if wanted.every or wanted.keys:
        _check(connection, wanted.keys)
        return wanted
    known = _known(connection)
    if len(known) != 1:
        there = f"there are {', '.join(known)}" if known else "there is no site yet"
        raise AccountError(f"Say for which sites, with --site or --all-sites: {there}.")
    return Sites(known)


def give(connection: psycopg.Connection[Any], holder: Holder, name: str, sites: Sites) -> None:
    """Give a holder more sites. Raises AccountError for a site that is not there."""
    _check(connection, sites.keys)
    asked = {"name": name, "sites": list(sites.keys)}
    connection.execute(_SQL[_GIVE[holder]], asked)
    if sites.every:
        connection.execute(_SQL[_EVERY[holder]], {"name": name, "every": True})


def take(connection: psycopg.Connection[Any], holder: Holder, name: str, sites: Sites) -> None:
    """Take sites from a holder; all of them leaves those that were named."""
    asked = {"name": name, "sites": list(sites.keys)}
    connection.execute(_SQL[_TAKE[holder]], asked)
    if sites.every:
        connection.execute(_SQL[_EVERY[holder]], {"name": name, "every": False})


def change(dsn: str, holder: Holder, name: str, *, given: Sites, taken: Sites) -> str:
    """Give and take sites and return which a holder is for then, as a list shows them.

    Raises AccountError if there is no such holder or site, or if the role takes no such right.
    """
    try:
        with connect(dsn) as connection:
            if held(connection, holder, name) is None:
                raise AccountError(f"There is no {holder} {name}.")
            take(connection, holder, name, taken)
            give(connection, holder, name, given)
            asked = {"name": name, "sites": held(connection, holder, name)}
            connection.execute(_SQL[_LOG[holder]], asked)
            return str(asked["sites"])
    except psycopg.errors.CheckViolation as error:
        raise AccountError("Only operators, engineers and administrators are for all.") from error


def held(connection: psycopg.Connection[Any], holder: Holder, name: str) -> str | None:
    """Return for which sites a holder is, as a list shows them; None if there is no such holder."""
    row = connection.execute(_SQL[_HELD[holder]], {"name": name}).fetchone()
    return None if row is None else str(row[0])


def _check(connection: psycopg.Connection[Any], keys: Sequence[str]) -> None:
    known = _known(connection)
    for key in keys:
        if key not in known:
            there = ", ".join(known) or "none"
            raise AccountError(f"There is no site {key}; there are: {there}.")


def _known(connection: psycopg.Connection[Any]) -> list[str]:
    return [key for (key,) in connection.execute(_SQL["site_keys"])]
