"""Attack: names, agents and paths with line ends, to write lines into the log that never happened."""

import io
import logging

import pytest

from tests.attacks.wire import basic
from tests.site import issue

FORGED = "\n2026-07-01 INFO keyhouse  admin@example.org signed in\r\x1b[2K\u2028\x85"


@pytest.fixture
def log_text():
    from keyhouse.authn.trail import LOGGER_NAME
    from keyhouse.logs import OneLine

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine("LINE %(name)s %(message)s"))
    root, trail = logging.getLogger(), logging.getLogger(LOGGER_NAME)
    root.addHandler(handler)
    trail.setLevel(logging.DEBUG)
    yield stream.getvalue
    root.removeHandler(handler)
    trail.setLevel(logging.NOTSET)


def test_no_input_begins_a_line_of_the_log(site, client, analyst, log_text):
    client.get("/login-whoAmI.api", basic(f"ada@example.org{FORGED}", f"x{FORGED}"))
    client.get("/login-whoAmI.api", {"apikey": FORGED})
    client.get("/login-whoAmI.api", {"User-Agent": FORGED})
    client.get(f"/home/{FORGED}/login-whoAmI.api")
    client.post("/login-loginApi.api", form={"email": f"a@b{FORGED}", "password": "x"})
    logging.getLogger("keyhouse.web").error("An error in %s", FORGED)
    lines = log_text().splitlines()
    assert len(lines) > 10
    assert all(line.startswith("LINE ") for line in lines), [line for line in lines if not line.startswith("LINE ")]
    assert "\x1b" not in log_text()


def test_a_traceback_is_kept_and_a_key_in_it_is_not(site, analyst, log_text):
    key = issue(site, analyst)
    try:
        raise ValueError(key)
    except ValueError:
        logging.getLogger("keyhouse.web").exception("Failed with %s", key)
    assert "Traceback" in log_text() and key[17:] not in log_text() and "[key]" in log_text()


def test_no_account_can_have_a_name_with_a_line_end(site):
    from keyhouse.accounts.names import AccountError
    from tests.site import OPERATOR

    with pytest.raises(AccountError):
        site.users.add("ada@example.org\nbob@example.org", OPERATOR)
    assert site.users.add("ada@example.org", OPERATOR, display_name=f"Ada{FORGED}").display_name.isprintable()
