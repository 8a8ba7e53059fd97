"""The table of rules: the id of each, how bad it is, and what it is about. The reference in the docs is made of it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; an error makes `keyhouse check` exit with 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Rule:
    """One thing that is checked."""

    id: str
    severity: Severity
    about: str


@dataclass(frozen=True)
class Finding:
    """One thing that was found: which rule, what exactly, and what to do about it."""

    rule: Rule
    what: str
    remedy: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule("KH001", _E, "The boot settings cannot be read"),
        Rule("KH002", _E, "The data directory cannot be used"),
        Rule("KH003", _E, "Others can enter the data directory"),
        Rule("KH004", _E, "Others can read secret.key"),
        Rule("KH005", _E, "Others can read the database file"),
        Rule("KH006", _E, "The database cannot be used"),
        Rule("KH007", _E, "The database is not up to date"),
        Rule("KH008", _W, "Others can read keyhouse.toml"),
        Rule("KH010", _E, "Plain HTTP on an address that other machines reach"),
        Rule("KH011", _W, "Cookies are not marked Secure"),
        Rule("KH012", _W, "The address of the site is not set"),
        Rule("KH013", _E, "Headers of every address are believed"),
        Rule("KH015", _E, "The TLS certificate cannot be used"),
        Rule("KH016", _W, "The TLS certificate ends soon"),
        Rule("KH017", _E, "Others can read the TLS key"),
        Rule("KH018", _N, "Several workers share one SQLite file"),
        Rule("KH019", _W, "Mail is written to a folder"),
        Rule("KH020", _W, "The password of the mail server travels unencrypted"),
        Rule("KH030", _E, "Nobody is a site administrator"),
        Rule("KH031", _E, "Every site administrator is deactivated"),
        Rule("KH032", _E, "Guests may change data"),
        Rule("KH040", _W, "API keys never expire"),
        Rule("KH041", _W, "All API keys are refused"),
        Rule("KH042", _W, "Idle sessions live longer than NIST SP 800-63B-4 allows at AAL2"),
        Rule("KH043", _W, "Sessions live longer than NIST SP 800-63B-4 allows at AAL2"),
        Rule("KH044", _N, "Older keys live longer than a new one may"),
        Rule("KH050", _E, "A source cannot be read"),
        Rule("KH051", _E, "The address of a source cannot be decrypted"),
        Rule("KH052", _N, "A source is writable"),
    )
}


def found(rule_id: str, what: str, remedy: str) -> Finding:
    """Make a finding of a rule."""
    return Finding(RULES[rule_id], what, remedy)
