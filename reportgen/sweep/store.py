"""The rows of a study on disk: a journal of what came last, parts of a hundred rows, and one Parquet file when all is there.

Whatever is killed at whatever moment, a row that was told is kept: a line of the journal is whole or the last, and a part is written
beside its place and renamed there. What is in two places is read once.
"""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from reportgen import outputs
from reportgen.errors import ReportgenError
from reportgen.sweep.plan import Job, Plan

ROWS_IN_PART = 100

ABOUT, MEASUREMENTS = "about.json", "measurements.json"
_JOURNAL, _PARTS, _WHOLE = "journal.jsonl", "part-*.parquet", "networks.parquet"


@dataclass
class Store:
    """A folder that holds rows, and the keys of those that are there."""

    folder: Path
    columns: tuple[str, ...]  # of a key
    keys: set[tuple[Any, ...]] = field(default_factory=set)
    failed: int = 0
    _pending: list[dict[str, Any]] = field(default_factory=list)

    def add(self, job: Job, row: Mapping[str, Any]) -> None:
        """Keep a row, from this moment on whatever happens."""
        flat = {
            **dict(zip(self.columns, job.key, strict=True)),
            "failed": row["failed"],
            "seconds": row["seconds"],
            **row["values"],
        }
        try:
            with (self.folder / _JOURNAL).open("ab") as journal:
                journal.write(msgspec.json.encode(flat) + b"\n")
        except OSError as error:
            raise ReportgenError(f"{self.folder / _JOURNAL}: cannot be written ({error.strerror or error})") from None
        self._take(flat)
        if len(self._pending) >= ROWS_IN_PART:
            self.settle()

    def _take(self, flat: dict[str, Any]) -> None:
        key = tuple(flat[name] for name in self.columns)
        if key in self.keys:
            return
        self.keys.add(key)
        self.failed += bool(flat["failed"])
        self._pending.append(flat)

    def settle(self) -> None:
        """Turn the journal into a part."""
        if self._pending:
            numbers = [int(path.stem.partition("-")[2]) for path in self.folder.glob(_PARTS)]
            outputs.write(self.folder / f"part-{max(numbers, default=0) + 1:05}.parquet", _parquet(self._pending))
        self._pending.clear()
        (self.folder / _JOURNAL).unlink(missing_ok=True)

    def finish(self) -> Path:
        """Turn everything into one Parquet file, table by table, and return its path."""
        self.settle()
        whole, parts = self.folder / _WHOLE, sorted(self.folder.glob(_PARTS))
        if not parts:
            return whole
        sources = [path for path in (whole, *parts) if path.exists()]
        schema = pa.unify_schemas([pq.read_schema(path) for path in sources], promote_options="permissive")
        beside = self.folder / f".{_WHOLE}.finished{outputs.PART}"
        seen: set[tuple[Any, ...]] = set()
        with pq.ParquetWriter(beside, schema) as writer:
            for path in sources:
                writer.write_table(self._new(_widened(pq.read_table(path), schema), seen), row_group_size=ROWS_IN_PART)
        beside.replace(whole)
        for part in parts:
            part.unlink()
        return whole

    def _new(self, table: pa.Table, seen: set[tuple[Any, ...]]) -> pa.Table:
        keys = list(zip(*(table[name].to_pylist() for name in self.columns), strict=True))
        fresh = [key not in seen for key in keys]
        seen.update(keys)
        return table.filter(pa.array(fresh)) if not all(fresh) else table

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows that are there, table by table."""
        seen: set[tuple[Any, ...]] = set()
        for path in (self.folder / _WHOLE, *sorted(self.folder.glob(_PARTS))):
            if path.exists():
                yield self._new(pq.read_table(path), seen)
        if self._pending:
            yield self._new(pa.Table.from_pylist(self._pending), seen)


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    names = dict.fromkeys(name for row in rows for name in row)
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), buffer)
    return buffer.getvalue()


def _widened(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table with all columns of a schema, empty where it has none."""
    columns = [
        table[each.name].cast(each.type) if each.name in table.column_names else pa.nulls(len(table), each.type)
        for each in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def open_store(folder: Path, plan: Plan, source: str) -> tuple[Store, str]:
    """Return the store of a plan, with all that is there already, and what is to be said of it.

    Rows of another source are no rows of this study: their folder is put aside under a name of its own, and a new one begun.
    """
    said = ""
    about = _read(folder / ABOUT)
    if about and about.get("source") != source:
        number = 1
        while (aside := folder.with_name(f"{folder.name}.before-{number}")).exists():
            number += 1
        folder.rename(aside)
        said = f"the source of the experiment is another than that of the rows in {folder}: they are now in {aside}, and a new study begins"
    folder.mkdir(parents=True, exist_ok=True)
    outputs.write(
        folder / ABOUT,
        json.dumps({"study": plan.study.name, "source": source, "columns": _columns(plan)}, indent=1).encode(),
    )
    store = Store(folder, _columns(plan))
    for path in (folder / _WHOLE, *sorted(folder.glob(_PARTS))):
        if path.exists():
            table = _read_table(path, (*store.columns, "failed"))
            keys = list(zip(*(table[name].to_pylist() for name in store.columns), strict=True))
            store.failed += sum(
                bool(f) and k not in store.keys for k, f in zip(keys, table["failed"].to_pylist(), strict=True)
            )
            store.keys.update(keys)
    for line in _lines(folder / _JOURNAL):
        if line.keys() >= {*store.columns, "failed"}:
            store._take(line)
    store.settle()
    return store, said


def _columns(plan: Plan) -> tuple[str, ...]:
    return (*plan.settings[0].values, plan.study.case[0])


def _read_table(path: Path, columns: tuple[str, ...]) -> pa.Table:
    try:
        return pq.read_table(path, columns=list(columns))
    except (pa.ArrowException, OSError, KeyError) as error:
        raise ReportgenError(
            f"{path}: holds no rows of this program ({error}); delete it, and its rows are made again"
        ) from None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a journal, but for a last line that was cut short."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def _read(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}


def keep_measurements(folder: Path, about: Mapping[str, Any]) -> None:
    """Write what the measurements are, once: those of rows have no words."""
    outputs.write(folder / MEASUREMENTS, json.dumps(about, indent=1).encode())


def read_measurements(folder: Path) -> dict[str, Any]:
    """Return what the measurements are, or nothing where no row has said it yet."""
    return _read(folder / MEASUREMENTS)
