"""Make the site of the demonstration, or use the one that is there: accounts, the trial's database, settings."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from keyhouse.cli.failure import Unusable
from keyhouse.cli.site import caller, close_connections

if TYPE_CHECKING:
    from keyhouse.settings import BootSettings
    from keyhouse.web.site import Site

ADMIN = "admin@example.org"
ANALYST = "analyst@example.org"
DESCRIPTION = "Demonstration"
SOURCE = "pbc"
FOLDER = "/home"
CONTEXT_PATH = "/labkey"
_MARK = "demonstration"
_DATABASE = "pbc.sqlite3"


@dataclass(frozen=True)
class Made:
    """What the demonstration may tell; a password that is not known any more is None."""

    is_new: bool
    admin_password: str | None = field(repr=False)
    analyst_password: str = field(repr=False)


def prepare(data: Path) -> Made:
    """Make what lacks. The analyst gets a new password, and keys of earlier runs are revoked."""
    is_new = _make_directory(data)
    boot = _boot(data)
    from keyhouse.server import site_of
    from keyhouse.settings.prepare import bring_up_to_date

    bring_up_to_date(boot)
    site = site_of(boot, has_pages=False)
    try:
        admin_password = _account(site, ADMIN, is_admin=True)
        analyst_password = _account(site, ANALYST, is_admin=False) or _new_password(site, ANALYST)
        _attach(site, boot)
        _allow_keys(site)
        _revoke_earlier_keys(site)
    finally:
        site.registry.close()
        close_connections()
    return Made(is_new, admin_password, analyst_password)


def _make_directory(data: Path) -> bool:
    from keyhouse.settings.prepare import make_data_directory
    from keyhouse.settings.secret import FILE_NAME

    is_new = not (data / FILE_NAME).exists()
    # The demonstration gives passwords to accounts and revokes keys: it must never do that to a real site.
    if not is_new and not (data / _MARK).exists():
        raise Unusable(f"{data} is the data directory of a site of yours. Give the demonstration another: --data DIR")
    make_data_directory(data)
    (data / _MARK).touch()
    return is_new


def _boot(data: Path) -> "BootSettings":
    from keyhouse.settings import load
    from keyhouse.settings.boot import FILE_NAME

    file = data / FILE_NAME
    text = file.read_text("utf-8")
    line = f'context_path = "{CONTEXT_PATH}"\n'
    if f"\n{line}" not in text:
        file.write_text(f"{text}\n{line}", "utf-8")
    return load(data, environ={})


def _account(site: "Site", email: str, is_admin: bool) -> str | None:
    from keyhouse.accounts.models import User

    if User.objects.filter(email=email).exists():
        return None
    password = _random_password()
    site.users.add(email, caller(), password, is_site_admin=is_admin)
    return password


def _new_password(site: "Site", email: str) -> str:
    from keyhouse.accounts.users import find

    user, password = find(email), _random_password()
    site.users.set_password(user, password, caller())
    if not user.is_active:
        site.users.reactivate(user, caller())
    return password


def _random_password() -> str:
    return secrets.token_urlsafe(12)


def _attach(site: "Site", boot: "BootSettings") -> None:
    from keyhouse.authz.folders import find
    from keyhouse.demo_data import build
    from keyhouse.sources.models import AttachedSource

    try:
        build(boot.data / _DATABASE)
    except FileExistsError as error:
        raise Unusable(f"{error}.") from None
    folder = find(FOLDER)
    if not AttachedSource.objects.filter(folder=folder, name=SOURCE).exists():
        site.sources.add(SOURCE, f"sqlite:///{_DATABASE}", folder, caller())


def _allow_keys(site: "Site") -> None:
    from keyhouse.siteconfig import store

    store.change({"allowApiKeys": True, "refuseAllApiKeys": False}, caller(), site.recorder)


def _revoke_earlier_keys(site: "Site") -> None:
    from keyhouse.keys.models import ApiKey

    site.api_keys.revoke(list(ApiKey.objects.filter(owner__email=ANALYST, description=DESCRIPTION)), caller())
