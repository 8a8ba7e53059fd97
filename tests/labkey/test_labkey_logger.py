"""Log levels through the client API (labkey-server.md, section 7.1)."""

import logging

import pytest

DOOR = "org.labkey.api.security.SecurityManager.Authentication"


def test_loggers_are_listed_and_filtered(admin_script):
    body = admin_script.get("/logger-list.api", contains="securitymanager").json
    assert body["success"] is True
    [entry] = body["data"]
    assert set(entry) == {"name", "parent", "level", "inherited", "notes"}
    assert entry["name"] == DOOR


def test_level_is_changed_audited_and_reset(admin_script, events):
    answer = admin_script.post("/logger-update.api", {"name": DOOR, "level": "debug"})
    assert answer.json["data"]["level"] == "DEBUG"
    assert logging.getLogger(DOOR).isEnabledFor(logging.DEBUG)
    assert admin_script.post("/logger-reset.api", {}).json == {"success": True}
    assert not logging.getLogger(DOOR).isEnabledFor(logging.DEBUG)
    assert [event.comment for event in events("logger level changed")] == [
        f"Logger {DOOR} was set to DEBUG.",
        "All loggers were reset.",
    ]


@pytest.mark.parametrize("body", [{"name": DOOR, "level": "LOUD"}, {"name": "no.such", "level": "INFO"}, {}])
def test_unknown_level_or_logger_is_refused(admin_script, body):
    answer = admin_script.post("/logger-update.api", body)
    assert answer.status == 400
    assert "There is no" in answer.json["exception"]


@pytest.mark.parametrize("action", ["list", "update", "reset"])
def test_loggers_are_for_administrators(script, action):
    assert script.post(f"/logger-{action}.api", {"name": DOOR, "level": "DEBUG"}).status == 403


def test_level_is_not_changed_by_get(admin_script):
    assert admin_script.get("/logger-update.api", name=DOOR, level="DEBUG").status == 405
