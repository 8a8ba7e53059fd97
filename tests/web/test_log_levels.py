"""Levels of loggers: changed while the server runs, in every worker, and never a reason to fail a request."""

import logging

import pytest

NAME = "keyhouse.web"


def test_a_changed_level_reaches_every_worker_on_its_next_request(site):
    from keyhouse.logs import LogLevels

    other = LogLevels(site.boot.data / "loggers.json")
    site.log_levels.change(NAME, "debug")
    logging.getLogger(NAME).setLevel(logging.NOTSET)
    other.refresh()
    assert logging.getLogger(NAME).level == logging.DEBUG
    site.log_levels.reset()
    other.refresh()
    assert logging.getLogger(NAME).level == logging.NOTSET


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "5", '{"keyhouse.web": []}', '{"keyhouse.web": "LOUD"}', '{"a": {"b": 1}}']
)
def test_a_damaged_file_of_levels_fails_no_request(site, client, content):
    (site.boot.data / "loggers.json").write_text(content)
    assert client.get("/login-whoAmI.api").status == 200
    assert site.log_levels.lines(NAME)[0].name == NAME


@pytest.mark.parametrize(("name", "level"), [(NAME, "LOUD"), ("no.such.logger", "DEBUG"), ("", "INFO")])
def test_unknown_names_and_levels_are_refused_with_a_sentence(site, name, level):
    with pytest.raises(ValueError, match=r"There is no (level|logger)"):
        site.log_levels.change(name, level)
