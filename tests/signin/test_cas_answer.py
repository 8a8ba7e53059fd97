"""Reading what a CAS server says: for any bytes an answer or a refusal, and never anything else."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.signin.cas.answer import NotCas, Refused, parse, read, user_of
from keyhouse.signin.cas.logout import ticket_of
from keyhouse.signin.duo.settings import split_state

NS = 'xmlns:cas="http://www.yale.edu/tp/cas"'
NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).filter(str.strip)
PIECES = st.sampled_from(
    [
        f"<cas:serviceResponse {NS}>",
        "</cas:serviceResponse>",
        "<cas:authenticationSuccess>",
        "</cas:authenticationSuccess>",
        '<cas:authenticationFailure code="X">',
        "</cas:authenticationFailure>",
        "<cas:user>",
        "</cas:user>",
        "ana",
        "<!DOCTYPE x>",
        "<![CDATA[",
        "]]>",
        "&amp;",
        "&x;",
        "<?x?>",
        "<!--",
        "-->",
        "\0",
    ]
)


@given(st.binary() | st.lists(PIECES).map("".join).map(str.encode))
def test_any_bytes_are_an_answer_or_are_refused(body):
    try:
        user_of(read(body))
    except (NotCas, Refused):
        return
    assert b"cas:user" in body


@given(st.text() | st.lists(PIECES).map("".join))
def test_any_message_names_a_ticket_or_is_refused(message):
    with pytest.raises(NotCas):
        ticket_of(message)


@given(NAMES)
def test_name_of_the_user_is_read_as_it_was_written(name):
    success = f"<cas:authenticationSuccess><cas:user>{escape(name)}</cas:user></cas:authenticationSuccess>"
    body = f"<cas:serviceResponse {NS}>{success}</cas:serviceResponse>".encode()
    assert user_of(read(body)) == name


@given(st.text(), st.text())
def test_reason_of_a_failure_is_one_short_line(code, text):
    characters = "".join(each for each in text if each >= " " and not "\ud800" <= each <= "\udfff" and each < "\ufffe")
    body = f"<cas:serviceResponse {NS}><cas:authenticationFailure code='INVALID_TICKET'>{escape(characters)}"
    with pytest.raises(Refused) as refused:
        read(f"{body}</cas:authenticationFailure></cas:serviceResponse>".encode())
    assert refused.value.code == "INVALID_TICKET"
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("body", [b"<a>" * 21 + b"</a>" * 21, b"<a>" + b"<b/>" * 20_000 + b"</a>"])
def test_what_is_deeper_or_longer_than_an_answer_is_refused(body):
    with pytest.raises(NotCas):
        parse(body)


@given(st.text())
def test_any_state_has_a_journey_and_a_number_or_none(text):
    journey, number = split_state(text)
    assert number is None or f"{journey}.".startswith(journey)
    assert number is None or 0 <= number < 10**9


def test_state_is_split_at_its_last_dot():
    assert split_state("a.b_c-d.17") == ("a.b_c-d", 17)
