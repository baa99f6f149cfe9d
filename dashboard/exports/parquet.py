"""Readings of many points in one Parquet file, in row groups of bounded size."""

from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.exports.zip_stream import Member

ROWS_PER_GROUP = 100_000
_MOMENT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("line", pa.string()),
        ("point", pa.string()),
        ("ts", _MOMENT),
        ("value", pa.float64()),
        ("qc", pa.int8()),
        ("checks", pa.int32()),
        ("status", pa.int16()),
        ("received_at", _MOMENT),
        ("unit", pa.string()),
    ]
)


class RowGroups:
    """Collects tables and writes them when they are enough. Use it as a context."""

    def __init__(self, member: Member, metadata: dict[str, str]) -> None:
        schema = SCHEMA.with_metadata(metadata)
        self._writer = pq.ParquetWriter(
            pa.PythonFile(member, mode="w"),
            schema,
            compression="zstd",
            use_dictionary=["line", "point", "qc", "checks", "status", "unit"],
        )
        self._schema = schema
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def add(self, line: str, point: str, block: pa.Table) -> None:
        """Add readings of a point, in order."""
        named = block.add_column(0, "point", pa.repeat(pa.scalar(point), len(block)))
        named = named.add_column(0, "line", pa.repeat(pa.scalar(line), len(block)))
        self._waiting.append(named.cast(self._schema))
        self._rows += len(block)
        if self._rows >= ROWS_PER_GROUP:
            self._write()

    def _write(self) -> None:
        if self._rows:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=self._rows)
        self._waiting, self._rows = [], 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._write()
        self._writer.close()
