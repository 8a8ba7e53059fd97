"""Parameters: from query, form and JSON alike, and whatever is sent is read or refused with 400."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyhouse.web.errors import BadRequest
from keyhouse.web.parameters import Parameters

VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)


def one(value: object) -> Parameters:
    return Parameters([("Name", value)], {})


@given(VALUES)
def test_every_value_is_read_as_each_type_or_refused(value):
    for read in ("text", "number", "flag"):
        try:
            getattr(one(value), read)("name")
        except BadRequest as error:
            assert "name" in error.text


@given(st.integers(-(10**18), 10**18))
def test_numbers_are_the_same_as_text(number):
    assert one(number).number("name") == one(str(number)).number("name") == one(f" {number} ").number("NAME") == number


@pytest.mark.parametrize("text", ["x", "1e5", "inf", "nan.", "1.e999", "0x10", "--1", "9" * 5000])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(BadRequest):
        one(text).number("name")


@pytest.mark.parametrize(
    ("text", "flag"),
    [("true", True), ("ON", True), ("1", True), (True, True), ("False", False), ("", False), (0, False)],
)
def test_flags_have_many_spellings(text, flag):
    assert one(text).flag("name") is flag


@pytest.mark.parametrize("text", ["maybe", "2", [], {}])
def test_what_is_no_flag_is_refused(text):
    with pytest.raises(BadRequest):
        one(text).flag("name")


def test_names_match_in_any_case_and_the_first_value_wins():
    parameters = Parameters([("a", "1"), ("A", "2"), ("b", None)], {})
    assert (
        parameters.text("A") == "1" and parameters.all("a") == ["1", "2"] and parameters.text("b", default="d") == "d"
    )


PATH = "/login-loginApi.api"
BODIES = {
    "broken json": (b'{"a":', "application/json"),
    "an array": (b"[1]", "application/json"),
    "a number": (b"5", "application/json"),
    "bad utf-8": (b'{"a": "\xff"}', "application/json"),
    "a lone surrogate": (b'{"a": "\\ud800"}', "application/json"),
    "nul": (b'{"email": "a\\u0000b"}', "application/json"),
    "nul deep inside": (b'{"a": [{"b": "\\u0000"}]}', "application/json"),
    "deep": (b"[" * 100_000, "application/json"),
    "deep and closed": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json"),
    "nul in a form": (b"email=a%00b", "application/x-www-form-urlencoded"),
    "too many fields": (b"&".join(b"a=1" for _ in range(2000)), "application/x-www-form-urlencoded"),
    "a form in another charset": (b"a=1", "application/x-www-form-urlencoded; charset=utf-16"),
    "multipart without boundary": (b"x", "multipart/form-data"),
    "broken multipart": (b"--x\r\nnonsense", "multipart/form-data; boundary="),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_400_with_a_sentence(site, client, name):
    body, content_type = BODIES[name]
    answer = client.post(PATH, {"Content-Type": content_type}, body=body)
    assert answer.status == 400, answer.text
    assert answer.json["success"] is False and len(answer.json["exception"]) < 300


@pytest.mark.parametrize(
    "body", [{"email": ["a"], "password": {}}, {"email": 5, "password": True}, {"email": None}, {}]
)
def test_wrong_types_are_400(site, client, body):
    assert client.post(PATH, json=body).status == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(
        [
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "é/;;",
        ]
    ),
)
def test_no_body_is_ever_an_error_of_ours(site, front, body, kind):
    from tests.site import Client

    assert Client(front).post(PATH, {"Content-Type": kind}, body=body).status in {400, 429}


def test_too_many_query_parameters_are_400(site, client):
    assert client.get("/query-getSchemas.api?" + "&".join(f"a{n}=1" for n in range(2000))).status in {400, 401}
    assert client.get("/login-whoAmI.api?" + "&".join(f"a{n}=1" for n in range(2000))).status == 400


def test_the_same_parameters_mean_the_same_in_query_form_and_json(site, client, analyst):
    form = {"email": analyst.email, "password": "correct horse battery"}
    assert (
        client.post(PATH, form=form).status
        == client.post(PATH, body=json.dumps(form).encode(), headers={"Content-Type": "application/json"}).status
        == 200
    )
