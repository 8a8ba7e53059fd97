"""The form of the declaration page: what it asks for, what was typed, and what was declared before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from keyhouse.compliance.declaring import Declared, Demand, Item
from keyhouse.console.demanding import ShownTerms, owners, places_to
from keyhouse.core.permissions import phi_level_of
from keyhouse.core.phi import PhiLevel
from keyhouse.declarations.duo import INVESTIGATIONS, PERMISSIONS
from keyhouse.declarations.entered import TERMS_CHANGED, Entered, Problem
from keyhouse.declarations.form import Form
from keyhouse.web.call import Call

_LEVELS = {
    PhiLevel.NOT_PHI: "Nothing that tells who somebody is.",
    PhiLevel.LIMITED: "Also what narrows down who somebody is, such as dates, ages and places.",
    PhiLevel.FULL: "Also what tells who somebody is, such as names, addresses and record numbers.",
    PhiLevel.RESTRICTED: "Also what the law guards most, such as HIV status or notes of psychotherapy.",
}
_CONTROLS = {
    Item.PURPOSE.value: "purpose",
    Item.IRB_NUMBER.value: "irbNumber",
    Item.PHI_LEVEL.value: "phiLevel",
    Item.SIGNATURE.value: "printedName",
    "keys": "key",
}


@dataclass(frozen=True)
class LevelChoice:
    """One level of PHI to choose."""

    name: str
    label: str
    explanation: str


@dataclass(frozen=True)
class Asked:
    """What the page asks for, and who asks for it."""

    terms: list[ShownTerms]
    purpose_of: str = ""
    purposes: tuple[str, ...] = ()
    irb_of: str = ""
    irb_hints: list[str] = field(default_factory=list)
    irb_patterns: list[str] = field(default_factory=list)
    level_of: str = ""
    levels: list[LevelChoice] = field(default_factory=list)
    highest_level: str = ""
    signature_of: str = ""
    meanings: list[str] = field(default_factory=list)
    lapse_days: int | None = None

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Purposes to pick from where one may also type another."""
        return tuple(term.purpose for term in INVESTIGATIONS + PERMISSIONS)

    @property
    def asks_for_use(self) -> bool:
        """Tell whether purpose, IRB number or PHI level is asked for."""
        return bool(self.purpose_of or self.irb_of or self.level_of)


def asked_by(call: Call, form: Form) -> Asked:
    """Return what the folder of a call asks for, as its page says it."""
    places = places_to(call.folder)
    demand = form.demand
    by_role = highest_level(call) if demand.requires_phi_roles else max(PhiLevel)
    return Asked(
        terms=[terms for place in places if (terms := place.shown_terms)],
        purpose_of=owners(places, "wants_purpose"),
        purposes=demand.purposes,
        irb_of=owners(places, "wants_irb_number"),
        irb_hints=list(dict.fromkeys(rule.hint for rule in form.irb_rules if rule.hint)),
        irb_patterns=[rule.pattern for rule in form.irb_rules],
        level_of=owners(places, "wants_phi_level"),
        levels=[LevelChoice(each.wire_name, each.label, _LEVELS[each]) for each in PhiLevel if each <= by_role],
        highest_level=by_role.label if by_role < max(PhiLevel) else "",
        signature_of=owners(places, "wants_signature"),
        meanings=[line for line in form.meaning.splitlines() if line],
        lapse_days=demand.lapses_after.days if demand.lapses_after else None,
    )


def highest_level(call: Call) -> PhiLevel:
    """Return the highest level of PHI that the roles of the caller allow in this folder."""
    return phi_level_of(call.rights.permissions_in(call.folder.id))


def entered_before(declared: Declared | None, demand: Demand) -> Entered:
    """Return the form as it was declared before; a signature is given anew each time."""
    if declared is None:
        return Entered()
    is_offered = not demand.purposes or declared.purpose in demand.purposes
    return Entered(
        purpose=(declared.purpose or "") if is_offered else "",
        irb_number=declared.irb_number or "",
        phi_level=declared.phi_level,
        accepted=frozenset(each.digest for each in declared.terms),
    )


def entered_in(call: Call) -> Entered:
    """Return what was typed."""
    parameters = call.parameters
    return Entered(
        purpose=parameters.text("purpose"),
        irb_number=parameters.text("irbNumber"),
        phi_level=PhiLevel.named(parameters.text("phiLevel")),
        printed_name=parameters.text("printedName"),
        accepted=frozenset(str(each) for each in parameters.all("accepted")),
    )


def beside_controls(problems: Sequence[Problem], asked: Asked, entered: Entered) -> Iterator[tuple[str, str]]:
    """Say of each problem beside which control it stands."""
    terms = iter([each.control for each in asked.terms if each.digest not in entered.accepted])
    for problem in problems:
        if problem.field != Item.TERMS.value:
            yield _CONTROLS.get(problem.field, ""), problem.text
        elif problem.text == TERMS_CHANGED:
            yield next(terms, asked.terms[0].control if asked.terms else ""), problem.text
        else:
            yield next(terms, ""), problem.text
