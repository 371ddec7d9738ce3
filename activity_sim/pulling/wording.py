"""What is in the files of a pull: the scenario with its comments, and JSON as the API has it.

Names can have quotes and line breaks in them. So whatever is fetched is written by the TOML writer, also in comments
that may become keys.
"""

from __future__ import annotations

import csv
import io
import json
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import attrs

from activity_sim.files import toml
from activity_sim.model.activity import to_answer as activities_answer
from activity_sim.model.expressions import parse_attribute, parse_bare, parse_target
from activity_sim.model.fetched import to_answer as workers_answer
from activity_sim.model.reading import write
from activity_sim.model.references import targets
from activity_sim.model.workflows import Workflow
from activity_sim.taskrouter.assembling import Assembled, FetchedQueue, FetchedWorker, FetchedWorkflow, document_of

SCENARIO, ACTIVITIES, WORKERS = "scenario.toml", "activities.json", "workers.json"
BEGIN = "# >>> fetched: the next pull replaces what is between this line and the one that begins with <<<"
END = "# <<< fetched: from here on it is yours again"
LONGEST_SLUG = 40
SHOWN_CHANNELS = 20


def json_files(parts: Assembled) -> dict[str, str]:
    """Return the text of each JSON file by its name."""
    workers = workers_answer((_resource(worker), worker.member) for worker in parts.workers)
    configurations = {file: _configuration(flow) for flow, file in workflow_files(parts)}
    return {
        ACTIVITIES: _json(activities_answer(parts.workspace.activities)),
        WORKERS: _json(workers),
        **configurations,
    }


def _json(value: Any) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return text if _is_text(text) else json.dumps(value, indent=2) + "\n"


def _is_text(value: str) -> bool:
    """Return whether *value* can be written; halves of characters, which JSON can have, cannot."""
    return not re.search("[\ud800-\udfff]", value)


def _resource(worker: FetchedWorker) -> dict[str, Any]:
    said = attrs.asdict(worker.resource, filter=lambda _, value: value is not None)
    unknown = ("activity_sid", "activity_name") if worker.member.activity is None else ()
    return {key: value for key, value in said.items() if key not in unknown}


def _configuration(flow: FetchedWorkflow) -> str:
    try:
        return _json(document_of(flow.resource.configuration))
    except ValueError:
        return flow.resource.configuration.encode("utf-8", "replace").decode()


def workflow_files(parts: Assembled) -> list[tuple[FetchedWorkflow, str]]:
    """Return the workflows, each with its file, which is named after it; what is no JSON is a text file."""
    slugs = [_slug(flow.friendly_name) for flow in parts.workflows]
    found = []
    for flow, slug in zip(parts.workflows, slugs, strict=True):
        stem = slug if slug and slugs.count(slug) == 1 else f"{slug}-{flow.resource.sid}".strip("-")
        ending = "json" if _is_document(flow.resource.configuration) else "txt"
        found.append((flow, f"workflow-{stem}.{ending}"))
    return found


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-")


def _is_document(configuration: str) -> bool:
    try:
        return bool(document_of(configuration))
    except ValueError:
        return False


# --- the scenario ---


def head(parts: Assembled, today: datetime) -> str:
    """Return the beginning of a new scenario file: what holds for the run, and who the workers are."""
    title = _comment(
        f"The TaskRouter workspace {parts.name!r} ({parts.workspace_sid}), as activity-sim pull fetched it."
    )
    monday = today.date() + timedelta(days=7 - today.weekday())
    return f"""{title}
# What is missing is the demand: fill in [[tasks]] at the end, then
#   activity-sim check {SCENARIO}
#   activity-sim run {SCENARIO} --out results
# Another pull into this folder renews the JSON files and what is between the two lines with >>> and <<<. All else
# here is yours, and stays as it is.

{_table({"name": parts.name}).strip()}
start = {monday.isoformat()}T00:00:00                 # local time, a Monday
time_zone = "UTC"                           # whose clock all times are on, such as "Europe/Berlin"
horizon = "1 days"                          # how long the run is
interval = "30min"                          # of the reports by interval
service_level = {{ within = "20s", target = 0.8, definition = "answered_of_offered" }}

{_who(parts, monday)}
"""


def _table(fields: Mapping[str, Any]) -> str:
    """Return *fields* as lines of TOML; texts with double quotes stand in single ones where they can."""
    return "".join(
        f"{key} = '{value}'\n" if _is_literal(value) else toml({key: value}) for key, value in fields.items()
    )


def _is_literal(value: object) -> bool:
    return isinstance(value, str) and '"' in value and "'" not in value and value.isprintable()


def _who(parts: Assembled, day: date) -> str:
    if not parts.workers:
        return f"""# The workspace had no workers: one group stands for them. Once it has some: workers = "{WORKERS}"
workers = [{{ friendly_name = "Workers", count = 1 }}]"""
    cells = io.StringIO()
    available = next((a.friendly_name for a in parts.workspace.activities if a.available), "Available")
    name = " ".join(parts.workers[0].member.friendly_name.split())
    csv.writer(cells, lineterminator="").writerow([name, day.isoformat(), available, "08:00", "16:30"])
    return f"""# Fetched workers stay for the whole run in the activity in which they were fetched, unless a roster says
# otherwise: a CSV in this folder with a row for each worker and date, such as
#   worker,date,activity,start,end
{_comment("  " + cells.getvalue())}
# Groups with shifts can stand in their place: delete the next line, and write [[workers]] at the end.
workers = "{WORKERS}"
# roster = "roster.csv\""""


def block(parts: Assembled) -> str:
    """Return the part of the scenario file that is fetched, with the lines that it is found by."""
    sections = [
        _workspace(parts),
        *(f"[[task_channels]]\n{_table(write(channel))}" for channel in parts.task_channels),
        *map(_queue, parts.queues),
        *(_workflow(flow, file) for flow, file in workflow_files(parts)),
    ]
    return "\n".join([BEGIN, *sections, END, ""])


def _workspace(parts: Assembled) -> str:
    rules = ("multi_task_enabled", "default_activity", "timeout_activity", "prioritize_queue_order")
    fields = {name: getattr(parts.workspace, name) for name in rules}
    named = ", ".join(parts.channel_names[:SHOWN_CHANNELS])
    channels = _comment(f"Its task channels: {named}") + "\n" if named else ""
    return f"[workspace]\n{_table({**fields, 'activities': ACTIVITIES})}{channels}"


def _queue(fetched: FetchedQueue) -> str:
    queue = fetched.queue
    fields = {"friendly_name": queue.friendly_name, "sid": queue.sid, "target_workers": queue.target_workers}
    remark = _comment(fetched.remark) + "\n" if fetched.remark else ""
    return f"{remark}[[task_queues]]\n{_table({**fields, **write(queue)})}"


def _workflow(flow: FetchedWorkflow, file: str) -> str:
    if flow.workflow is None:
        what = f"Left out: the workflow {flow.friendly_name!r} ({flow.resource.sid}), which is in {file}:"
        return f"{_comment(f'{what} {flow.reason}')}\n"
    fields = {"friendly_name": flow.friendly_name, "configuration": file}
    timeout = {"task_reservation_timeout": str(flow.workflow.task_reservation_timeout)}
    return f"[[workflows]]\n{_table({**fields, **timeout})}"


def _comment(text: str) -> str:
    """Return *text* as comments of TOML, in which there are no control characters."""
    lines = [line for line in re.split(r"[\n\r]+", text) if line.strip()]
    wrapped = [part for line in lines for part in textwrap.wrap(line, 110, drop_whitespace=True) or [""]]
    return "\n".join(f"# {_printable(line)}" for line in wrapped)


def _printable(line: str) -> str:
    return "".join(mark if mark.isprintable() else "?" for mark in line)


# --- the demand ---


def demand(parts: Assembled) -> str:
    """Return the end of a new scenario file: a table of tasks for each workflow, commented out."""
    return f"""
# The demand. Take the # from the lines of a table, and put your figures in the place of these.
{"".join(templates(parts, parts.read)) or _template(parts, _destination(parts), {})}"""


def templates(parts: Assembled, workflows: Iterable[Workflow]) -> Iterator[str]:
    """Yield a table of tasks for each of *workflows*, commented out."""
    for workflow in workflows:
        name = workflow.friendly_name
        asked = ", ".join(sorted(set(_asked(workflow))))
        yield _template(parts, {"friendly_name": _task_name(name), "workflow": name}, {"attributes": asked})


def _task_name(name: str) -> str:
    return "all tasks" if name == "all" else name


def _destination(parts: Assembled) -> dict[str, str]:
    queue = parts.queues[0].queue.friendly_name if parts.queues else None
    return {"friendly_name": "call", **({"task_queue": queue} if queue else {})}


def _template(parts: Assembled, keys: Mapping[str, str], asked: Mapping[str, str]) -> str:
    """Return a table of tasks as comments; each line but the remarks becomes TOML without its ``# ``."""
    names = asked.get("attributes")
    what = f"                            # the workflow asks for {names}" if names else ""
    channel = "voice" if "voice" in parts.channel_names else "default"
    lines = f"""[[tasks]]
{_table(keys).strip()}
task_channel = "{channel}"
attributes = {{ }}{_printable(what)}
arrivals = {{ per_hour = 60 }}                # or counts from a file: {{ counts = "volumes.csv" }}
handle_time = {{ distribution = "lognormal", mean = "5min", cv = 0.8 }}
wrap_up_time = "30s"
patience = {{ distribution = "exponential", mean = "3min" }}"""
    return "\n" + "\n".join(f"# {line}" for line in lines.split("\n")) + "\n"


def _asked(workflow: Workflow) -> Iterator[str]:
    """Yield the attributes of tasks that *workflow* asks for."""
    for entry in workflow.configuration.filters:
        yield from map(str, parse_bare(entry.expression, of="task").names())
    for _, target in targets(workflow):
        names = parse_target(target.expression).condition.names() if target.expression else ()
        known = filter(None, (target.known_worker_sid, target.known_worker_friendly_name))
        yield from (str(name)[5:] for name in (*names, *map(parse_attribute, known)) if name.path[0] == "task")
