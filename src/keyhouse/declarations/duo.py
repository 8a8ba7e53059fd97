"""The Data Use Ontology of the GA4GH: the words in which data sets say for what they may be used (EBISPOT/DUO).

Offered where an administrator lists the purposes of a folder; a purpose is kept as the text that `Term.purpose` gives.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One term; `shorthand` is by what data access committees know it, where they do."""

    code: str
    shorthand: str
    label: str

    @property
    def purpose(self) -> str:
        """The term as a purpose in the list of a folder."""
        return f"{self.label} ({', '.join(each for each in (self.code, self.shorthand) if each)})"


PERMISSIONS = (
    Term("DUO:0000004", "NRES", "no restriction"),
    Term("DUO:0000042", "GRU", "general research use"),
    Term("DUO:0000006", "HMB", "health or medical or biomedical research"),
    Term("DUO:0000007", "DS", "disease specific research"),
    Term("DUO:0000011", "POA", "population origins or ancestry research only"),
)
"""For what data may be used."""

INVESTIGATIONS = (
    Term("DUO:0000037", "", "biomedical research"),
    Term("DUO:0000040", "", "disease category research"),
    Term("DUO:0000038", "", "genetic research"),
    Term("DUO:0000039", "", "drug development research"),
    Term("DUO:0000031", "", "method development"),
    Term("DUO:0000032", "", "population research"),
    Term("DUO:0000033", "", "ancestry research"),
    Term("DUO:0000034", "", "age category research"),
    Term("DUO:0000035", "", "gender category research"),
    Term("DUO:0000036", "", "research control"),
)
"""What an investigation is about: what who asks for data says of their own work."""

MODIFIERS = (
    Term("DUO:0000012", "RS", "research specific restrictions"),
    Term("DUO:0000015", "NMDS", "no general methods research"),
    Term("DUO:0000016", "GSO", "genetic studies only"),
    Term("DUO:0000018", "NPUNCU", "not for profit, non commercial use only"),
    Term("DUO:0000019", "PUB", "publication required"),
    Term("DUO:0000020", "COL", "collaboration required"),
    Term("DUO:0000021", "IRB", "ethics approval required"),
    Term("DUO:0000022", "GS", "geographical restriction"),
    Term("DUO:0000024", "MOR", "publication moratorium"),
    Term("DUO:0000025", "TS", "time limit on use"),
    Term("DUO:0000026", "US", "user specific restriction"),
    Term("DUO:0000027", "PS", "project specific restriction"),
    Term("DUO:0000028", "IS", "institution specific restriction"),
    Term("DUO:0000029", "RTN", "return to database or resource"),
    Term("DUO:0000043", "CC", "clinical care use"),
    Term("DUO:0000044", "NPOA", "population origins or ancestry research prohibited"),
    Term("DUO:0000045", "NPU", "not for profit organisation use only"),
    Term("DUO:0000046", "NCU", "non-commercial use only"),
)
"""Conditions on that use."""


def find(text: str) -> Term | None:
    """Return the term of a code or a shorthand, in any letter case."""
    wanted = text.strip().casefold()
    return next((each for each in PERMISSIONS + INVESTIGATIONS + MODIFIERS if wanted in _names(each)), None)


def _names(term: Term) -> set[str]:
    return {term.code.casefold(), term.shorthand.casefold()} - {""}
