"""Bring the API keys of a LabKey Server along: digests only, so every script keeps working and no secret travels.

The file is ``core.APIKeys`` joined with ``core.Users`` as CSV, with the columns Email (or Owner), Crypt, Created,
Expiration and Description; Crypt is ``sha256:`` and 64 hexadecimal digits.
"""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.keys.issue import shortened
from keyhouse.keys.models import ApiKey

_CRYPT = re.compile(r"sha256:([0-9a-f]{64})\Z", re.IGNORECASE)


class ImportFailed(Exception):
    """The file cannot be imported; the text names the line and what would be right. Nothing was imported."""


@dataclass
class ImportReport:
    """What an import did."""

    imported: int = 0
    known_already: int = 0
    unknown_owners: set[str] = field(default_factory=set)


def import_labkey_keys(file: Path, caller: Caller, recorder: Recorder, clock: Callable[[], datetime]) -> ImportReport:
    """Import all keys of the file in one transaction; keys of unknown owners are left out and named."""
    report = ImportReport()
    with transaction.atomic():
        for line, values in _rows(file):
            _import_row(values, line, report, clock())
        if report.imported:
            comment = f"{report.imported} keys of a LabKey Server were imported."
            recorder.record(Event(Kind.KEY_IMPORTED, caller, comment, details={"imported": report.imported}))
    return report


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            for row in reader:
                values = {name.strip().lower(): value for name, value in row.items() if name and isinstance(value, str)}
                yield reader.line_num, {name: value.strip() for name, value in values.items()}
    except OSError as error:
        raise ImportFailed(f"{file} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportFailed(f"{file} is no CSV file in UTF-8: {error}.") from None


def _import_row(values: dict[str, str], line: int, report: ImportReport, now: datetime) -> None:
    crypt = _CRYPT.match(values.get("crypt", ""))
    if crypt is None:
        raise ImportFailed(f"Line {line}: the column Crypt must be 'sha256:' and 64 hexadecimal digits.")
    email = (values.get("email") or values.get("owner") or values.get("createdby") or "").lower()
    owner = User.objects.filter(email=email).first()
    if owner is None:
        report.unknown_owners.add(email or f"(no owner in line {line})")
        return
    stored = crypt.group(1).lower()
    _, is_new = ApiKey.objects.get_or_create(
        digest=stored,
        defaults={
            "key_id": f"lk{stored[:16]}",
            "owner": owner,
            "description": shortened(values.get("description", "")),
            "created_at": _moment(values.get("created", ""), line) or now,
            "expires_at": _moment(values.get("expiration", ""), line),
        },
    )
    report.imported += is_new
    report.known_already += not is_new


def _moment(text: str, line: int) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise ImportFailed(f"Line {line}: '{text[:40]}' is no date; write it like 2026-12-31 23:59:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
