"""Open a site for one command, and say in its own words what is wrong when it cannot be used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli.command import data_directory
from keyhouse.cli.failure import Failure, Unusable, Wrong

if TYPE_CHECKING:
    from keyhouse.core.caller import Caller
    from keyhouse.settings import BootSettings
    from keyhouse.web.site import Site

_EXTRA = "This command needs the server. Install it with: pip install 'keyhouse[server]'"


@contextmanager
def explained() -> Iterator[None]:
    """Turn the errors of the services into one line and an exit code."""
    try:
        yield
    except click.exceptions.Exit:
        raise
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("keyhouse"):
            raise
        raise Unusable(_EXTRA) from error
    except Exception as error:
        failure = _failure_of(error)
        if failure is None:
            raise
        raise failure from error


def load_boot(overrides: dict[str, Any] | None = None) -> "BootSettings":
    """Read the boot settings of the data directory that the command was given."""
    from keyhouse.settings import load

    return load(data_directory(), overrides)


@contextmanager
def open_site() -> Iterator["Site"]:
    """Build the services of the site and close them again; refuse a database that is not up to date."""
    private_files()
    with explained():
        boot = load_boot()
        _check_up_to_date(boot)
        from keyhouse.server import site_of

        site = site_of(boot, has_pages=False)
        try:
            yield site
        finally:
            site.registry.close()
            close_connections()


def caller() -> "Caller":
    """Return who acts, for the audit log: the login of the operating system, through sudo or not."""
    from keyhouse.core.caller import operator

    try:
        import pwd

        login = pwd.getpwuid(os.getuid()).pw_name
    except ImportError:
        login = os.environ.get("USERNAME", "somebody")
    except KeyError:
        login = f"uid {os.getuid()}"
    behind = os.environ.get("SUDO_USER", "")
    return operator(f"{login}, sudo by {behind[:64]}" if behind and behind != login else login)


def private_files() -> None:
    """Let nobody else read what this process creates: database, logs, mail, netrc files."""
    os.umask(0o077)


def close_connections() -> None:
    """Close the connections to the site's own database, where the site was started at all."""
    from django.conf import settings
    from django.db import connections

    if settings.configured:
        connections.close_all()


def _check_up_to_date(boot: "BootSettings") -> None:
    from keyhouse.settings.prepare import is_up_to_date

    if not is_up_to_date(boot):
        raise Unusable(f"The database of this site is not up to date. Run: keyhouse init --data {boot.data}")


def _failure_of(error: Exception) -> Failure | None:
    from keyhouse.settings import SettingsError

    if isinstance(error, SettingsError):
        return Unusable(str(error))
    from django.conf import settings

    if settings.configured:
        return _service_failure(error)
    return None


def _service_failure(error: Exception) -> Failure | None:
    from django.db import DatabaseError

    from keyhouse.accounts.names import AccountError, GroupNotFound, UserNotFound
    from keyhouse.authz.assignments import RoleError
    from keyhouse.authz.folders import FolderError, FolderNotFound
    from keyhouse.data import SourceError
    from keyhouse.declarations.demands import DemandError
    from keyhouse.declarations.terms import TermsError
    from keyhouse.keys.labkey_import import ImportFailed
    from keyhouse.signin.entered import ConfigurationError, ConfigurationNotFound
    from keyhouse.signin.factors.bypass import BypassError
    from keyhouse.siteconfig import SiteSettingError
    from keyhouse.sources.attach import AttachError, SourceNotFound

    if isinstance(error, DatabaseError):
        reason = str(error).strip().partition("\n")[0]
        return Unusable(f"The database of this site cannot be used: {reason}. Look for causes with: keyhouse check")
    if isinstance(error, FolderNotFound):
        return Wrong(f"{error}. List the folders with: keyhouse folder list")
    if isinstance(error, ConfigurationNotFound):
        return Wrong(f"{error} List them with: keyhouse sign-in list")
    if isinstance(error, UserNotFound | GroupNotFound | SourceNotFound):
        kinds = {UserNotFound: "user", GroupNotFound: "group", SourceNotFound: "source"}
        return Wrong(f"{error} List them with: keyhouse {kinds[type(error)]} list")
    told = (
        BypassError,
        AccountError,
        AttachError,
        DemandError,
        FolderError,
        ImportFailed,
        RoleError,
        SiteSettingError,
        SourceError,
    )
    if isinstance(error, (*told, ConfigurationError, TermsError)):
        return Wrong(str(error))
    return None
