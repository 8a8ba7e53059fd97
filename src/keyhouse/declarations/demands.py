"""What one folder demands by itself: read it, change it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from django.db import transaction

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.models import Folder
from keyhouse.core.assurance import Assurance
from keyhouse.core.caller import Caller
from keyhouse.core.phi import PhiColumns
from keyhouse.declarations import fetch, pattern
from keyhouse.declarations.lock import lock
from keyhouse.declarations.models import FolderDemand

MOST_PURPOSES = 100
LONGEST_PURPOSE = 200
LONGEST_HINT = 200
LONGEST_MEANING = 2000
MOST_LAPSE_DAYS = 3650


class DemandError(Exception):
    """A folder cannot demand this; the text says why."""


@dataclass(frozen=True)
class OwnDemand:
    """What one folder demands by itself, on top of what the folders above it do; see `models.FolderDemand`."""

    wants_purpose: bool = False
    purposes: tuple[str, ...] = ()
    wants_irb_number: bool = False
    irb_pattern: str = ""
    irb_hint: str = ""
    wants_phi_level: bool = False
    wants_signature: bool = False
    meaning: str = ""
    requires_phi_roles: bool = False
    phi_columns: PhiColumns | None = None
    lapse_days: int | None = None
    assurance: Assurance = Assurance.UNKNOWN


NO_DEMAND = OwnDemand()


class Demands:
    """What can be done with what folders demand; built once by the composition root."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def own(self, folder: Folder) -> OwnDemand:
        """Return what this very folder demands; `fetch.demanded_in` has that of the folders above as well."""
        row = FolderDemand.objects.filter(folder=folder).first()
        return NO_DEMAND if row is None else _read(row)

    def check(self, folder: Folder, wanted: OwnDemand) -> None:
        """Raise `DemandError` where a folder cannot demand this."""
        _check(folder, _tidied(wanted))

    def change(self, folder: Folder, wanted: OwnDemand, caller: Caller) -> dict[str, tuple[Any, Any]]:
        """Let a folder demand this, from the next request on; return what really changed, old and new.

        Raises `DemandError`. A demand of nothing takes the row away, so declarations are those of the folder above.
        """
        wanted = _tidied(wanted)
        with transaction.atomic():
            lock(folder)
            _check(folder, wanted)
            old = self.own(folder)
            changed = {
                each.name: (getattr(old, each.name), getattr(wanted, each.name))
                for each in fields(OwnDemand)
                if getattr(old, each.name) != getattr(wanted, each.name)
            }
            if changed:
                _write(folder, wanted)
                self._record(folder, changed, caller)
        return changed

    def _record(self, folder: Folder, changed: Mapping[str, tuple[Any, Any]], caller: Caller) -> None:
        comment = f"What {folder.path} demands to be declared was changed: {', '.join(changed)}."
        details = {
            "old": {name: old for name, (old, _new) in changed.items()},
            "new": {name: new for name, (_old, new) in changed.items()},
        }
        self._recorder.record(Event(Kind.DEMAND_CHANGED, caller, comment, folder=folder.path, details=details))


def _read(row: FolderDemand) -> OwnDemand:
    return OwnDemand(
        **{each.name: getattr(row, each.name) for each in fields(OwnDemand)}
        | {
            "purposes": tuple(row.purposes),
            "phi_columns": PhiColumns(row.phi_columns) if row.phi_columns else None,
            "assurance": Assurance(row.assurance),
        }
    )


def _write(folder: Folder, wanted: OwnDemand) -> None:
    if wanted == NO_DEMAND:
        FolderDemand.objects.filter(folder=folder).delete()
        return
    values = {each.name: getattr(wanted, each.name) for each in fields(OwnDemand)}
    values |= {"purposes": list(wanted.purposes), "phi_columns": wanted.phi_columns or ""}
    values["assurance"] = wanted.assurance.value
    FolderDemand.objects.update_or_create(folder=folder, defaults=values)


def _tidied(wanted: OwnDemand) -> OwnDemand:
    purposes = dict.fromkeys(" ".join(each.split()) for each in wanted.purposes)
    return replace(
        wanted,
        purposes=tuple(each for each in purposes if each),
        irb_pattern=wanted.irb_pattern.strip(),
        irb_hint=" ".join(wanted.irb_hint.split()),
        meaning=wanted.meaning.replace("\r\n", "\n").strip(),
    )


def _check(folder: Folder, wanted: OwnDemand) -> None:
    _check_texts(wanted)
    _check_pattern(wanted)
    if wanted.purposes and not wanted.wants_purpose:
        raise DemandError("There is a list of purposes, but no purpose is demanded: demand it, or empty the list.")
    above = fetch.demanded_above(folder).demand
    foreign = [each for each in wanted.purposes if above.purposes and each not in above.purposes]
    if foreign:
        raise DemandError(
            f"The purpose '{foreign[0]}' is not in the list of the folders above, which a folder can only make shorter."
        )
    if wanted.lapse_days is not None and not 1 <= wanted.lapse_days <= MOST_LAPSE_DAYS:
        raise DemandError(f"Declarations of API keys lapse after 1 to {MOST_LAPSE_DAYS} days, or never.")


def _check_texts(wanted: OwnDemand) -> None:
    if len(wanted.purposes) > MOST_PURPOSES:
        raise DemandError(f"A list of purposes has at most {MOST_PURPOSES} lines.")
    limits = [(each, LONGEST_PURPOSE, "A purpose") for each in wanted.purposes]
    limits += [
        (wanted.irb_pattern, pattern.LONGEST_PATTERN, "The pattern for IRB numbers"),
        (wanted.irb_hint, LONGEST_HINT, "The hint for the IRB number"),
        (wanted.meaning, LONGEST_MEANING, "The meaning of a signature"),
    ]
    for text, limit, name in limits:
        if len(text) > limit:
            raise DemandError(f"{name} has at most {limit} characters.")
        if not text.replace("\n", " ").isprintable():
            raise DemandError(f"{name} has a character that cannot be shown.")


def _check_pattern(wanted: OwnDemand) -> None:
    if not wanted.irb_pattern:
        return
    if not wanted.wants_irb_number:
        raise DemandError("There is a pattern for IRB numbers, but none is demanded: demand it, or empty the pattern.")
    if not wanted.irb_hint:
        raise DemandError("Say in the hint what an IRB number looks like, for whom the pattern refuses one.")
    try:
        pattern.read(wanted.irb_pattern)
    except pattern.BadPattern as error:
        raise DemandError(f"The pattern for IRB numbers cannot be read. {error}") from None
