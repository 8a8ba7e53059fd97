"""A process that has imported the libraries already and forks for each command: the suite runs hundreds of them.

What is forked is as new as a started one: Django is not configured and nothing of Keyhouse has run.
"""

import contextlib
import importlib
import json
import os
import socket
import sys

LIBRARIES = (
    "allauth",
    "argon2",
    "click",
    "cryptography.fernet",
    "django.contrib.auth.hashers",
    "django.core.management",
    "django.db.migrations.executor",
    "django.db.models",
    "django.http",
    "django.template",
    "django.test.signals",
    "django.urls",
    "orjson",
    "psycopg",
    "sqlalchemy",
    "keyhouse.data",
    "keyhouse.cli.program",
)
_LARGEST = 1 << 20


def main() -> None:
    """Answer requests on the socket whose descriptor is the first argument, until it is closed."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with socket.socket(fileno=int(sys.argv[1])) as line:
        while True:
            text, descriptors, _, _ = socket.recv_fds(line, _LARGEST, 3)
            if not text:
                return
            line.send(str(_run(json.loads(text), descriptors)).encode())


def _run(request: dict[str, object], descriptors: list[int]) -> int:
    process = os.fork()
    if process == 0:
        _become(request, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _become(request: dict[str, object], descriptors: list[int]) -> None:
    code = 70
    try:
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
        os.environ.clear()
        os.environ.update(request["environment"])  # type: ignore[call-overload]
        os.chdir(str(request["cwd"]))
        sys.argv = ["keyhouse", *request["arguments"]]  # type: ignore[misc]
        from keyhouse.cli import main as keyhouse

        keyhouse()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
