"""Attack: the same header twice, in the hope that proxy and server each believe another one."""

from tests.attacks.wire import send

GET = b"GET /labkey/login-whoAmI.api HTTP/1.1"


def test_two_authorization_headers_are_refused(live):
    good = b"Authorization: Bearer " + live.analyst.encode()
    for lines in ([good, b"Authorization: Bearer x"], [b"Authorization: Bearer x", good], [good, good]):
        answer = send(live.port, [GET, *lines])
        assert answer.status == 400 and "several_authorization_headers" in answer.body


def test_two_apikey_headers_are_refused(live):
    good = b"apikey: " + live.analyst.encode()
    for lines in ([good, b"APIKEY: x"], [b"ApiKey: x", good], [good, good]):
        assert send(live.port, [GET, *lines]).status == 401


def test_a_header_with_an_underscore_is_not_the_one_it_resembles(live):
    answer = send(live.port, [GET, b"api_key: " + live.analyst.encode()])
    assert '"guest"' in answer.body


def test_broken_header_lines_never_reach_us(live):
    for line in (b"Authorization : Bearer x", b"Authorization:\r\n Bearer x", b"apikey\x00: x", b"no colon", b": x"):
        assert send(live.port, [GET, line]).status == 400


def test_a_body_hidden_behind_two_lengths_is_not_a_second_request(live):
    hidden = b"0\r\n\r\n" + GET + b"\r\nHost: x\r\n\r\n"
    lines = [b"POST /labkey/login-loginApi.api HTTP/1.1", b"Content-Length: 5", b"Transfer-Encoding: chunked"]
    answer = send(live.port, lines, hidden)
    assert answer.body.count("HTTP/1.1") == 0
    lines = [b"POST /labkey/login-loginApi.api HTTP/1.1", b"Content-Length: 5", b"Content-Length: 6"]
    assert send(live.port, lines, b"123456").status == 400
