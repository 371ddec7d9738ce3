"""The tables as an Excel workbook: the door to XlsxWriter, which is an extra."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from activity_sim.errors import InputError
from activity_sim.page.inputs import provenance

MOST_ROWS = 1_048_575
"""So many rows fit on a sheet below its head."""
MADE = datetime(2000, 1, 1)
"""The date that the file itself bears, so that the same run is the same bytes."""


def check_excel() -> None:
    """Raise an :exc:`~activity_sim.errors.InputError` where the package that writes workbooks is not there."""
    if find_spec("xlsxwriter") is None:
        raise InputError("needs the package XlsxWriter: install it with  pip install 'activity-sim[excel]'")


def write_workbook(tables: Mapping[str, pd.DataFrame], described: Mapping[str, Any], path: Path) -> None:
    """Write *tables*, a sheet each, and what *described* says of where they come from to the workbook *path*.

    Names are written as text, whatever they begin with. Excel knows no time zones: instants are local times.
    """
    import xlsxwriter

    check_excel()
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        book.set_properties({"title": described["scenario"], "created": MADE})
        bold = book.add_format({"bold": True})
        for name, table in tables.items():
            _sheet(book.add_worksheet(name), table, bold)
        about = [*provenance(described), ("command line", described["command_line"])]
        about += [("warning", warning) for warning in described["warnings"]]
        about += [
            (f"cut off: {name}", f"{len(table):,} rows") for name, table in tables.items() if len(table) > MOST_ROWS
        ]
        _sheet(book.add_worksheet("provenance"), pd.DataFrame(about, columns=["what", "value"]), bold)


def _sheet(sheet: Any, table: pd.DataFrame, bold: Any) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, min(len(table), MOST_ROWS), len(table.columns) - 1)
    for place, name in enumerate(table.columns):
        sheet.set_column(place, place, max(len(name), 12) + 3)
        sheet.write_string(0, place, name, bold)
    for number, row in enumerate(_rows(table), 1):
        for place, value in enumerate(row):
            _write(sheet, number, place, value)


def _rows(table: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    return table.head(MOST_ROWS).itertuples(index=False, name=None)


def _write(sheet: Any, row: int, place: int, value: Any) -> None:
    """Write one value: text is never a formula, a missing figure is an empty cell."""
    if isinstance(value, str):
        sheet.write_string(row, place, value)
    elif isinstance(value, pd.Timestamp):
        sheet.write_datetime(row, place, value.tz_localize(None).to_pydatetime())
    elif isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif math.isfinite(value):
        sheet.write_number(row, place, value)
