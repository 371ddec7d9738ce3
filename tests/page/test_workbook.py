"""The workbook, read by another library: the same figures as the files, names as text, times without zones."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import activity_sim as sim
from activity_sim.output import TABLES
from activity_sim.page import workbook
from tests.page.conftest import GROUP


@pytest.mark.parametrize("name", TABLES)
def test_a_sheet_has_what_the_file_has(name: str, written: Path) -> None:
    sheet = openpyxl.load_workbook(written / "report.xlsx", read_only=True)[name]
    head, *rows = sheet.iter_rows(values_only=True)
    table = pd.read_csv(written / f"{name}.csv")
    assert list(head) == list(table.columns)
    assert len(rows) == len(table)
    for row, wanted in list(zip(rows, table.itertuples(index=False, name=None), strict=True))[::7]:
        for found, value in zip(row, wanted, strict=True):
            if isinstance(found, datetime):
                assert found == datetime.fromisoformat(value).replace(tzinfo=None)
            elif isinstance(value, float) and math.isnan(value):
                assert found is None
            else:
                assert found == (pytest.approx(value, rel=1e-14) if isinstance(value, float) else value)


def test_a_name_is_never_a_formula(written: Path) -> None:
    sheet = openpyxl.load_workbook(written / "report.xlsx")["occupancy"]
    assert sheet["A2"].value == GROUP
    assert sheet["A2"].data_type == "s"


def test_it_says_where_it_comes_from(written: Path) -> None:
    rows = openpyxl.load_workbook(written / "report.xlsx")["provenance"].iter_rows(values_only=True)
    said = dict(rows)
    assert said["command line"] == "activity-sim run 'a <desk>.toml'"
    assert said["warning"] == "mind <the> gap"


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "find_spec", lambda name: None)
    with pytest.raises(sim.InputError, match=r"pip install 'activity-sim\[excel\]'"):
        workbook.check_excel()
