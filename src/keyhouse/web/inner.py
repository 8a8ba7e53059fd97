"""Behind the front: a request of the framework, through its middlewares to `dispatch`, and its answer as WSGI.

The framework's own handler does more than is asked of it here: it sends signals, matches patterns that all lead to
`dispatch`, and looks for exceptions that `dispatch` answers. Without it a small call takes two thirds of the time
(`make bench`).
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest, get_script_name
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix
from django.utils.log import log_response
from django.utils.module_loading import import_string

from keyhouse.web.answers import failure, json_answer
from keyhouse.web.dispatch import dispatch

log = logging.getLogger("keyhouse.web")
View = Callable[[HttpRequest], HttpResponseBase]


class Inner:
    """The WSGI application behind the front, which has put the site and the principal into the environment."""

    def __init__(self) -> None:
        self._view: View = dispatch
        for name in reversed(settings.MIDDLEWARE):
            self._view = import_string(name)(self._view)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        set_script_prefix(get_script_name(environ))
        request = WSGIRequest(environ)
        response = self._answer(request)
        if response.status_code >= 400:
            refused = cast(HttpResponse, response)
            log_response("%s: %s", response.reason_phrase, request.path, response=refused, request=request)
        cookies = (("Set-Cookie", cookie.OutputString()) for cookie in response.cookies.values())
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items(), *cookies])
        if isinstance(response, StreamingHttpResponse):
            return _Streamed(request, response)
        request.close()
        return [cast(HttpResponse, response).content]

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self._view(request)
        except SuspiciousOperation:
            # The answer to an error is in the format that the query string asks for, which was the error.
            return json_answer(failure("This request cannot be read: it has too many parameters."), 400)
        except Exception:
            # `dispatch` answers its own errors: this one was in what stands around it, such as storing the session.
            log.exception("An error around %s", request.path)
            return json_answer(failure("An error happened in this server; its log has the details."), 500)


class _Streamed:
    """The body of an answer that has only begun. The server closes it, also where the client went away."""

    def __init__(self, request: HttpRequest, response: StreamingHttpResponse) -> None:
        self._request = request
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def close(self) -> None:
        self._response.close()
        self._request.close()
