"""``keyhouse serve``: check what can be checked before a worker starts, then hand the address to the web server."""

import logging
import os
import signal
import socket
import ssl
import time
from functools import partial
from multiprocessing import parent_process
from multiprocessing.util import Finalize
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli.command import Command
from keyhouse.cli.ending import DEBUG
from keyhouse.cli.failure import Unusable
from keyhouse.cli.listening import address_of, check_free
from keyhouse.cli.site import close_connections, explained, load_boot, private_files

if TYPE_CHECKING:
    from keyhouse.settings import BootSettings
    from keyhouse.web.front import Application

_LARGEST_HEADER_BYTES = 128 * 1024
# A worker that takes longer is killed; on a busy machine the last uses of keys must still be written in this time.
_SECONDS_TO_FINISH = 8
_SECONDS_TO_START = 60
_TO_STDERR = {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}


@click.command(
    "serve",
    cls=Command,
    examples=[
        "keyhouse serve",
        "keyhouse serve --data /srv/keyhouse --port 8080 --context-path /labkey",
        "keyhouse serve --host 0.0.0.0 --port 443 --tls-cert chain.pem --tls-key key.pem --workers 2",
    ],
)
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="TCP port to listen on (default 8080).")
@click.option("--context-path", metavar="PATH", help="Path under which the site lives, such as /labkey.")
@click.option("--workers", type=click.IntRange(1, 256), help="Worker processes (default 1).")
@click.option("--tls-cert", metavar="FILE", help="PEM file with the certificate chain; needs --tls-key.")
@click.option("--tls-key", metavar="FILE", help="PEM file with the private key, without a passphrase.")
def command(**options: Any) -> None:
    """Serve the site until Ctrl-C.

    Options given here win over KEYHOUSE_ variables, and these over keyhouse.toml; `keyhouse settings show` tells what
    holds. A database of an older version is brought up to date first.
    """
    started_at = time.monotonic()
    private_files()
    with explained():
        from keyhouse.settings.prepare import bring_up_to_date

        boot = load_boot(options)
        bring_up_to_date(boot)
        # A connection that is open while workers are forked would be shared by all of them.
        close_connections()
        check_tls(boot)
        check_free(boot.host, boot.port)
        # Log levels that were changed while the last server ran end with it.
        (boot.data / "loggers.json").unlink(missing_ok=True)
        run(boot, started_at)


def check_tls(boot: "BootSettings") -> None:
    """Refuse a certificate or key that the server could not use, and say which file it is."""
    if not boot.tls_cert:
        return
    for file in (boot.tls_cert, boot.tls_key):
        try:
            Path(file).open("rb").close()
        except OSError as error:
            raise Unusable(f"The TLS file {file} cannot be read: {error.strerror}.") from None
    try:
        # Without the callback, OpenSSL would stop and ask the terminal for a passphrase.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(boot.tls_cert, boot.tls_key, password=lambda: b"")
    except (ssl.SSLError, OSError):
        raise Unusable(
            f"{boot.tls_cert} and {boot.tls_key} are not a certificate chain and its private key as PEM without a "
            "passphrase."
        ) from None


def run(boot: "BootSettings", started_at: float) -> None:
    """Start the workers, say the address when they answer, and return when all have stopped."""
    server = _server(boot)
    server.on_startup(lambda: Thread(target=_announce, args=(boot, started_at), daemon=True).start())
    # A service manager stops all processes at once: a worker that has ended then is no error.
    logging.getLogger("_granian").addFilter(lambda record: not server.interrupt_signal)
    try:
        server.serve(target_loader=partial(_application, boot), wrap_loader=False)
    except SystemExit:
        if not server.interrupt_signal:
            raise Unusable(
                f"The server stopped because its worker processes ended; the reason is in {boot.data / 'logs'}."
            ) from None
    click.echo("Stopped.")


def _server(boot: "BootSettings") -> Any:
    from granian import Granian
    from granian.constants import Interfaces, SSLProtocols
    from granian.http import HTTP1Settings, HTTP2Settings
    from granian.log import LogLevels

    return Granian(
        "keyhouse.server:application",
        address=address_of(boot.host, boot.port)[0],
        port=boot.port,
        interface=Interfaces.WSGI,
        workers=boot.workers,
        blocking_threads=boot.threads,
        websockets=False,
        http1_settings=HTTP1Settings(max_buffer_size=_LARGEST_HEADER_BYTES),
        http2_settings=HTTP2Settings(max_headers_size=_LARGEST_HEADER_BYTES),
        # No access log: a request line may hold what a client should not have put into a URL. Audit has the rest.
        log_access=False,
        log_level=LogLevels.error,
        log_dictconfig={"handlers": dict.fromkeys(("console", "access"), _TO_STDERR)},
        ssl_cert=Path(boot.tls_cert) if boot.tls_cert else None,
        ssl_key=Path(boot.tls_key) if boot.tls_key else None,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        workers_kill_timeout=_SECONDS_TO_FINISH,
    )


def _application(boot: "BootSettings") -> "Application":
    """Build the application in a worker process, which runs no `atexit` function but multiprocessing's own."""
    from keyhouse.logs import start_logging
    from keyhouse.server import build

    # Ctrl-C at a terminal reaches every process; the first one alone decides when the others stop.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    start_logging(boot.data / "logs")
    try:
        return build(boot, at_exit=lambda stop: Finalize(None, stop, exitpriority=10))
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        logging.getLogger("keyhouse").critical("The site cannot be built: %s: %s", type(error).__name__, error)
        raise SystemExit(Unusable.exit_code) from None


def _end_with_parent() -> None:
    """Stop this worker when the first process was killed, or it would hold the port for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _announce(boot: "BootSettings", started_at: float) -> None:
    address = address_of(boot.host, boot.port)
    while time.monotonic() - started_at < _SECONDS_TO_START:
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            time.sleep(0.02)
            continue
        click.echo(f"Keyhouse is at {boot.url}/ ({time.monotonic() - started_at:.1f} s). Stop it with Ctrl-C.")
        return
