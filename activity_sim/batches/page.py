"""The page of a batch: which runs there are, what came of each, and where its results are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from activity_sim.analysis.describe import clock, percent
from activity_sim.batches.summary import FAILED, Row
from activity_sim.files import whole_file

PAGE = "index.html"
REPORTS = ("report.html", "time_by_interval.png", "task_summary.csv", "time_by_activity.csv", "run.json")
"""What a row leads to, of what there is."""
COLUMNS = ("Offered", "Service level", "Abandoned", "Mean wait", "Occupancy", "Replications", "Seconds", "Files")
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { border-bottom: 1px solid #8888; padding: .4rem .6rem; text-align: left; vertical-align: top; }
td.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.failed { border-left: .4rem solid #c62828; padding-left: .6rem; }
"""


def write_page(folder: Path, rows: Sequence[Row], *, batch: str, missing: int) -> None:
    """Write ``index.html`` to *folder*: the *rows* of the *batch*, and of how many runs there is none."""
    with whole_file(folder / PAGE) as unfinished:
        unfinished.write_text(page(folder, rows, batch=batch, missing=missing), "utf-8")


def page(folder: Path, rows: Sequence[Row], *, batch: str, missing: int = 0) -> str:
    """Return the page as HTML that needs nothing else."""
    title = escape(f"Batch {batch}")
    body = "\n".join(_row(folder, row) for row in rows)
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Run", "Status", *COLUMNS))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{_counts(rows, missing)}</p>
{_failures(rows)}<div class="scroll" tabindex="0" role="region" aria-label="The runs">
<table>
<caption>Every run with its key figures: of all tasks, and of all workers. Intervals are 95 % intervals.</caption>
<thead><tr>{heads}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>
</main>
</body>
</html>
"""


def _counts(rows: Iterable[Row], missing: int) -> str:
    statuses = [row.status for row in rows]
    said = [f"{statuses.count(status)} {status}" for status in ("done", "skipped", "failed") if status in statuses]
    said += [f"{missing} not run: the batch was interrupted"] if missing else []
    meaning = " Skipped means done before, and not changed since." if "skipped" in statuses else ""
    return f"{len(statuses) + missing} runs: {', '.join(said) or 'none'}.{meaning}"


def _failures(rows: Sequence[Row]) -> str:
    failed = [row for row in rows if row.status == FAILED]
    if not failed:
        return ""
    items = "\n".join(f"<li><strong>{escape(row.name)}</strong>: {escape(row.error)}</li>" for row in failed)
    head = '<section class="failed" aria-labelledby="failed">\n<h2 id="failed">Failed</h2>'
    return f"{head}\n<ul>\n{items}\n</ul>\n</section>\n"


def _row(folder: Path, row: Row) -> str:
    figures = "".join(f'<td class="figure">{escape(cell)}</td>' for cell in cells(row))
    head = f'<tr><th scope="row">{escape(row.name)}</th><td>{row.status}</td>'
    return f"{head}{figures}<td>{_links(folder, row)}</td></tr>"


def cells(row: Row) -> list[str]:
    """Return the key figures of *row* as people read them, one for each of the columns but the last."""
    of = row.figures.get
    level = _percent(of("service_level"))
    if of("service_level_low") is not None:
        level += f" ({_percent(of('service_level_low'))} to {_percent(of('service_level_high'))})"
    wait = of("wait_mean")
    return [
        "" if of("offered") is None else f"{of('offered'):,.0f}",
        level,
        _percent(of("abandoned_share")),
        "" if wait is None else clock(wait),
        _percent(of("occupancy")),
        "" if of("replications") is None else f"{of('replications'):,}",
        f"{row.seconds:.1f}",
    ]


def _percent(share: Any) -> str:
    return "" if share is None or pd.isna(share) else percent(share)


def _links(folder: Path, row: Row) -> str:
    there = [name for name in REPORTS if (folder / row.name / name).is_file()]
    links = ", ".join(
        f'<a href="{quote(f"{row.name}/{name}")}" aria-label="{name} of {escape(row.name)}">{name}</a>'
        for name in there
    )
    if row.status == FAILED:
        return f"Of an earlier run, not of this one: {links}" if links else "none"
    return links
