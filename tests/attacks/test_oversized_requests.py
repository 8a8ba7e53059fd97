"""Attack: headers and bodies so large that reading them is the damage."""

from tests.attacks.wire import send

GET = b"GET /labkey/login-whoAmI.api HTTP/1.1"
POST = b"POST /labkey/login-loginApi.api HTTP/1.1"


def test_a_megabyte_of_headers_is_refused(live):
    for line in (b"X-Big: " + b"a" * 2**20, b"Authorization: Basic " + b"YTph" * 2**18, b"Cookie: a=" + b"b" * 2**20):
        assert send(live.port, [GET, line]).status == 431
    assert send(live.port, [GET]).status == 200


def test_a_large_credential_that_fits_is_refused_as_any_other(live):
    for line in (b"apikey: " + b"a" * 30_000, b"Authorization: Basic " + b"YTph" * 8000):
        assert send(live.port, [GET, line]).status in {400, 401, 431}


def test_an_address_of_a_megabyte_is_refused(live):
    assert send(live.port, [b"GET /labkey/" + b"a" * 2**20 + b" HTTP/1.1"]).status in {400, 414, 431}


def test_a_guests_body_is_not_read_beyond_a_megabyte(live):
    answer = send(live.port, [POST, b"Content-Type: application/json", b"Content-Length: 50000000"], b"{")
    assert answer.status == 413


def test_a_body_beyond_the_sites_limit_is_refused_before_it_is_read(site, client, analyst):
    from tests.site import issue

    sent = {"apikey": issue(site, analyst), "Content-Length": str(site.boot.maximum_body_bytes + 1)}
    assert client.post("/query-selectRows.api", sent, body=b"").status == 413


def test_uploaded_files_are_never_written_to_disk(site, client, monkeypatch):
    import tempfile

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + b"a" * 900_000 + b"\r\n--x--\r\n"
    answer = client.post("/login-loginApi.api", {"Content-Type": "multipart/form-data; boundary=x"}, body=body)
    assert answer.status == 400
