"""Read and change site settings. Every read asks the database, so that a change holds on the next request."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.siteconfig.models import SiteSetting
from keyhouse.siteconfig.options import OPTIONS, SiteOption, SiteSettingError, SiteSettings

_TRUE = {"true", "1", "on", "yes"}
_FALSE = {"false", "0", "off", "no", ""}
# Ten years in seconds, and 300 terabytes in megabytes: what is larger is a slip of the pen.
_LARGEST = 10 * 365 * 86_400


def read() -> SiteSettings:
    """Return the site settings as they are now; what was never set has its default."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, value FROM keyhouse_site_setting")
        stored = {name: json.loads(value) for name, value in cursor.fetchall()}
    return SiteSettings(**{option.field: stored.get(option.name, option.default) for option in OPTIONS})


def stored_names() -> set[str]:
    """Return the names of the settings that somebody has set."""
    return set(SiteSetting.objects.values_list("name", flat=True))


def parse(name: str, text: str) -> bool | int | str:
    """Read the value of one setting from text.

    Raises `SiteSettingError` for an unknown name (names match without regard to case) or a value of the wrong type.
    """
    option = find(name)
    if isinstance(option.default, bool):
        return _flag(option, text)
    if isinstance(option.default, int):
        return _number(option, text)
    if option.choices:
        return _choice(option, text)
    if option.may_be_empty and not text.strip():
        return ""
    # A line end in the site's name would begin a new header of the mail that bears it.
    if not text.strip() or len(text) > 100 or not text.strip().isprintable():
        raise SiteSettingError(f"{option.name} must be a text of 1 to 100 characters in one line.")
    return text.strip()


def find(name: str) -> SiteOption:
    """Return the option of this name, matched without regard to case, or raise `SiteSettingError`."""
    for option in OPTIONS:
        if option.name.lower() == name.lower():
            return option
    raise SiteSettingError(f"There is no site setting '{name}'. Known: {', '.join(option.name for option in OPTIONS)}.")


def change(values: Mapping[str, Any], caller: Caller, recorder: Recorder) -> dict[str, tuple[Any, Any]]:
    """Set these settings (by wire name) in one transaction and audit old and new values; return what really changed."""
    changed: dict[str, tuple[Any, Any]] = {}
    with transaction.atomic():
        before = read()
        for name, value in values.items():
            option = find(name)
            old = getattr(before, option.field)
            if old == value:
                continue
            changed[option.name] = (old, value)
            SiteSetting.objects.update_or_create(name=option.name, defaults={"value": value})
            details = {"setting": option.name, "old": old, "new": value}
            comment = f"Site setting {option.name} changed from {old} to {value}."
            recorder.record(Event(Kind.SETTING_CHANGED, caller, comment, details=details))
    return changed


def _choice(option: SiteOption, text: str) -> str:
    chosen = text.strip().lower()
    if chosen not in option.choices:
        raise SiteSettingError(f"{option.name} must be {' or '.join(option.choices)}, not '{text[:50]}'.")
    return chosen


def _flag(option: SiteOption, text: str) -> bool:
    if text.strip().lower() in _TRUE:
        return True
    if text.strip().lower() in _FALSE:
        return False
    raise SiteSettingError(f"{option.name} must be true or false, not '{text}'.")


def _range(option: SiteOption) -> str:
    if option.minimum == -1:
        return "it must be at least 1, or -1"
    return f"it must be at least {option.minimum} and at most {_LARGEST}"


def _number(option: SiteOption, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise SiteSettingError(f"{option.name} must be a whole number, not '{text}'.") from None
    too_small = option.minimum is not None and number < option.minimum
    if too_small or number > _LARGEST or (option.minimum == -1 and number == 0):
        raise SiteSettingError(f"{option.name} is {number}, which is out of range: {_range(option)}. {option.doc}")
    return number
