"""What this folder demands: whatever people have to declare before its data is shown to them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from keyhouse.authz.folders import descendants
from keyhouse.console.consequences import affected, below
from keyhouse.console.demanding import in_words, places_to
from keyhouse.console.demands_form import (
    LEVEL_NAME,
    LEVELS,
    LISTED,
    Sent,
    changes,
    problems_of,
    sent_in,
    sent_of,
    wanted_by,
)
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.assurance import Assurance
from keyhouse.core.digests import digest
from keyhouse.core.permissions import Permission
from keyhouse.declarations import pattern
from keyhouse.declarations.demands import LONGEST_HINT, LONGEST_MEANING, MOST_LAPSE_DAYS, DemandError, OwnDemand
from keyhouse.declarations.duo import INVESTIGATIONS, PERMISSIONS
from keyhouse.declarations.fetch import demanded_above
from keyhouse.declarations.standing import assurance_of
from keyhouse.lists.models import ListField
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
_KEPT_CLOSED = "Only who may see all PHI here, or administers the site, may show it to people without a role for it."
_BESIDE = (
    ("hint", "irb_hint"),
    ("pattern", "irb_pattern"),
    ("purpose", "purposes"),
    ("lapse", "lapse_days"),
    ("signature", "meaning"),
)


@actions.add(
    "admin-folderDemands",
    is_page=True,
    permission=Permission.ADMIN,
    ignores_declarations=True,
    needs_fresh_sign_in=True,
)
def folder_demands(call: Call) -> HttpResponseBase:
    """Show what the folder demands, or change it after a question that says whom this concerns."""
    own = call.site.demands.own(call.folder)
    if not is_post(call):
        return _page(call, sent_of(own))
    sent, do = sent_in(call), call.parameters.text("do")
    if do == "add-duo":
        return _page(call, _with_duo(sent))
    if do == "try":
        return _page(call, sent, tried=_tried(sent))
    problems = list(problems_of(sent))
    return _page(call, sent, problems) if problems else _save(call, own, sent)


def _save(call: Call, own: OwnDemand, sent: Sent) -> HttpResponseBase:
    wanted = wanted_by(sent)
    changed = changes(own, wanted)
    if not changed:
        return lead_to(call, "admin-folderDemands.view", said="demands-same")
    if own.requires_phi_roles and not wanted.requires_phi_roles and not _may_open(call):
        return _page(call, sent, [("requires_phi_roles", _KEPT_CLOSED)])
    try:
        call.site.demands.check(call.folder, wanted)
        # The question is answered for exactly this change: whatever is typed after it is asked again.
        confirmed = digest(repr(wanted))[:16]
        if call.parameters.text("confirmed") != confirmed:
            return _page(call, sent, changed=changed, confirmed=confirmed)
        call.site.demands.change(call.folder, wanted, call.caller)
    except DemandError as error:
        return _page(call, sent, [(_control(str(error)), str(error))])
    return lead_to(call, "admin-folderDemands.view", said="demands-saved")


def _may_open(call: Call) -> bool:
    """Tell whether the caller may show the PHI of the folder, and of those below, to who holds no role for it."""
    return call.rights.may_open_phi_of(each.id for each in (call.folder, *descendants(call.folder)))


def _control(text: str) -> str:
    return next((control for word, control in _BESIDE if word in text), "")


def _with_duo(sent: Sent) -> Sent:
    lines = [line.strip() for line in sent.purposes.splitlines() if line.strip()]
    return replace(
        sent,
        purpose=LISTED,
        purposes="\n".join(dict.fromkeys([*lines, *(term.purpose for term in INVESTIGATIONS + PERMISSIONS)])),
    )


def _tried(sent: Sent) -> tuple[bool, str]:
    """Say whether the number to try matches the pattern."""
    number = " ".join(sent.try_number.split())
    try:
        matches = pattern.read(sent.irb_pattern.strip()).matches(number) if sent.irb_pattern.strip() else bool(number)
    except pattern.BadPattern as error:
        return False, f"The pattern cannot be read. {error}"
    return matches, f"{number or 'Nothing'} {'is accepted' if matches else 'is refused'}."


def _page(
    call: Call,
    sent: Sent,
    problems: Problems = (),
    changed: Sequence[str] = (),
    confirmed: str = "",
    tried: tuple[bool, str] | None = None,
) -> HttpResponse:
    places = places_to(call.folder)[:-1]
    above = demanded_above(call.folder).demand
    return show(
        call,
        "demands.html",
        f"What {'the site' if call.folder.is_root else call.folder.title or call.folder.name} demands",
        is_admin_page=call.folder.is_root,
        problems=problems,
        faults=dict(problems),
        sent=sent,
        tried=tried,
        changed=changed,
        confirmed=confirmed,
        affected=affected(call) if changed else None,
        levels=LEVELS,
        is_level_alone=[each.split(":")[0] for each in changed] == [LEVEL_NAME],
        **_level_consequences(call, sent, changed),
        inherited=[(each, list(in_words(each.demand)) if each.demand else []) for each in places],
        above=above,
        has_unguarded_marks=_has_unguarded_marks(call),
        longest_hint=LONGEST_HINT,
        longest_meaning=LONGEST_MEANING,
        longest_pattern=pattern.LONGEST_PATTERN,
        most_days=MOST_LAPSE_DAYS,
        demands_url=call.url("admin-folderDemands.view"),
        terms_url=_terms_url(call),
        marks_url=call.url("admin-phiMarks.view"),
        cancel_url=call.url("admin-showAdmin.view", "/") if call.folder.is_root else call.url("project-begin.view"),
    )


def _level_consequences(call: Call, sent: Sent, changed: Sequence[str]) -> dict[str, Any]:
    """Say whom a level that is raised shuts out, before it is saved; the caller may be among them."""
    level = Assurance.named(sent.assurance) or Assurance.UNKNOWN
    if not changed or level <= call.standing.demand.assurance:
        return {"below_level": "", "would_lock_out": False}
    weaker = below(call, level)
    return {
        "below_level": "" if weaker.is_nobody else str(weaker),
        "would_lock_out": assurance_of(call.allowed) < level,
    }


def _terms_url(call: Call) -> str:
    return call.url("admin-termsOfUse.view") if call.folder.is_root or call.folder.is_project else ""


def _has_unguarded_marks(call: Call) -> bool:
    """Tell whether columns here are marked as PHI while nothing that this folder demands keeps anybody from them."""
    demand = call.standing.demand
    if demand.wants_phi_level or demand.requires_phi_roles:
        return False
    marks = call.site.table_marks.read(call.folder)
    fields = ListField.objects.filter(design__folder=call.folder).values_list("properties", flat=True)
    return (
        any(marks.defaults.values())
        or any(not each.says_nothing for each in marks.tables.values())
        or any(each.get("PHI", "NotPHI") != "NotPHI" for each in fields)
    )
