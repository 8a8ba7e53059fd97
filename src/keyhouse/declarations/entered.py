"""What a person enters into a declaration, and whether it meets what is demanded."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from keyhouse.compliance.declaring import Item
from keyhouse.core.phi import PhiLevel
from keyhouse.declarations import pattern
from keyhouse.declarations.form import Form

LONGEST_PURPOSE = 2000
LONGEST_IRB_NUMBER = 100
LONGEST_NAME = 200
TERMS_CHANGED = "The terms changed while you read them. Read them again before you accept them."


class Problem(NamedTuple):
    """One thing that is wrong: the wire name of the item (empty: the whole), and a sentence that says what to do."""

    field: str
    text: str


@dataclass(frozen=True)
class Entered:
    """What a person entered. `accepted` are the digests of the terms that were shown and that the person accepts."""

    purpose: str = ""
    irb_number: str = ""
    phi_level: PhiLevel | None = None
    printed_name: str = ""
    accepted: frozenset[str] = frozenset()

    @property
    def tidied(self) -> "Entered":
        """The same without blanks around and between what is one line."""
        return replace(
            self,
            purpose=self.purpose.replace("\r\n", "\n").strip(),
            irb_number=" ".join(self.irb_number.split()),
            printed_name=" ".join(self.printed_name.split()),
        )


def problems_of(form: Form, entered: Entered, role_level: PhiLevel) -> list[Problem]:
    """Say what is wrong with a declaration; `role_level` is the highest level of PHI that the person's roles allow."""
    return [
        *terms_problems(form, entered.accepted),
        *_purpose_problems(form, entered.purpose),
        *_irb_problems(form, entered.irb_number),
        *_phi_problems(form, entered.phi_level, role_level),
        *_name_problems(form, entered.printed_name),
    ]


def terms_problems(form: Form, accepted: frozenset[str]) -> Iterator[Problem]:
    """Say what is wrong with the acceptance of the terms."""
    in_force = {each.digest for each in form.demand.terms}
    if accepted - in_force:
        yield Problem(Item.TERMS.value, TERMS_CHANGED)
        return
    for each in form.demand.terms:
        if each.digest not in accepted:
            whose = "this site" if each.place == "/" else each.place
            yield Problem(Item.TERMS.value, f"Read and accept the terms of use of {whose}.")


def _purpose_problems(form: Form, purpose: str) -> Iterator[Problem]:
    name = Item.PURPOSE.value
    if len(purpose) > LONGEST_PURPOSE:
        yield Problem(name, f"A purpose has at most {LONGEST_PURPOSE} characters.")
    elif not _is_readable(purpose):
        yield Problem(name, "The purpose has a character that cannot be shown.")
    elif not form.demand.wants_purpose:
        return
    elif not purpose:
        yield Problem(name, "Say for what purpose you use the data.")
    elif form.demand.purposes and purpose not in form.demand.purposes:
        yield Problem(name, "Choose a purpose from the list.")


def _irb_problems(form: Form, irb_number: str) -> Iterator[Problem]:
    name = Item.IRB_NUMBER.value
    if len(irb_number) > LONGEST_IRB_NUMBER:
        yield Problem(name, f"An IRB number has at most {LONGEST_IRB_NUMBER} characters.")
    elif not irb_number.isprintable():
        yield Problem(name, "The IRB number has a character that cannot be shown.")
    elif form.demand.wants_irb_number and not irb_number:
        yield Problem(name, "Give the IRB number under which you use the data.")
    elif form.demand.wants_irb_number:
        for rule in form.irb_rules:
            if not pattern.read(rule.pattern).matches(irb_number):
                yield Problem(name, f"This is not an IRB number as this folder asks for: {rule.hint}")


def _phi_problems(form: Form, level: PhiLevel | None, role_level: PhiLevel) -> Iterator[Problem]:
    name = Item.PHI_LEVEL.value
    if form.demand.wants_phi_level and level is None:
        yield Problem(name, "Choose the highest level of PHI that you need.")
    elif level is not None and form.demand.requires_phi_roles and level > role_level:
        text = f"Your roles here allow {role_level.label} and no more; choose that, or a lower level."
        yield Problem(name, text)


def _name_problems(form: Form, printed_name: str) -> Iterator[Problem]:
    name = Item.SIGNATURE.value
    if len(printed_name) > LONGEST_NAME:
        yield Problem(name, f"A name has at most {LONGEST_NAME} characters.")
    elif not printed_name.isprintable():
        yield Problem(name, "The name has a character that cannot be shown.")
    elif form.demand.wants_signature and not printed_name:
        yield Problem(name, "Sign by typing your name.")


def _is_readable(text: str) -> bool:
    return text.replace("\n", " ").replace("\t", " ").isprintable()
