"""What the pages on netrc claim of a client is what the model of that client does."""

import re
from pathlib import Path

import pytest

from keyhouse.netrc import client, lookup

DOCS = Path(__file__).parents[2] / "docs"
EXPLANATION = (DOCS / "explanation" / "netrc-dialects.md").read_text("utf-8")
_HEAD = r"\| client \| login \| password \|\n\|---\|---\|---\|\n"
EXAMPLE = re.compile(rf"```netrc\n((?:(?!```).*\n)+)```\n\n{_HEAD}((?:\|.*\n)+)")


def claims():
    """Yield each client of each table with the file above it and what it is said to send."""
    for number, (text, rows) in enumerate(EXAMPLE.findall(EXPLANATION), 1):
        for row in rows.splitlines():
            names, login, password = (cell.strip() for cell in row.strip("|").split("|"))
            for name in re.findall(r"`([^`]+)`", names):
                yield pytest.param(name, raw(text), login, password, id=f"{number}-{name}")


def raw(text):
    """Return the bytes of an example, in which only \\r and \\x.. stand for bytes that cannot be shown."""
    data = re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), text)
    return data.replace("\\r\n", "\r\n").encode("latin-1")


def test_every_example_of_the_page_has_its_table():
    assert (
        EXPLANATION.count("```netrc\n")
        == EXPLANATION.count("| client | login |")
        == len(EXAMPLE.findall(EXPLANATION))
        > 9
    )


@pytest.mark.parametrize(("name", "data", "login", "password"), list(claims()))
def test_the_client_does_what_the_page_says(name, data, login, password):
    scheme = "ftp" if client(name).kind == "ftp" else "https"
    choice = lookup(f"{scheme}://data.example.org/", name, data)
    if login in {"error", "nothing"}:
        assert (choice.sends, bool(choice.error), password) == (False, login == "error", "")
    else:
        assert (f"`{choice.login}`", choice.error) == (login, "")
        assert f"`{choice.secret.reveal().decode()}`" == password.replace("\\r", "\r")
