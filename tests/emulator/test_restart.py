"""Whatever is in a database is there again after a restart, to the byte but for the port."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from activity_sim import Emulator, InputError
from activity_sim.emulator import store
from tests.emulator.wire import Wire, everything

ACCOUNT, TOKEN = "AC" + "7e" * 16, "a-token-of-the-tests"
ROUTING = '{"task_routing":  {"default_filter": {"queue": "%s"}}}'


def served(database: Path) -> Emulator:
    return Emulator(database=database, account_sid=ACCOUNT, auth_token=TOKEN)


def fill(wire: Wire) -> None:
    """Make one of everything, and change it from what it is by default."""
    activity = wire.all(f"{wire.home}/Activities")[1]["sid"]
    form = {"FriendlyName": "Support", "TargetWorkers": "level > 2", "ReservationActivitySid": activity}
    queue = wire.got("POST", f"{wire.home}/TaskQueues", data=form)
    wire.got("POST", f"{wire.home}/TaskQueues", data={"FriendlyName": "Later", "TargetWorkers": ""})
    calls = {"FriendlyName": "Calls", "Configuration": ROUTING.replace("%s", queue["sid"])}
    wire.got("POST", f"{wire.home}/Workflows", data={**calls, "AssignmentCallbackUrl": "https://example.com"})
    wire.got("POST", f"{wire.home}/Workers", data={"FriendlyName": "Al", "Attributes": '{"level":  3}'})
    wire.got("POST", f"{wire.home}/TaskChannels", data={"FriendlyName": "Fax", "UniqueName": "fax"})
    worker = wire.all(f"{wire.home}/Workers")[0]["sid"]
    wire.got("POST", f"{wire.home}/Workers/{worker}/Channels/fax", data={"Capacity": "7", "Available": "false"})
    wire.got("DELETE", f"{wire.home}/TaskChannels/video")


def seen(emulator: Emulator) -> str:
    """Return all that there is, but for the port."""
    wire = Wire(emulator)
    workers = [worker["url"] for worker in wire.all(f"{wire.home}/Workers")]
    channels: list[Any] = [wire.session.get(f"{url}/Channels").json()["channels"] for url in workers]
    return repr((everything(wire), channels)).replace(emulator.base_url, "")


def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    with served(tmp_path / "workspace.db") as emulator:
        fill(Wire(emulator))
        before = seen(emulator)
    assert all(word in before for word in ("'fax'", "level > 2", "example.com", "'configured_capacity': 7", "Later"))
    assert "'unique_name': 'video'" not in before
    with served(tmp_path / "workspace.db") as emulator:
        assert seen(emulator) == before
        with emulator.client() as client:
            assert [queue.target_workers for queue in client.task_queues.list()] == ["level > 2", None]
            assert [worker.attributes for worker in client.workers.list()] == [{"level": 3}]


def test_a_database_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as old:
        old.setattr(store, "VERSION", store.VERSION - 1)
        served(tmp_path / "workspace.db").stop()
    with pytest.raises(InputError, match="was made by another version of the emulator"):
        served(tmp_path / "workspace.db")


def test_a_workspace_goes_with_its_queues_workflows_and_channels() -> None:
    with Emulator() as emulator:
        wire = Wire(emulator)
        fill(wire)
        wire.got("DELETE", wire.home)
        tables = ("task_queues", "workflows", "task_channels", "worker_channels", "workers", "spells")
        kept = emulator._store
        assert [kept.scalar(f"SELECT count(*) FROM {table}") for table in tables] == [0] * len(tables)
