"""Logs as files: Parquet or CSV, one a table, with the legend beside them.

Times are whole microseconds since the start, names stand for codes, what is missing is null. The legend is in the
metadata of each Parquet file, and in ``legend.json`` where the tables are CSV.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.errors import InputError, not_given, unknown, within
from activity_sim.files import FilePath, read_json
from activity_sim.log import CLOCK, SCHEMA, TIMES, Legend, Log, Prices, ServiceLevel
from activity_sim.units import Calendar

KINDS = ("parquet", "csv")
LEGEND = "legend.json"
KEY = b"activity_sim"
"""The metadata of a Parquet file that has the legend."""
ATTRS = b"PANDAS_ATTRS"
"""The metadata that pandas makes the attrs of a frame of, so that what it reads knows the clock of its log."""


def write_log(log: Log, folder: FilePath, *, kind: str = "parquet") -> None:
    """Write the three tables of *log* to *folder* as Parquet files or, with *kind* ``"csv"``, as CSV.

    Raises :exc:`~activity_sim.errors.InputError` for another *kind*.
    """
    if kind not in KINDS:
        raise unknown(kind, KINDS).inside("kind")
    place, legend = Path(folder), json.dumps(_said(log), ensure_ascii=False)
    place.mkdir(parents=True, exist_ok=True)
    for table in log.columns:
        (_write_parquet if kind == "parquet" else _write_csv)(log, table, place / f"{table}.{kind}", legend)
    if kind == "csv":
        (place / LEGEND).write_text(legend + "\n", "utf-8")


def read_log(folder: FilePath) -> Log:
    """Return the log that is in *folder*, as `run --log` and :func:`write_log` write it: its frames are equal.

    Raises :exc:`~activity_sim.errors.InputError` where there is none, or one without its legend.

    >>> import tempfile
    >>> from activity_sim import Scenario, Workers, simulate
    >>> log = simulate(Scenario(horizon="8h", workers=[Workers("A", count=2)]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_log(log, folder, kind="csv")
    ...     read_log(folder).spells.equals(log.spells)
    True
    """
    place = Path(folder)
    is_csv = (place / LEGEND).is_file()
    read = _read_csv if is_csv else _read_parquet
    tables = {name: read(place / f"{name}.{'csv' if is_csv else 'parquet'}") for name in SCHEMA}
    said = read_json(place / LEGEND) if is_csv else tables["spells"].attrs["legend"]
    legend = within(f"{place.name}: ", lambda: _legend(said))
    columns = {name: _codes(legend, name, tables[name], place) for name in SCHEMA}
    return Log(legend, columns, tuple(said["replications"]))


def _said(log: Log) -> dict[str, Any]:
    said = attrs.asdict(log.legend, filter=lambda field, _: field.name not in ("calendar", "worker_group", "prices"))
    calendar = {**attrs.asdict(log.legend.calendar), "start": log.legend.calendar.start.isoformat()}
    group, prices = log.legend.worker_group.tolist(), log.legend.prices
    own = {"calendar": calendar, "worker_group": group, "prices": _said_prices(prices) if prices else None}
    return {**said, **own, "replications": list(log.replications)}


def _said_prices(prices: Prices) -> dict[str, Any]:
    return attrs.asdict(
        prices, value_serializer=lambda _, __, given: given.tolist() if isinstance(given, np.ndarray) else given
    )


def _prices(said: Any) -> Prices:
    per_hour, shifts = np.array(said["per_hour"], dtype=np.float64), np.array(said["shifts"], dtype=np.int64)
    return Prices(**{**said, "per_hour": per_hour, "shifts": shifts.reshape(-1, 3)})


def _legend(said: Any) -> Legend:
    try:
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in said.items()
        }
        del given["replications"]
        start = datetime.fromisoformat(said["calendar"]["start"])
        levels = tuple(ServiceLevel(**level) for level in said["service_levels"])
        whole: dict[str, Any] = {"calendar": Calendar(**{**said["calendar"], "start": start}), "service_levels": levels}
        whole["prices"] = _prices(said["prices"]) if said.get("prices") else None
        return Legend(**{**given, **whole, "worker_group": np.array(said["worker_group"], dtype=np.int32)})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"must have the legend of a log as it was written ({error}), {not_given(said)}") from None


# --- tables ---


def _write_parquet(log: Log, table: str, file: Path, legend: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    arrays = {}
    for name, (column, names) in log.named(table).items():
        array = pa.array(column, mask=_missing(name, column, names))
        named = None if names is None else pa.array(names, pa.string())  # of no names pyarrow would not know the type
        arrays[name] = array if named is None else pa.DictionaryArray.from_arrays(array, named)
    clock = json.dumps({CLOCK: {**log.clock, "unit": "us"}})
    parquet.write_table(pa.table(arrays).replace_schema_metadata({KEY: legend, ATTRS: clock}), file)


def _write_csv(log: Log, table: str, file: Path, _: str) -> None:
    columns: dict[str, Any] = {}
    for name, (column, names) in log.named(table).items():
        missing = _missing(name, column, names)
        if names is not None:
            columns[name] = pd.Categorical.from_codes(column, categories=pd.Index(names, dtype=object))
        else:
            columns[name] = column if missing is None else pd.arrays.IntegerArray(column, missing)
    pd.DataFrame(columns).to_csv(file, index=False, lineterminator="\n")


def _missing(name: str, column: NDArray[Any], names: Any) -> NDArray[np.bool_] | None:
    return column < 0 if name in TIMES or names is not None else None


def _read_parquet(file: Path) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        found = parquet.read_table(file)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read as a table of a log: {error}", f"{file.name}: ") from None
    said = (found.schema.metadata or {}).get(KEY)
    if said is None:
        raise InputError("has no legend; it was not written by this version of activity_sim", f"{file.name}: ")
    frame = pd.DataFrame({name: _plain(found[name].combine_chunks()) for name in found.column_names})
    frame.attrs["legend"] = json.loads(said)
    return frame


def _plain(column: Any) -> Any:
    """Return a column of Parquet as numbers, -1 for what is missing, or as names."""
    if hasattr(column, "dictionary"):
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return pd.Categorical.from_codes(codes, pd.Index(column.dictionary.to_pylist(), dtype=object))
    return column.fill_null(-1 if str(column.type) != "bool" else False).to_numpy(zero_copy_only=False)


def _read_csv(file: Path) -> pd.DataFrame:
    try:
        frame = pd.read_csv(file, dtype=_dtypes(), keep_default_na=False, na_values=[""], encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as a table of a log: {error}", f"{file.name}: ") from None
    return frame


def _dtypes() -> Mapping[str, Any]:
    texts = dict.fromkeys(("worker", "friendly_name", "task_type", "task_queue", "outcome", "status"), "category")
    return {**texts, **dict.fromkeys(TIMES, "Int64"), **dict.fromkeys(("available", "finished"), "bool")}


def _codes(legend: Legend, table: str, frame: pd.DataFrame, place: Path) -> dict[str, NDArray[Any]]:
    """Return the columns of *table* as the log has them: numbers, and codes for names."""
    names = Log(legend, {name: _empty(name) for name in SCHEMA}, ()).named(table)
    columns = {}
    for name, (_, known) in names.items():
        if name not in frame:
            raise InputError(
                f"must have a column {name!r}; it has {', '.join(map(str, frame))}", f"{place.name}: ", table
            )
        columns[name] = _numbers(frame[name]) if known is None else _as_codes(frame[name], known, name)
    columns["activity"] = columns.get("friendly_name", np.empty(0))
    return {name: np.asarray(columns[name]).astype(dtype, copy=False) for name, dtype in SCHEMA[table].items()}


def _empty(table: str) -> dict[str, NDArray[Any]]:
    return {name: np.empty(0, dtype=dtype) for name, dtype in SCHEMA[table].items()}


def _numbers(column: pd.Series[Any]) -> NDArray[Any]:
    is_masked = isinstance(column.dtype, pd.Int64Dtype)
    return column.to_numpy(dtype=np.int64, na_value=-1) if is_masked else column.to_numpy()


def _as_codes(column: pd.Series[Any], names: tuple[str, ...], name: str) -> NDArray[Any]:
    given = pd.Categorical(column)
    place = pd.Index(names, dtype=object).get_indexer(given.categories.astype(object))
    if (place < 0).any():
        raise unknown(given.categories[place < 0][0], names).inside(name)
    return np.asarray(np.append(place, -1)[given.codes])
