from django.db import OperationalError
from django.http import HttpResponse, StreamingHttpResponse
from tests.site import Client


def inner_of(view):
    from keyhouse.web.inner import Inner

    inner = Inner()
    inner._view = view
    return inner


def answering(site, view):
    from keyhouse.web.front import Front

    return Client(Front(site, inner_of(view)))


def test_an_error_around_an_action_is_told_without_its_text(site, caplog):
    def fail(request):
        raise OperationalError("no such table: keyhouse_secret")

    answer = answering(site, fail).get("/login-whoAmI.api")
    assert answer.status == 500
    assert answer.json["success"] is False
    assert "keyhouse_secret" not in answer.text
    assert "keyhouse_secret" in caplog.text


def test_a_refused_request_is_in_the_log_of_the_framework(client, caplog):
    assert client.get("/home/no-such.api").status == 404
    assert ("django.request", "Not Found: /labkey/home/no-such.api") in [
        (record.name, record.getMessage()) for record in caplog.records
    ]


def test_a_stream_is_closed_also_where_the_client_went_away_before_its_first_byte(site):
    class Rows:
        closed = 0

        def __iter__(self):
            return iter([b"rows"])

        def close(self):
            self.closed += 1

    rows, requests = Rows(), []

    def stream(request):
        requests.append(request)
        request.close = lambda: requests.append("closed")
        return StreamingHttpResponse(rows)

    environ = Client(None)._environ("GET", "/login-whoAmI.api", {}, {}, b"")
    body = inner_of(stream)({**environ, "keyhouse.site": site}, lambda *_: None)
    body.close()
    assert rows.closed == 1
    assert requests[1:] == ["closed"]


def test_files_that_a_request_brought_are_closed_with_its_answer(site):
    closed = []

    def view(request):
        request.close = lambda: closed.append(True)
        return HttpResponse("done")

    assert answering(site, view).get("/login-whoAmI.api").text == "done"
    assert closed == [True]
