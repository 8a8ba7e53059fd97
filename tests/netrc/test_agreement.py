"""The models against what 84 real clients sent for 189 files."""

import gzip
import json
from pathlib import Path

import pytest

from keyhouse.netrc.agreement import EXPLAINED, agreement, client_of

CASES = json.loads(gzip.decompress((Path(__file__).parent / "observed.json.gz").read_bytes()))


@pytest.fixture(scope="module")
def result():
    return agreement(CASES)


def test_every_observed_client_has_a_model(result):
    assert result.unknown == ()


def test_models_agree_with_every_observation_but_the_explained_ones(result):
    assert {(d.client, d.case) for d in result.differences} == set(EXPLAINED)


def test_all_pairs_were_compared(result):
    assert sum(result.compared.values()) == sum(len(case["results"]) for case in CASES) == 15291


def test_clients_people_use_with_labkey_agree_completely(result):
    wanted = ("curl 8.5.0", "curl 8.14.1", "curl 8.21.0", "python 3.", "requests", "httpx", "uv", "wget 1", "git 2",
              "go 1", "LabKey Java", "R httr")  # fmt: skip
    labels = [label for label in result.compared if label.startswith(wanted)]
    assert len(labels) > 25
    assert {label: result.share(label) for label in labels} == dict.fromkeys(labels, 1.0)


def test_agreement_notices_a_model_that_is_wrong():
    case = next(case for case in CASES if case["name"] == "one_line")
    changed = dict(case, results={"wget 1.21.3": dict(case["results"]["wget 1.21.3"], password="other")})
    found = agreement([changed])
    assert found.share() == 0.0
    assert found.differences[0].what == ("password",)


def test_a_client_nobody_modelled_is_reported_and_not_counted():
    case = {"name": "x", "netrc": "", "url": "http://lk.test", "results": {"frobnicate 1.0": {}}}
    found = agreement([case])
    assert found.unknown == ("frobnicate 1.0",)
    assert found.share() == 1.0


def test_one_client_can_be_asked_for():
    found = agreement(CASES[:5], only="wget2")
    assert list(found.compared) == ["wget2 1.99.1"]
    assert client_of("wget2 1.99.1").spec == "wget2@1.99.1"
