"""`keyhouse netrc agreement` computes shares from any file of observations, and lists what disagrees."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import run

_OBSERVED = Path(__file__).parents[1] / "netrc" / "observed.json.gz"
_CASE = {
    "name": "plain",
    "group": "made up",
    "netrc": "machine lk.test login alice password s3cret\n",
    "url": "http://lk.test:8080/",
}


def _result(login: str = "alice") -> dict[str, Any]:
    header = {"alice": "Basic YWxpY2U6czNjcmV0", "bob": "Basic Ym9iOnMzY3JldA=="}[login]
    return {"authorization": header, "login": login, "password": "s3cret", "error": None, "preemptive": True}


def _file(folder: Path, results: dict[str, Any]) -> Path:
    file = folder / "observed.json"
    file.write_text(json.dumps([{**_CASE, "results": results}]))
    return file


def test_shares_are_those_of_the_pairs_that_agree(tmp_path: Path) -> None:
    file = _file(tmp_path, {"curl 8.5.0 -n": _result(), "curl 8.7.1 -n": _result("bob"), "nobody 1": _result()})
    result = run("netrc", "agreement", file, "--json")
    assert (result.code, "1 disagreement without a known reason" in result.err) == (1, True)
    assert result.json["share"] == 0.5
    assert {row["client"]: row["share"] for row in result.json["clients"]} == {
        "curl 8.5.0 -n": 1.0,
        "curl 8.7.1 -n": 0.0,
    }
    assert result.json["unknown"] == ["nobody 1"]
    assert result.json["differences"][0]["what"] == ["authorization", "login"]
    text = run("netrc", "agreement", file).out
    assert "1 of 2 pairs of client and case agree: 50.00 %." in text
    assert "curl 8.7.1 -n, case plain: no known reason" in text
    assert "observed 'bob', modelled 'alice'" in text


def test_one_client_can_be_asked_for(tmp_path: Path) -> None:
    file = _file(tmp_path, {"curl 8.5.0 -n": _result(), "curl 8.7.1 -n": _result("bob")})
    result = run("netrc", "agreement", file, "--client", "curl@8.5")
    assert (result.code, "1 of 1 pairs of client and case agree: 100 %." in result.out) == (0, True)
    assert run("netrc", "agreement", file, "--client", "emacs").code == 2


def test_models_agree_with_what_was_observed(tmp_path: Path) -> None:
    file = tmp_path / "observed.json"
    file.write_bytes(gzip.decompress(_OBSERVED.read_bytes()))
    result = run("netrc", "agreement", file, "--client", "LabKey Java")
    assert (result.code, result.err) == (0, "")
    assert " agree: 100 %." in result.out


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '[{"results": 1}]', '[{"results": {"curl 8.5.0 -n": 3}}]', "[" * 9999, "[]"]
)
def test_what_is_no_file_of_observations_is_a_usage_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "observed.json"
    file.write_text(text)
    assert run("netrc", "agreement", file).code == 2


def test_missing_file_is_told(tmp_path: Path) -> None:
    result = run("netrc", "agreement", tmp_path / "none.json")
    assert (result.code, "cannot be read" in result.err) == (3, True)
