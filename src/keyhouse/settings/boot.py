"""One table of boot settings that feeds `keyhouse.toml`, the environment, `keyhouse settings show` and the docs.

The environment wins over the file, the file over the default; a command's own option wins over all.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any

FILE_NAME = "keyhouse.toml"
PREFIX = "KEYHOUSE_"
_CONTEXT_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_BASE_URL = re.compile(r"https?://[^\s/?#@\\]+(/[^\s?#\\]*)?")


class SettingsError(Exception):
    """A boot setting is wrong; the text says which, where it came from and what would be right."""


@dataclass(frozen=True)
class Option:
    """One boot setting: its name, what it means, and its default (whose type is the option's type)."""

    name: str
    doc: str
    default: str | int | bool | tuple[str, ...]
    is_secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that sets this option."""
        return PREFIX + self.name.upper()


OPTIONS: tuple[Option, ...] = (
    Option("host", "Address to listen on.", "127.0.0.1"),
    Option("port", "TCP port to listen on.", 8080),
    Option("context_path", "Path under which the site lives, such as /labkey; empty for the root.", ""),
    Option("workers", "Worker processes.", 1),
    Option("threads", "Request threads in each worker process.", 16),
    Option("tls_cert", "PEM file with the TLS certificate chain; with tls_key, the server speaks HTTPS itself.", ""),
    Option("tls_key", "PEM file with the TLS private key.", ""),
    Option(
        "base_url",
        "Address that people type, such as https://data.example.org/labkey; links in mail begin with it. "
        "Empty: taken from host, port and context_path.",
        "",
    ),
    Option(
        "trusted_proxies",
        "Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
        (),
    ),
    Option(
        "database_url",
        "Keyhouse's own database, postgresql://user@host/name; empty for SQLite in the data directory.",
        "",
        is_secret=True,
    ),
    Option(
        "lists_database_url",
        "Database that holds the rows of lists, postgresql://user@host/name; empty for SQLite in the data directory.",
        "",
        is_secret=True,
    ),
    Option(
        "smtp_url",
        "Mail server, smtp://user:password@host:587?tls=1; empty to write mail to the data directory.",
        "",
        is_secret=True,
    ),
    Option("mail_from", "Sender of the mail that Keyhouse writes.", "keyhouse@localhost"),
    Option("query_timeout_seconds", "Longest time that one query of an attached source may take.", 60),
    Option("files_directory", "Directory of the files that folders hold; empty for `files` in the data directory.", ""),
    Option("maximum_body_bytes", "Largest request body that is read.", 64 * 1024 * 1024),
    Option("maximum_upload_bytes", "Largest request body with files that is read.", 256 * 1024 * 1024),
)


@dataclass(frozen=True)
class BootSettings:
    """All boot settings, typed and frozen; `origins` tells where each value came from."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8080
    context_path: str = ""
    workers: int = 1
    threads: int = 16
    tls_cert: str = ""
    tls_key: str = ""
    base_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    database_url: str = field(default="", repr=False)
    lists_database_url: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)
    mail_from: str = "keyhouse@localhost"
    query_timeout_seconds: int = 60
    files_directory: str = ""
    maximum_body_bytes: int = 64 * 1024 * 1024
    maximum_upload_bytes: int = 256 * 1024 * 1024
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_tls(self) -> bool:
        """Tell whether browsers reach the site over HTTPS, by our own TLS or by the address that people type."""
        return bool(self.tls_cert) or self.base_url.startswith("https://")

    @property
    def lists_url(self) -> str:
        """Where the rows of lists are; a relative path counts from the data directory."""
        return self.lists_database_url or "sqlite:///lists.sqlite3"

    @property
    def files_root(self) -> Path:
        """The directory below which each folder has its files; a relative path counts from the data directory."""
        return self.data / (self.files_directory or "files")

    @property
    def url(self) -> str:
        """The address of the site, without a slash at the end."""
        if self.base_url:
            return self.base_url.rstrip("/")
        shown = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        bracketed = f"[{shown}]" if ":" in shown else shown
        return f"{'https' if self.tls_cert else 'http'}://{bracketed}:{self.port}{self.context_path}"


def load(
    data: Path, overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ
) -> BootSettings:
    """Read the boot settings of a data directory.

    Raises `SettingsError` for a file that cannot be parsed, an unknown name or a value of the wrong type.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {option.name: "default" for option in OPTIONS}
    file = data / FILE_NAME
    for origin, layer in (
        (str(file), _from_file(file)),
        ("environment", _from_environment(environ)),
        ("command line", {name: value for name, value in (overrides or {}).items() if value is not None}),
    ):
        for name, raw in layer.items():
            option = _option(name, origin)
            values[name] = _coerced(option, raw, option.variable if origin == "environment" else origin)
            origins[name] = option.variable if origin == "environment" else origin
    settings = BootSettings(data=data.absolute(), origins=origins, **values)
    return _checked(settings)


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{file} is not valid TOML: {error}. Correct it, or move it aside to use defaults."
        ) from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}. Check its owner and permissions.") from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    names = {option.variable: option.name for option in OPTIONS}
    return {names[variable]: value for variable, value in environ.items() if variable in names}


def _option(name: str, origin: str) -> Option:
    for option in OPTIONS:
        if option.name == name:
            return option
    known = ", ".join(option.name for option in OPTIONS)
    raise SettingsError(f"{origin}: there is no setting '{name}'. Known settings: {known}.")


def _coerced(option: Option, raw: Any, origin: str) -> Any:
    kind = type(option.default)
    if kind is tuple:
        items = raw.split(",") if isinstance(raw, str) else raw
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items if item.strip())
        raise SettingsError(f"{origin}: '{option.name}' must be a list of strings.")
    if kind is int:
        try:
            return int(raw) if not isinstance(raw, bool | float) else _refuse(option, origin, "a whole number")
        except (TypeError, ValueError):
            _refuse(option, origin, "a whole number")
    return raw if isinstance(raw, str) else _refuse(option, origin, "a string")


def _refuse(option: Option, origin: str, wanted: str) -> Any:
    raise SettingsError(f"{origin}: '{option.name}' must be {wanted}. {option.doc}")


def _checked(settings: BootSettings) -> BootSettings:
    path = settings.context_path
    if path and not _CONTEXT_PATH.fullmatch(path):
        raise SettingsError(
            f"context_path is '{path}': it must begin with a slash and not end with one, such as /labkey."
        )
    if settings.base_url and not _BASE_URL.fullmatch(settings.base_url):
        raise SettingsError(
            f"base_url is '{settings.base_url}': write the whole address, such as https://data.example.org{path}."
        )
    for network in settings.trusted_proxies:
        _check_network(network)
    if not 0 < settings.port < 65536:
        raise SettingsError(f"port is {settings.port}: it must be between 1 and 65535.")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise SettingsError("tls_cert and tls_key go together: set both, or neither.")
    for name in ("workers", "threads", "query_timeout_seconds", "maximum_body_bytes", "maximum_upload_bytes"):
        if getattr(settings, name) < 1:
            raise SettingsError(f"{name} is {getattr(settings, name)}: it must be at least 1.")
    return settings


def _check_network(network: str) -> None:
    try:
        ip_network(network, strict=False)
    except ValueError:
        raise SettingsError(
            f"trusted_proxies has '{network}': write addresses or networks, such as 127.0.0.1 or 10.0.0.0/8."
        ) from None


assert {option.name for option in OPTIONS} == {f.name for f in fields(BootSettings)} - {"data", "origins"}
