"""The official client works with Activities as it does with the real service."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from twilio.rest import Client
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

from activity_sim import Emulator
from tests.emulator.conftest import official
from tests.emulator.refused import list_refused, refused
from tests.emulator.wire import SECOND, UNKNOWN, Clock, Wire

LONGEST = "n" * 64


def moment(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.now // SECOND, UTC)


@pytest.mark.parametrize("available", [True, False])
def test_an_activity_that_is_created_is_what_was_asked_for(
    home: WorkspaceContext, emulator: Emulator, clock: Clock, available: bool
) -> None:
    made = home.activities.create(friendly_name="On call", available=available)
    workspace = home.fetch()
    assert (made.friendly_name, made.available, made.account_sid) == ("On call", available, emulator.account_sid)
    assert (made.workspace_sid, made.links) == (workspace.sid, {"workspace": workspace.url})
    assert made.url == f"{workspace.url}/Activities/{made.sid}"
    assert made.date_created == made.date_updated == moment(clock)


def test_an_activity_is_not_available_unless_it_is_said_to_be(home: WorkspaceContext) -> None:
    assert home.activities.create(friendly_name="Lunch").available is False


@pytest.mark.parametrize("yes", ["true", "1", "yes", "TRUE", "Yes"])
def test_what_means_yes(home: WorkspaceContext, wire: Wire, yes: str) -> None:
    form = {"FriendlyName": yes, "Available": yes}
    assert wire.got("POST", f"/Workspaces/{home.fetch().sid}/Activities", data=form)["available"] is True


@pytest.mark.parametrize("no", ["false", "0", "no", "", "y", "on", "2", " true", "tru\u0435"])
def test_everything_else_means_no(home: WorkspaceContext, wire: Wire, no: str) -> None:
    form = {"FriendlyName": "Lunch", "Available": no}
    assert wire.got("POST", f"/Workspaces/{home.fetch().sid}/Activities", data=form)["available"] is False


def test_an_activity_is_fetched_by_its_sid_and_from_itself(home: WorkspaceContext) -> None:
    made = home.activities.create(friendly_name="Lunch")
    home.activities(made.sid).update(friendly_name="Break")
    assert home.activities(made.sid).fetch().friendly_name == "Break"
    assert home.activities.get(made.sid).fetch().friendly_name == "Break"
    assert made.fetch().friendly_name == "Break"


def test_an_activity_is_renamed_by_its_sid_and_from_itself(home: WorkspaceContext, clock: Clock) -> None:
    made = home.activities.create(friendly_name="Lunch", available=True)
    clock.advance(5 * SECOND)
    renamed = made.update(friendly_name="Break")
    assert (renamed.sid, renamed.friendly_name, renamed.available) == (made.sid, "Break", True)
    assert (renamed.date_created, renamed.date_updated) == (made.date_created, moment(clock))
    assert home.activities(made.sid).update(friendly_name="Pause").friendly_name == "Pause"


def test_an_update_that_says_nothing_changes_nothing(home: WorkspaceContext, clock: Clock) -> None:
    made = home.activities.create(friendly_name="Lunch")
    clock.advance(5 * SECOND)
    same = home.activities(made.sid).update()
    assert (same.friendly_name, same.date_updated) == ("Lunch", made.date_updated)


@pytest.mark.parametrize("said", ["true", "false", "1", "nonsense"])
@pytest.mark.parametrize("available", [True, False])
def test_availability_never_changes_and_nobody_is_told(
    home: WorkspaceContext, wire: Wire, available: bool, said: str
) -> None:
    made = home.activities.create(friendly_name="Lunch", available=available)
    path = f"/Workspaces/{made.workspace_sid}/Activities/{made.sid}"
    answer = wire.ask("POST", path, data={"Available": said})
    assert (answer.status_code, answer.json()["available"]) == (200, available)
    assert made.fetch().available is available


def test_a_parameter_that_is_not_known_is_passed_over(home: WorkspaceContext, wire: Wire) -> None:
    path = f"/Workspaces/{home.fetch().sid}/Activities"
    assert wire.ask("POST", path, data={"FriendlyName": "Lunch", "Colour": "red"}).status_code == 201
    assert wire.ask("GET", path, params={"Colour": "red"}).status_code == 200


def test_an_activity_is_deleted_once(home: WorkspaceContext) -> None:
    made = home.activities.create(friendly_name="Lunch")
    assert made.delete() is True
    for again in (made.delete, home.activities(made.sid).delete, made.fetch, made.update):
        with refused(404, 20404, f"The requested resource /Workspaces/{made.workspace_sid}/Activities/{made.sid} was"):
            again()
    assert made.sid not in {activity.sid for activity in home.activities.list()}


def test_the_name_of_a_deleted_activity_is_free_again(home: WorkspaceContext) -> None:
    made = home.activities.create(friendly_name="Lunch")
    made.delete()
    assert home.activities.create(friendly_name="Lunch").sid != made.sid


@pytest.mark.parametrize("sid", [f"WA{UNKNOWN}", f"WS{UNKNOWN}", "WA", "lunch", "0"])
def test_an_activity_that_is_not_there_is_not_found(home: WorkspaceContext, sid: str) -> None:
    activity = home.activities(sid)
    for use in (activity.fetch, activity.update, activity.delete):
        with refused(404, 20404, f"/Activities/{sid} was not found"):
            use()


def test_nothing_is_found_in_a_workspace_that_is_not_there(client: Client) -> None:
    nowhere = client.taskrouter.v1.workspaces(f"WS{UNKNOWN}")
    with refused(404, 20404, f"/Workspaces/WS{UNKNOWN}/Activities was not found"):
        nowhere.activities.create(friendly_name="Lunch")
    for members in (nowhere.activities, nowhere.workers, nowhere.events):
        with list_refused(404, 20404):
            members.list()


def test_an_activity_of_another_workspace_is_not_found(client: Client, home: WorkspaceContext) -> None:
    other = client.taskrouter.v1.workspaces.create(friendly_name="Other")
    theirs = client.taskrouter.v1.workspaces(other.sid).activities.create(friendly_name="Theirs")
    with refused(404, 20404, "was not found"):
        home.activities(theirs.sid).delete()
    assert theirs.fetch().friendly_name == "Theirs"


def test_a_name_is_taken_once_in_a_workspace(client: Client, home: WorkspaceContext) -> None:
    made = home.activities.create(friendly_name="Lunch")
    with refused(400, 20001, f"Activity named Lunch already exists for workspace {made.workspace_sid} for account AC"):
        home.activities.create(friendly_name="Lunch", available=True)
    other = client.taskrouter.v1.workspaces.create(friendly_name="Other")
    client.taskrouter.v1.workspaces(other.sid).activities.create(friendly_name="Lunch")


def test_names_that_differ_in_capitals_are_two(home: WorkspaceContext) -> None:
    home.activities.create(friendly_name="lunch")
    assert home.activities.create(friendly_name="Lunch").friendly_name == "Lunch"


def test_an_activity_cannot_be_renamed_to_another_but_to_itself(home: WorkspaceContext) -> None:
    made = home.activities.create(friendly_name="Lunch")
    with refused(400, 20001, "Activity named Offline already exists"):
        made.update(friendly_name="Offline")
    assert made.update(friendly_name="Lunch").friendly_name == made.fetch().friendly_name == "Lunch"


@pytest.mark.parametrize("name", ["", " ", "n" * 65, "a\nb", "a\0b", "\x7f", "\x9f"], ids=repr)
def test_a_name_that_cannot_be_one_is_refused(home: WorkspaceContext, name: str) -> None:
    made = home.activities.create(friendly_name="Lunch")
    with refused(400, 20002, "FriendlyName must have"):
        home.activities.create(friendly_name=name)
    with refused(400, 20002, "FriendlyName must have"):
        made.update(friendly_name=name)
    assert made.fetch().friendly_name == "Lunch"


@pytest.mark.parametrize("name", [LONGEST, "x", "Zoë & Söhne", "休憩", "🥪" * 64, "a+b=c&d%20", "'; DROP TABLE"])
def test_a_name_comes_back_as_it_was_given(home: WorkspaceContext, name: str) -> None:
    made = home.activities.create(friendly_name=name)
    assert made.friendly_name == made.fetch().friendly_name == name
    assert [found.sid for found in home.activities.list(friendly_name=name)] == [made.sid]


def test_a_name_must_be_given(home: WorkspaceContext, wire: Wire) -> None:
    answer = wire.ask("POST", f"/Workspaces/{home.fetch().sid}/Activities", data={"Available": "true"})
    assert answer.json() == {
        "code": 20001,
        "message": "Missing required parameter FriendlyName in the post body",
        "more_info": "https://www.twilio.com/docs/errors/20001",
        "status": 400,
    }


def test_the_hundredth_activity_is_the_last(home: WorkspaceContext) -> None:
    for n in range(97):
        home.activities.create(friendly_name=f"Activity {n}")
    with refused(400, 20001, "The maximum of 100 activities is reached"):
        home.activities.create(friendly_name="One too many")
    activities = home.activities.list()
    assert len(activities) == 100
    activities[-1].delete()
    assert home.activities.create(friendly_name="Room again").friendly_name == "Room again"


@pytest.mark.parametrize("kind", ["default", "timeout"])
def test_the_default_and_the_timeout_activity_cannot_be_deleted(home: WorkspaceContext, kind: str) -> None:
    made = home.activities.create(friendly_name="Lunch")
    home.update(**{f"{kind}_activity_sid": made.sid})
    with refused(400, 20001, f"Cannot delete activity {made.sid} in workspace {made.workspace_sid} for account AC"):
        made.delete()
    home.update(**{f"{kind}_activity_sid": home.activities.list(limit=1)[0].sid})
    assert made.delete()


def test_an_activity_that_a_worker_is_in_cannot_be_deleted(home: WorkspaceContext) -> None:
    made = home.activities.create(friendly_name="Lunch")
    worker = home.workers.create(friendly_name="Al", activity_sid=made.sid)
    with refused(400, 20001, f"Cannot delete activity {made.sid}"):
        made.delete()
    assert worker.fetch().activity_sid == made.fetch().sid
    worker.delete()
    assert made.delete()


@pytest.mark.parametrize("wrong", ["token", "sid", "both"])
def test_wrong_credentials_are_refused(emulator: Emulator, wrong: str) -> None:
    client = official(emulator)
    client.username = f"AC{UNKNOWN}" if wrong != "token" else client.username
    client.password = UNKNOWN if wrong != "sid" else client.password
    client.auth = (client.username, client.password)
    activities = client.taskrouter.v1.workspaces(emulator.workspace_sid).activities
    with refused(401, 20003, "Authenticate"):
        activities.create(friendly_name="Lunch")
    with refused(401, 20003, "Authenticate"):
        activities(f"WA{UNKNOWN}").fetch()
    with list_refused(401, 20003):
        activities.list()


def test_an_api_key_works_and_resources_belong_to_the_account_all_the_same() -> None:
    with Emulator(api_key=f"SK{UNKNOWN}", api_secret="0f3a") as emulator:
        client = Client(f"SK{UNKNOWN}", "0f3a", emulator.account_sid)
        client.taskrouter.base_url = emulator.base_url
        made = client.taskrouter.v1.workspaces(emulator.workspace_sid).activities.create(friendly_name="Lunch")
        assert made.account_sid == emulator.account_sid
        client.auth = (emulator.account_sid, "0f3a")
        with refused(401, 20003, "Authenticate"):
            made.fetch()
