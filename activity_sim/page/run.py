"""The page of one run."""

from __future__ import annotations

from activity_sim.page.answer import MEANINGS, answers, figures
from activity_sim.page.given import Run
from activity_sim.page.inputs import inputs, provenance
from activity_sim.page.pictures import pictures
from activity_sim.page.rendering import render
from activity_sim.page.tables import tables
from activity_sim.units import Duration


def run_page(run: Run) -> str:
    """Return the page of *run* as HTML."""
    legend, scenario = run.legend, run.scenario
    return render(
        "run.html",
        title=run.name,
        subtitle=subtitle(run),
        answers=answers(run),
        figures=figures(run),
        pictures=list(pictures(run)),
        tables=list(tables(run)),
        inputs=[inputs(run.name, scenario, legend)] if scenario is not None else [],
        warnings=list(run.described["warnings"]),
        provenance=provenance(run.described),
        command=run.described["command_line"],
        method=method(run),
    )


def subtitle(run: Run) -> str:
    """Return a line that says when, how long and how often."""
    calendar = run.legend.calendar
    start, end = calendar.local(run.legend.warm_up), calendar.local(calendar.horizon)
    times = f"{run.replications:,} replications" if run.replications != 1 else "One replication"
    same = start.date() == end.date()
    until = f"{end:%H:%M}" if same else f"{end:%A %d %B %Y %H:%M}"
    return f"{start:%A %d %B %Y %H:%M} to {until} ({calendar.time_zone}). {times}."


def method(run: Run) -> dict[str, object]:
    """Return what the description of the method is filled in with."""
    legend = run.legend
    used = sorted({level.definition for level in legend.service_levels})
    return {
        "replications": run.replications,
        "engine": run.described.get("engine", ""),
        "seed": run.described.get("seed"),
        "warm_up": str(Duration(legend.warm_up)) if legend.warm_up else "",
        "observed": str(Duration(legend.observed)),
        "interval": str(Duration(legend.interval)),
        "activities": legend.activities,
        "rest": legend.rest,
        "queues": legend.task_queues,
        "types": legend.task_types,
        "workers": len(legend.workers),
        "definitions": [(name, MEANINGS[name]) for name in used],
        "version": run.described["versions"]["activity_sim"],
        "python": run.described["versions"]["python"],
    }
