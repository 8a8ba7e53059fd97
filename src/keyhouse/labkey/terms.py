"""The controller ``login``, terms of use (labkey-server.md, sections 4.3, 4.5 and 8.1).

The original knows one text, of the project or of the site, and a box to tick. Here both texts can be in force, and what
is accepted is a version: where several are, they are shown one below the other and accepted together. A client may send
the `digest` of what it has shown; without it the versions in force at that moment are accepted.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from keyhouse.audit import Kind, Outcome
from keyhouse.authz import folders
from keyhouse.authz.folders import FolderError
from keyhouse.authz.models import Folder
from keyhouse.authz.policies import project_of
from keyhouse.compliance.declaring import Declared, Item
from keyhouse.core.caller import Caller
from keyhouse.declarations.entered import terms_problems
from keyhouse.declarations.form import Form, form_of
from keyhouse.labkey.form_errors import FormError
from keyhouse.web import urls
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.markdown import render_markdown

actions = ActionTable()
FIELD = "approvedTermsOfUse"
_SITE = "To use this site, you must check the box to approve the terms of use."
_NO_TYPE = "Unable to determine the terms of use type from the information submitted on the form."


class TermsType(StrEnum):
    """Whose terms are meant, by the original's names."""

    NONE = "NONE"
    PROJECT_LEVEL = "PROJECT_LEVEL"
    SITE_WIDE = "SITE_WIDE"


@dataclass(frozen=True)
class Asked:
    """The terms that a request is about, and the digests that it accepts."""

    form: Form
    accepted: frozenset[str]

    @property
    def type(self) -> TermsType:
        """Whose terms are in force."""
        if not self.form.texts:
            return TermsType.NONE
        is_of_project = any(each.folder.is_project for each in self.form.texts)
        return TermsType.PROJECT_LEVEL if is_of_project else TermsType.SITE_WIDE

    def refuse_outdated(self) -> None:
        """Raise `FormError` where what is accepted is not what is in force."""
        for problem in terms_problems(self.form, self.accepted):
            raise FormError(problem.text, FIELD)


@actions.add("login-getTermsOfUseApi", is_csrf_exempt=True, tolerates_missing_folder=True, ignores_declarations=True)
def get_terms(call: Call) -> dict[str, Any]:
    """Show the terms of use in force, also to a guest who is about to sign in."""
    asked = asked_by(call)
    texts = asked.form.texts
    return {
        "termsOfUseContent": "\n".join(render_markdown(each.text) for each in texts) if texts else None,
        "termsOfUseType": asked.type.value,
        "terms": [{"folder": each.folder.path, "version": each.version, "digest": each.digest} for each in texts],
    }


@actions.add("login-acceptTermsOfUseApi", methods=("POST",), tolerates_missing_folder=True, ignores_declarations=True)
def accept_terms(call: Call) -> dict[str, Any]:
    """Accept the terms of use in force, for the browser session of the caller."""
    if not call.parameters.flag(FIELD):
        raise FormError(_unapproved(call, "check the box to approve"))
    if _type(call) not in {TermsType.PROJECT_LEVEL, TermsType.SITE_WIDE}:
        raise FormError(_NO_TYPE)
    if call.principal.is_guest:
        # The original lets a guest accept; what is declared here belongs to a person.
        raise call.refused()
    asked = asked_by(call)
    fault = accept(call, asked, call.caller) if asked.form.texts else None
    if fault is not None:
        call.record(Kind.ACCESS_REFUSED, f"{call.action.name}: {fault}", Outcome.REFUSED)
        raise FormError(fault, FIELD)
    return {"success": True}


@actions.add("login-isAgreeOnlyApi", is_csrf_exempt=True, tolerates_missing_folder=True, ignores_declarations=True)
def is_agree_only(call: Call) -> dict[str, Any]:
    """Tell whether accepting is all that is missing: who has not signed in does that first."""
    return {} if call.principal.is_guest else {"isAgreeOnly": True}


def asked_by(call: Call) -> Asked:
    """Return which terms a request is about: of the folder that it returns to, of its own, or of the site."""
    form = form_of(_folder(call))
    given = [str(each) for each in call.parameters.all("digest", "digest[]") if isinstance(each, str)]
    return Asked(form, frozenset(given) or frozenset(each.digest for each in form.texts))


def refuse_unapproved(call: Call, asked: Asked) -> None:
    """Refuse a sign-in that does not approve the terms in force, in the words of the original."""
    if asked.type is TermsType.NONE:
        return
    if not call.parameters.flag(FIELD):
        there = call.in_folder(asked.form.folder)
        if not call.principal.is_guest and Item.TERMS not in there.standing.lacking:
            return
        raise FormError(_unapproved(call, "approve" if not call.principal.is_guest else "log in and approve"), FIELD)
    asked.refuse_outdated()


def accept(call: Call, asked: Asked, caller: Caller) -> str | None:
    """Accept what was asked for in the session of `caller`; return what is wrong with it, or None."""
    kept = call.site.declarations.accept_terms(asked.form.folder, caller, asked.accepted)
    return None if isinstance(kept, Declared) else kept[0].text


def _unapproved(call: Call, what: str) -> str:
    project = project_of(_folder(call))
    return f"To use the {project.name} project, you must {what} the terms of use." if project else _SITE


def _type(call: Call) -> TermsType | None:
    given = call.parameters.text("termsOfUseType").strip().upper()
    return TermsType(given) if given in set(TermsType) else None


def _folder(call: Call) -> Folder:
    if _type(call) is TermsType.SITE_WIDE:
        return folders.root()
    wanted = call.parameters.text("returnUrl")
    if urls.is_local(wanted, call.context_path):
        try:
            target = urls.parse(wanted.partition("?")[0].removeprefix(call.context_path))
            return folders.find(target.container) if target and target.container != "/" else call.folder
        except (urls.UnsafePath, FolderError):
            return call.folder
    return call.folder
