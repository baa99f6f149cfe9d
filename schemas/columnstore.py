"""The columnstore of TimescaleDB's community edition, as `storage_class` says; Apache has none."""

from datetime import timedelta

import psycopg

from schemas.queries import queries

_COMMUNITY = "timescale"  # TimescaleDB's own word for its edition
_TIME_COLUMNS = {"reading": "ts", "rollup_5m": "bucket", "rollup_1h": "bucket"}

_SQL = queries("storage")


def has_columnstore(connection: psycopg.Connection) -> bool:
    """Tell whether the server is of the edition that has one."""
    row = connection.execute(_SQL["edition"]).fetchone()
    return row is not None and row[0] == _COMMUNITY


def follow_settings(connection: psycopg.Connection) -> None:
    """Turn the columnstore on, with the delays of `storage_class`; safe to repeat.

    Only for a server that has one. What is in the columnstore already stays there.
    """
    enabled = {name for (name,) in connection.execute(_SQL["enabled_columnstores"])}
    policies: dict[str, timedelta] = dict(
        connection.execute(_SQL["columnstore_policies"]).fetchall()
    )
    settings = connection.execute(_SQL["classes"]).fetchall()
    for name, _, after_days, _ in settings:
        if name not in enabled:
            time_column = _TIME_COLUMNS[name]
            statement = _SQL["enable_columnstore"].format(hypertable=name, time=time_column)
            connection.execute(statement)
        after = None if after_days is None else timedelta(days=after_days)
        if policies.get(name) == after:
            continue
        connection.execute(_SQL["remove_columnstore_policy"], {"class": name})
        if after is not None:
            connection.execute(_SQL["add_columnstore_policy"], {"class": name, "after": after})
    connection.execute(_SQL["remove_retention_policy"])
