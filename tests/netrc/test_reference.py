"""The page docs/reference/netrc.md is what the code says, and what the clients were seen to do."""

import ast
import gzip
import json
import re
from pathlib import Path

import pytest

from keyhouse.netrc import circumstances, examples, families, lints, lookup, reference
from keyhouse.netrc.circumstances import examine_around
from keyhouse.netrc.findings import ASKED
from keyhouse.netrc.lints import examine

TOP = Path(__file__).parents[2]
PAGE = TOP / "docs" / "reference" / "netrc.md"
CASES = json.loads(gzip.decompress((Path(__file__).parent / "observed.json.gz").read_bytes()))
HINT = "Run: python -m keyhouse.netrc.reference docs/reference/netrc.md tests/netrc/observed.json.gz"


@pytest.fixture(scope="module")
def made():
    return reference.blocks(CASES)


def test_the_page_is_made_from_the_code_and_the_observations(made):
    page = PAGE.read_text("utf-8")
    assert reference.filled(page, made) == page, HINT


def test_every_table_that_can_be_made_stands_on_the_page(made):
    assert set(re.findall(r"<!-- made: ([a-z ]+) -->", PAGE.read_text("utf-8"))) == set(made)


def test_a_changed_row_does_not_go_unnoticed(made):
    page = PAGE.read_text("utf-8").replace("| 189 | 189 | 100 % |", "| 189 | 189 | 99 % |", 1)
    assert reference.filled(page, made) != page


def test_every_client_that_can_be_asked_for_is_on_the_page():
    page = PAGE.read_text("utf-8")
    assert all(f"\n| `{name}` | " in page for name in families())


def ids_in(module):
    """Return the texts of the source that have the form of an id where a finding is made or a rule is listed."""
    found = set()
    for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Finding", "_finding"}:
            found |= {one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)}
        if isinstance(node, ast.Tuple) and len(node.elts) in {3, 5}:
            found |= {one.value for one in node.elts[:2] if isinstance(one, ast.Constant)}
        if isinstance(node, ast.IfExp):
            found |= {one.value for one in (node.body, node.orelse) if isinstance(one, ast.Constant)}
    return {one for one in found if isinstance(one, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one)}


def test_the_doctor_knows_no_finding_that_the_page_leaves_out():
    told = {*examples.FILES, *examples.PLACES}
    assert len(told) == len(examples.FILES) + len(examples.PLACES)
    found = ids_in(lints) | ids_in(circumstances)
    assert {"nul", "machine-port", "keyword-capitals", "value-hash", "mode", "no-file"} <= found <= told


@pytest.mark.parametrize("id_", examples.FILES)
def test_the_example_of_a_finding_in_the_file_shows_it(id_):
    assert id_ in {finding.id for finding in examine(lints.parse(examples.FILES[id_]))}


@pytest.mark.parametrize("id_", examples.PLACES)
def test_the_example_of_a_finding_around_the_file_shows_it(id_):
    path, around = examples.PLACES[id_]
    assert id_ in {finding.id for finding in examine_around(path, around)}


def test_no_finding_claims_a_repair_that_changes_nothing():
    for finding in examples.findings():
        if finding.repair is not None:
            document = lints.parse(examples.FILES[finding.id])
            assert finding.repair(document) != document, finding.id


def test_the_portable_file_of_the_page_is_read_alike_by_all():
    page = PAGE.read_text("utf-8")
    data = re.search(r"```\n(machine .*?)```", page, re.DOTALL)[1].encode()
    assert examine(lints.parse(data)) == ()
    for machine, login in (("data.example.org", "apikey"), ("other.example.org", "ada@example.org")):
        sent = {(c.login, c.secret) for c in (lookup(f"https://{machine}", name, data) for name in ASKED)}
        assert len(sent) == 1
        assert sent.pop()[0] == login


def test_every_character_the_page_allows_reaches_every_client():
    allowed = "!$%&()*+-./:;<=>?@[]^_`{|}~"
    listed = re.search(r"``(! .*?)``", PAGE.read_text("utf-8"))[1]
    assert listed.replace(" ", "") == allowed
    password = f"a{allowed}Z9"
    for name in ASKED:
        choice = lookup("https://h.test", name, f"machine h.test login a password {password}\n".encode())
        assert choice.secret.reveal() == password.encode(), name
