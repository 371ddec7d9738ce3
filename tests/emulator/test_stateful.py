"""The emulator beside a plain model of what it should hold, through random histories, page walks and restarts."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
import requests
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from activity_sim.emulator.server import Emulator
from tests.conftest import PROVE

ACCOUNT = "AC" + "c3" * 16
TOKEN = "a-token-of-the-tests"
BEGINNING = 1_750_000_000_123
MOST_ACTIVITIES = 100
CHANNELS = ("default", "voice", "chat", "sms", "video")
OWN = {"Offline": False, "Unavailable": False, "Available": True}
PAGES = {"PageSize": 1_000}
DAY = 86_400_000

ALIKE = ["Straße", "STRASSE", "Break", "break"]
TRICKY = ["a/b?c=d%20+e&f", "é", "e\u0301", " Break ", "🙂" * 64, "x" * 64]
BAD = ["", "   ", "x" * 65, "🙂" * 65, "a\nb", "\x00", "\x7f"]
text = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=64).filter(lambda one: bool(one.strip()))
names = st.sampled_from(ALIKE) | st.sampled_from(TRICKY) | text
some = st.integers(0, 200)
"""Which of those there are, counted around."""

Resource = dict[str, Any]


def written(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1_000, UTC).isoformat().replace("+00:00", "Z")


@attrs.define
class Spell:
    """A stay of a Worker in an Activity; without *stop* it goes on."""

    worker: str
    activity: str
    start: int
    stop: int | None = None

    def within(self, last: int) -> int:
        """Return how much of it is before *last*."""
        return max(0, min(last if self.stop is None else self.stop, last) - self.start)


class Workspace(RuleBasedStateMachine):
    """One workspace, and beside it the dictionaries that say what it should hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now, self.tick = BEGINNING, 0
        self.session = requests.Session()
        self.session.auth, self.session.trust_env = (ACCOUNT, TOKEN), False
        self.serve()
        self.activities: dict[str, Resource] = {}
        self.workers: dict[str, Resource] = {}
        self.queues: dict[str, Resource] = {}
        self.task_channels = list(CHANNELS)
        self.versions: Counter[str] = Counter()
        self.former: dict[str, str] = {}
        self.spells: list[Spell] = []
        self.events = [("workspace.created", self.emulator.workspace_sid, self.now)]
        for activity, (name, available) in zip(self.get("Activities")["activities"], OWN.items(), strict=True):
            self.took_in(activity, name, available)
        self.default = self.timeout = next(iter(self.activities))

    def serve(self) -> None:
        database = Path(self.folder.name) / "workspace.db"
        self.emulator = Emulator(database=database, account_sid=ACCOUNT, auth_token=TOKEN, clock=lambda: self.now)
        self.emulator.start()
        self.root = f"{self.emulator.base_url}/v1/Workspaces/{self.emulator.workspace_sid}"

    def teardown(self) -> None:
        self.session.close()
        self.emulator.stop()
        self.folder.cleanup()

    def ask(self, method: str, *path: str, status: int, **options: Any) -> requests.Response:
        self.now += 0 if method == "GET" else self.tick
        answer = self.session.request(method, "/".join((self.root, *path)), timeout=20, **options)
        assert answer.status_code == status, (method, path, options, answer.text)
        return answer

    def get(self, *path: str, **asked: object) -> Any:
        return self.ask("GET", *path, status=200, params=asked).json()

    def post(self, *path: str, status: int = 200, **form: object) -> Any:
        return self.ask("POST", *path, status=status, data=form).json()

    def refused(self, code: int, *path: str, **form: object) -> None:
        assert self.post(*path, status=400, **form)["code"] == code

    def note(self, event_type: str, sid: str) -> None:
        self.events.append((event_type, sid, self.now))

    def took_in(self, answer: Resource, friendly_name: str, available: bool) -> None:
        self.activities[answer["sid"]] = {
            "friendly_name": friendly_name,
            "available": available,
            "date_created": written(self.now),
            "date_updated": written(self.now),
        }
        self.note("activity.created", answer["sid"])

    @staticmethod
    def picked(which: int, among: dict[str, Resource]) -> str:
        return list(among)[which % len(among)]

    def is_named(self, friendly_name: str) -> bool:
        return friendly_name in {activity["friendly_name"] for activity in self.activities.values()}

    def is_called(self, friendly_name: str) -> bool:
        return friendly_name.casefold() in {worker["friendly_name"].casefold() for worker in self.workers.values()}

    @initialize(
        activities=st.sampled_from([0, 0, 0, MOST_ACTIVITIES - len(OWN) - 1]),
        workers=st.integers(0, 6),
        tick=st.sampled_from([0, 400, 61_001]),
    )
    def begin(self, activities: int, workers: int, tick: int) -> None:
        self.tick = tick
        for number in range(activities):
            self.create_activity(f"number {number}", said="false")
        for number in range(workers):
            self.create_worker([*ALIKE, *TRICKY][number], which=number % 2)

    @rule(name=names, said=st.sampled_from([None, "true", "YES", "1", "no", "False", "2"]))
    def create_activity(self, name: str, said: str | None) -> None:
        form = {"FriendlyName": name, **({} if said is None else {"Available": said})}
        if self.is_named(name) or len(self.activities) >= MOST_ACTIVITIES:
            return self.refused(20001, "Activities", **form)
        answer = self.post("Activities", status=201, **form)
        return self.took_in(answer, name, said in ("true", "YES", "1"))

    @rule(which=some, name=names)
    def rename_activity(self, which: int, name: str) -> None:
        sid = self.picked(which, self.activities)
        if self.is_named(name) and self.activities[sid]["friendly_name"] != name:
            return self.refused(20001, "Activities", sid, FriendlyName=name)
        self.post("Activities", sid, FriendlyName=name, Available="true")
        self.activities[sid] |= {"friendly_name": name, "date_updated": written(self.now)}
        return self.note("activity.updated", sid)

    @rule(which=some)
    def delete_activity(self, which: int) -> None:
        sid = self.picked(which, self.activities)
        in_use = sid in {worker["activity_sid"] for worker in self.workers.values()}
        in_use |= sid in {queue["assignment_activity_sid"] for queue in self.queues.values()}
        if in_use or sid in (self.default, self.timeout):
            assert self.ask("DELETE", "Activities", sid, status=400).json()["code"] == 20001
            return
        self.ask("DELETE", "Activities", sid, status=204)
        self.former[sid] = self.activities.pop(sid)["friendly_name"]
        self.note("activity.deleted", sid)

    @rule(which=some, name=st.sampled_from(BAD))
    def name_what_cannot_be_a_name(self, which: int, name: str) -> None:
        self.refused(20002, "Activities", FriendlyName=name)
        self.refused(20002, "Activities", self.picked(which, self.activities), FriendlyName=name)
        self.refused(20002, "Workers", FriendlyName=name)

    @rule(which=some, kind=st.sampled_from(["default", "timeout"]))
    def choose_activity(self, which: int, kind: str) -> None:
        sid = self.picked(which, self.activities)
        form: Resource = {f"{kind.capitalize()}ActivitySid": sid}
        answer = self.post(**form)
        assert answer[f"{kind}_activity_name"] == self.activities[sid]["friendly_name"]
        setattr(self, kind, sid)
        self.note("workspace.updated", self.emulator.workspace_sid)

    @rule(kind=st.sampled_from(["Default", "Timeout"]))
    @precondition(lambda self: self.former)
    def choose_activity_that_is_gone(self, kind: str) -> None:
        gone = next(iter(self.former))
        self.refused(20001, **{f"{kind}ActivitySid": gone})
        self.refused(20001, "Workers", FriendlyName="in none", ActivitySid=gone)
        self.ask("GET", "Activities", gone, status=404)

    @rule(name=names, which=st.none() | some)
    def create_worker(self, name: str, which: int | None) -> None:
        activity = self.default if which is None else self.picked(which, self.activities)
        form = {"FriendlyName": name, **({} if which is None else {"ActivitySid": activity})}
        if self.is_called(name):
            return self.refused(20001, "Workers", **form)
        sid, now = self.post("Workers", status=201, **form)["sid"], written(self.now)
        dates = dict.fromkeys(("date_created", "date_updated", "date_status_changed"), now)
        self.workers[sid] = {"friendly_name": name, "activity_sid": activity, **dates}
        self.spells.append(Spell(sid, activity, self.now))
        return self.note("worker.created", sid)

    @precondition(lambda self: self.workers)
    @rule(which=some, where=some)
    def move_worker(self, which: int, where: int) -> None:
        sid, activity = self.picked(which, self.workers), self.picked(where, self.activities)
        self.post("Workers", sid, ActivitySid=activity)
        self.moved(sid, activity)

    def moved(self, sid: str, activity: str) -> None:
        worker = self.workers[sid]
        if worker["activity_sid"] == activity:
            return
        dates = dict.fromkeys(("date_updated", "date_status_changed"), written(self.now))
        worker |= {"activity_sid": activity, **dates}
        self.versions[sid] += 1
        self.end_spell(sid)
        self.spells.append(Spell(sid, activity, self.now))
        self.note("worker.activity.update", sid)

    def end_spell(self, sid: str) -> None:
        (running,) = (spell for spell in self.spells if spell.worker == sid and spell.stop is None)
        running.stop = self.now

    @precondition(lambda self: self.workers)
    @rule(which=some, name=names, where=st.none() | some)
    def rename_worker(self, which: int, name: str, where: int | None) -> None:
        sid = self.picked(which, self.workers)
        worker = self.workers[sid]
        activity = worker["activity_sid"] if where is None else self.picked(where, self.activities)
        if self.is_called(name) and worker["friendly_name"].casefold() != name.casefold():
            return self.refused(20001, "Workers", sid, FriendlyName=name, ActivitySid=activity)
        self.post("Workers", sid, FriendlyName=name, ActivitySid=activity)
        worker |= {"friendly_name": name, "date_updated": written(self.now)}
        self.versions[sid] += 1
        return self.moved(sid, activity)

    @precondition(lambda self: self.workers)
    @rule(which=some)
    def delete_worker(self, which: int) -> None:
        sid = self.picked(which, self.workers)
        self.ask("DELETE", "Workers", sid, status=204)
        del self.workers[sid]
        self.end_spell(sid)
        self.note("worker.deleted", sid)

    @rule(name=names, which=st.none() | some)
    def create_queue(self, name: str, which: int | None) -> None:
        activity = None if which is None else self.picked(which, self.activities)
        form: Resource = {"FriendlyName": name, **({"AssignmentActivitySid": activity} if activity else {})}
        if name in {queue["friendly_name"] for queue in self.queues.values()}:
            return self.refused(20001, "TaskQueues", **form)
        sid, now = self.post("TaskQueues", status=201, **form)["sid"], written(self.now)
        dates = dict.fromkeys(("date_created", "date_updated"), now)
        rest = {"target_workers": "1==1", "assignment_activity_sid": activity}
        self.queues[sid] = {"friendly_name": name, **rest, **dates}
        return self.note("task-queue.created", sid)

    @precondition(lambda self: self.queues)
    @rule(which=some, whom=st.sampled_from(["1==1", "level > 3", ""]), where=some)
    def change_queue(self, which: int, whom: str, where: int) -> None:
        sid, activity = self.picked(which, self.queues), self.picked(where, self.activities)
        self.post("TaskQueues", sid, TargetWorkers=whom, AssignmentActivitySid=activity)
        if self.queues[sid]["target_workers"] != (whom or None):
            self.note("task-queue.expression.updated", sid)
        dates = {"date_updated": written(self.now)}
        self.queues[sid] |= {"target_workers": whom or None, "assignment_activity_sid": activity, **dates}

    @precondition(lambda self: self.queues)
    @rule(which=some)
    def delete_queue(self, which: int) -> None:
        sid = self.picked(which, self.queues)
        self.ask("DELETE", "TaskQueues", sid, status=204)
        del self.queues[sid]
        self.note("task-queue.deleted", sid)

    @rule(name=st.sampled_from(["fax", "mail", "default"]))
    def create_or_delete_task_channel(self, name: str) -> None:
        if name == "default":
            self.ask("DELETE", "TaskChannels", name, status=400)
        elif name in self.task_channels:
            sid = self.get("TaskChannels", name)["sid"]
            self.ask("DELETE", "TaskChannels", name, status=204)
            self.task_channels.remove(name)
            self.note("task-channel.deleted", sid)
        else:
            sid = self.post("TaskChannels", status=201, FriendlyName=name, UniqueName=name)["sid"]
            self.task_channels.append(name)
            self.note("task-channel.created", sid)

    @rule(milliseconds=st.integers(0, 5_000))
    def empty(self, milliseconds: int) -> None:
        for _ in range(len(self.workers)):
            self.delete_worker(0)
        self.now += milliseconds
        for activity in {spell.activity: None for spell in self.spells if spell.activity in self.activities}:
            self.delete_activity(list(self.activities).index(activity))

    @precondition(lambda self: self.workers)
    @rule(which=some, behind=st.integers(1, 3))
    def change_a_version_that_is_over(self, which: int, behind: int) -> None:
        sid = self.picked(which, self.workers)
        stale = {"If-Match": f'"{self.versions[sid] - behind}"'}
        self.ask("POST", "Workers", sid, status=412, data={"FriendlyName": "late"}, headers=stale)
        self.ask("DELETE", "Workers", sid, status=412, headers=stale)

    def walked(self, kind: str, size: int, **asked: object) -> list[Resource]:
        """Return the pages' resources, read forwards; backwards they must be the same pages."""
        pages = [self.get(kind, PageSize=size, **asked)]
        while pages[-1]["meta"]["next_page_url"]:
            pages.append(self.followed(pages[-1]["meta"]["next_page_url"]))
        back = [pages[-1]]
        while back[-1]["meta"]["previous_page_url"]:
            back.append(self.followed(back[-1]["meta"]["previous_page_url"]))
        key = pages[0]["meta"]["key"]
        entries = [page[key] for page in pages]
        assert [page[key] for page in reversed(back)] == entries
        assert all(len(page) == size for page in entries[:-1])
        return list(itertools.chain.from_iterable(entries))

    def followed(self, url: str) -> Any:
        return self.ask("GET", url.removeprefix(f"{self.root}/"), status=200).json()

    @rule(size=st.integers(1, 60), which=some, by=st.sampled_from(["Available", "FriendlyName", None]))
    def list_activities(self, size: int, which: int, by: str | None) -> None:
        like = self.activities[self.picked(which, self.activities)]
        field = {"Available": "available", "FriendlyName": "friendly_name"}.get(str(by), "")
        asked = {by: like[field]} if by else {}
        expected = [sid for sid, one in self.activities.items() if not by or one[field] == like[field]]
        assert [one["sid"] for one in self.walked("Activities", size, **asked)] == expected

    @precondition(lambda self: self.workers)
    @rule(
        size=st.integers(1, 5),
        which=some,
        by=st.sampled_from(["ActivitySid", "ActivityName", "Available", "FriendlyName"]),
    )
    def list_workers(self, size: int, which: int, by: str) -> None:
        like = self.filters(self.workers[self.picked(which, self.workers)])[by]
        expected = [sid for sid, worker in self.workers.items() if self.filters(worker)[by] == like]
        assert [worker["sid"] for worker in self.walked("Workers", size, **{by: like})] == expected

    def filters(self, worker: Resource) -> Resource:
        activity = self.activities[worker["activity_sid"]]
        return {
            "ActivitySid": worker["activity_sid"],
            "ActivityName": activity["friendly_name"],
            "Available": activity["available"],
            "FriendlyName": worker["friendly_name"].casefold(),
        }

    @rule(size=st.integers(1, 5), falling=st.booleans())
    def list_workers_by_their_last_move(self, size: int, falling: bool) -> None:
        way = "desc" if falling else "asc"
        begun = {spell.worker: spell.start for spell in self.spells if spell.stop is None}
        places = {sid: (begun[sid], place) for place, sid in enumerate(self.workers)}
        listed = self.walked("Workers", size, Ordering=f"DateStatusChanged:{way}")
        assert [worker["sid"] for worker in listed] == sorted(places, key=lambda sid: places[sid], reverse=falling)

    @rule(size=st.integers(5, 60), which=some, by=st.sampled_from(["EventType", "WorkerSid"]))
    def list_events(self, size: int, which: int, by: str) -> None:
        place = {"EventType": 0, "WorkerSid": 1}[by]
        like = self.events[which % len(self.events)][place]
        expected = [one for one in self.events if one[place] == like and (place == 0 or one[0].startswith("worker"))]
        assert self.happened(self.walked("Events", size, StartDate=written(BEGINNING), **{by: like})) == expected

    @staticmethod
    def happened(listed: list[Resource]) -> list[tuple[str, str, int]]:
        return [(event["event_type"], event["resource_sid"], event["event_date_ms"]) for event in listed]

    @rule(size=st.integers(1, 5), which=some)
    def list_activities_while_one_goes(self, size: int, which: int) -> None:
        page = self.get("Activities", PageSize=size)
        shown = [activity["sid"] for activity in page["activities"]]
        self.delete_activity(shown.index(shown[which % len(shown)]))
        rest = self.followed(page["meta"]["next_page_url"])["activities"] if page["meta"]["next_page_url"] else []
        left = [sid for sid in self.activities if sid not in shown]
        assert [activity["sid"] for activity in rest] == left[:size]

    @rule(milliseconds=st.integers(0, 5_000) | st.integers(0, 3 * DAY))
    def wait(self, milliseconds: int) -> None:
        self.now += milliseconds

    @rule()
    def restart(self) -> None:
        before = self.everything()
        self.emulator.stop()
        self.serve()
        assert self.everything() == before

    def everything(self) -> list[str]:
        """Return all that there is to read, but for the port."""
        since: Resource = {"StartDate": written(BEGINNING), **PAGES}
        lists: list[tuple[str, Resource]] = [("Activities", PAGES), ("TaskQueues", PAGES), ("TaskChannels", PAGES)]
        lists += [("Events", since), ("Workers/Statistics", since), ("", {})]
        asked = [*lists, *((f"Workers/{sid}", {}) for sid in self.workers)]
        answers = [self.ask("GET", *filter(None, [path]), status=200, params=given) for path, given in asked]
        return [one.text.replace(self.emulator.base_url, "") + one.headers.get("ETag", "") for one in answers]

    @staticmethod
    def check(listed: list[Resource], expected: list[Resource]) -> None:
        assert [{key: one[key] for key in like} for one, like in zip(listed, expected, strict=True)] == expected

    @invariant()
    def activities_are_those_of_the_model(self) -> None:
        listed = self.get("Activities", **PAGES)["activities"]
        self.check(listed, [{"sid": sid, **activity} for sid, activity in self.activities.items()])

    @invariant()
    def queues_are_those_of_the_model(self) -> None:
        listed = self.get("TaskQueues", **PAGES)["task_queues"]
        self.check(listed, [{"sid": sid, **queue} for sid, queue in self.queues.items()])

    @invariant()
    def the_last_worker_has_one_channel_on_each_task_channel(self) -> None:
        listed = self.get("TaskChannels", **PAGES)["channels"]
        assert [channel["unique_name"] for channel in listed] == self.task_channels
        for sid in list(self.workers)[-1:]:
            own = self.get("Workers", sid, "Channels", **PAGES)["channels"]
            assert sorted(channel["task_channel_unique_name"] for channel in own) == sorted(self.task_channels)

    @invariant()
    def workers_are_those_of_the_model_each_in_one_activity(self) -> None:
        named = {sid: activity["friendly_name"] for sid, activity in self.activities.items()}
        workers = [{"sid": sid, **worker} for sid, worker in self.workers.items()]
        expected = [{**worker, "activity_name": named[worker["activity_sid"]]} for worker in workers]
        self.check(self.get("Workers", **PAGES)["workers"], expected)

    @precondition(lambda self: self.workers)
    @invariant()
    def the_last_worker_has_the_version_of_the_model(self) -> None:
        sid = next(reversed(self.workers))
        assert self.ask("GET", "Workers", sid, status=200).headers["ETag"] == f'"{self.versions[sid]}"'

    @invariant()
    def events_are_what_happened(self) -> None:
        listed = self.get("Events", StartDate=written(BEGINNING), **PAGES)["events"]
        assert self.happened(listed) == self.events

    @invariant()
    def workspace_has_the_default_and_timeout_activity_of_the_model(self) -> None:
        answer = self.get()
        assert (answer["default_activity_sid"], answer["timeout_activity_sid"]) == (self.default, self.timeout)

    @invariant()
    def statistics_count_and_time_as_the_model_does(self) -> None:
        answer = self.get("Workers", "Statistics", StartDate=written(BEGINNING))
        inside = Counter(worker["activity_sid"] for worker in self.workers.values())
        heads = [
            {"sid": sid, "friendly_name": one["friendly_name"], "workers": inside[sid]}
            for sid, one in self.activities.items()
        ]
        assert answer["realtime"] == {"activity_statistics": heads, "total_workers": len(self.workers)}
        shown, columns = (
            answer["cumulative"]["activity_durations"],
            ("sid", "friendly_name", "min", "avg", "max", "total"),
        )
        assert sorted(tuple(row[column] for column in columns) for row in shown) == sorted(self.rows())

    def rows(self) -> list[tuple[str | int, ...]]:
        """Return what the statistics show of each Activity, and of those that are gone where there is any time."""
        times = self.times()
        there = [(sid, one["friendly_name"], *times.get(sid, (0,) * 4)) for sid, one in self.activities.items()]
        return there + [(sid, name, *times[sid]) for sid, name in self.former.items() if sid in times]

    def times(self) -> dict[str, tuple[int, ...]]:
        """Return the least, mean, most and total seconds of the stays in each Activity, up to a whole second."""
        last = self.now // 1_000 * 1_000
        stays: dict[str, list[int]] = {}
        for spell in self.spells:
            if spell.within(last):
                stays.setdefault(spell.activity, []).append(spell.within(last))
        figures = {sid: (min(of), sum(of) // len(of), max(of), sum(of)) for sid, of in stays.items()}
        return {sid: tuple(value // 1_000 for value in values) for sid, values in figures.items()}


TestWorkspace = pytest.mark.slow(Workspace.TestCase)
TestWorkspace.settings = settings(max_examples=250 if PROVE else 8, stateful_step_count=30)
