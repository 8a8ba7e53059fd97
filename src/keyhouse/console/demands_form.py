"""The form of what a folder demands: read it, and say in words what a change of it means."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from keyhouse.core.assurance import Assurance
from keyhouse.core.phi import PhiColumns
from keyhouse.declarations.demands import MOST_LAPSE_DAYS, OwnDemand
from keyhouse.web.call import Call

NONE, FREE, LISTED = "none", "free", "list"
LEVELS = (
    ("", "In any way"),
    (Assurance.SINGLE.wire_name, "With one factor, on record"),
    (Assurance.TWO_FACTORS.wire_name, "With two factors"),
    (Assurance.PHISHING_RESISTANT.wire_name, "With two factors, phishing-resistant (a passkey)"),
)
LEVEL_NAME = "Level of the sign-in"
_NAMES = {
    "wants_purpose": "Purpose",
    "purposes": "List of purposes",
    "wants_irb_number": "IRB number",
    "irb_pattern": "Pattern of IRB numbers",
    "irb_hint": "The pattern in words",
    "wants_phi_level": "PHI level",
    "wants_signature": "Signature",
    "meaning": "What the signature means",
    "requires_phi_roles": "PHI roles",
    "phi_columns": "Columns above somebody's level",
    "lapse_days": "Days after which a key's declaration lapses",
    "assurance": LEVEL_NAME,
}


@dataclass(frozen=True)
class Sent:
    """What the form holds, as it was typed."""

    purpose: str = NONE
    purposes: str = ""
    wants_irb_number: bool = False
    irb_pattern: str = ""
    irb_hint: str = ""
    try_number: str = ""
    wants_phi_level: bool = False
    requires_phi_roles: bool = False
    phi_columns: str = ""
    wants_signature: bool = False
    meaning: str = ""
    lapse_days: str = ""
    assurance: str = ""

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same as fields of a form that sends it again."""
        flags = {"wants_irb_number", "wants_phi_level", "requires_phi_roles", "wants_signature"}
        pairs = [(each.name, getattr(self, each.name)) for each in fields(self)]
        return [(name, "true" if name in flags else value) for name, value in pairs if value]


def sent_in(call: Call) -> Sent:
    """Return what was typed."""
    said = call.parameters
    return Sent(
        purpose=said.text("purpose", default=NONE),
        purposes=said.text("purposes"),
        wants_irb_number=said.flag("wants_irb_number"),
        irb_pattern=said.text("irb_pattern"),
        irb_hint=said.text("irb_hint"),
        try_number=said.text("try_number"),
        wants_phi_level=said.flag("wants_phi_level"),
        requires_phi_roles=said.flag("requires_phi_roles"),
        phi_columns=said.text("phi_columns"),
        wants_signature=said.flag("wants_signature"),
        meaning=said.text("meaning"),
        lapse_days=said.text("lapse_days").strip(),
        assurance=said.text("assurance"),
    )


def sent_of(own: OwnDemand) -> Sent:
    """Return the form as it stands for what a folder demands now."""
    return Sent(
        purpose=(LISTED if own.purposes else FREE) if own.wants_purpose else NONE,
        purposes="\n".join(own.purposes),
        wants_irb_number=own.wants_irb_number,
        irb_pattern=own.irb_pattern,
        irb_hint=own.irb_hint,
        wants_phi_level=own.wants_phi_level,
        requires_phi_roles=own.requires_phi_roles,
        phi_columns=own.phi_columns.value if own.phi_columns else "",
        wants_signature=own.wants_signature,
        meaning=own.meaning,
        lapse_days=str(own.lapse_days) if own.lapse_days else "",
        assurance=own.assurance.wire_name if own.assurance else "",
    )


def wanted_by(sent: Sent) -> OwnDemand:
    """Return the demand of a form that `problems_of` found nothing wrong with.

    What belongs to something that is not demanded is left out.
    """
    has_irb, has_list = sent.wants_irb_number, sent.purpose == LISTED
    return OwnDemand(
        wants_purpose=sent.purpose in {FREE, LISTED},
        purposes=tuple(line.strip() for line in sent.purposes.splitlines() if line.strip()) if has_list else (),
        wants_irb_number=has_irb,
        irb_pattern=sent.irb_pattern if has_irb else "",
        irb_hint=sent.irb_hint if has_irb else "",
        wants_phi_level=sent.wants_phi_level,
        wants_signature=sent.wants_signature,
        meaning=sent.meaning if sent.wants_signature else "",
        requires_phi_roles=sent.requires_phi_roles,
        phi_columns=PhiColumns(sent.phi_columns) if sent.phi_columns in list(PhiColumns) else None,
        lapse_days=int(sent.lapse_days) if sent.lapse_days else None,
        assurance=Assurance.named(sent.assurance) or Assurance.UNKNOWN,
    )


def problems_of(sent: Sent) -> Iterator[tuple[str, str]]:
    """Say what of a form cannot be read as a demand; the rest is judged where it is kept."""
    if sent.purpose == LISTED and not sent.purposes.strip():
        yield "purposes", "Write at least one purpose, a line each, or let people use their own words."
    days = sent.lapse_days
    is_number = days.isascii() and days.isdecimal() and len(days) <= len(str(MOST_LAPSE_DAYS))
    if days and not (is_number and 1 <= int(days) <= MOST_LAPSE_DAYS):
        yield "lapse_days", f"Give a number of days from 1 to {MOST_LAPSE_DAYS}, or leave this empty."
    if sent.assurance and Assurance.named(sent.assurance) is None:
        yield "assurance", "Choose one of the levels in the list."


def changes(old: OwnDemand, new: OwnDemand) -> list[str]:
    """Say what a change is, a line each."""
    pairs = ((each.name, getattr(old, each.name), getattr(new, each.name)) for each in fields(OwnDemand))
    return [f"{_NAMES[name]}: {_change(before, after)}" for name, before, after in pairs if before != after]


def _change(before: object, after: object) -> str:
    if isinstance(after, bool):
        return "demanded from now on" if after else "not demanded any more"
    return f"{_value(before)} → {_value(after)}"


def _value(value: object) -> str:
    match value:
        case tuple():
            return f"{len(value)} line{'s'[: len(value) != 1]}"
        case Assurance():
            return value.label if value else "not demanded"
        case PhiColumns():
            return "shown without values" if value is PhiColumns.BLANK else "hidden"
        case _:
            return str(value) if value else "nothing"
