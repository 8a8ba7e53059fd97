"""The declaration page: what a folder demands of a person before its data is shown, and what they declare."""

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from keyhouse.authz.models import Folder
from keyhouse.compliance.declaring import Declared, Item
from keyhouse.console.declare_form import (
    Asked,
    asked_by,
    beside_controls,
    entered_before,
    entered_in,
    highest_level,
)
from keyhouse.console.declare_keys import choices, chosen_keys
from keyhouse.console.declare_level import shown_level
from keyhouse.console.show import Problems, is_post, show
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.core.permissions import Permission
from keyhouse.declarations.entered import LONGEST_PURPOSE, Entered
from keyhouse.declarations.fetch import paths_to
from keyhouse.declarations.form import Form, form_of
from keyhouse.declarations.kept import declared_of
from keyhouse.declarations.models import Declaration
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.urls import is_local

actions = ActionTable()
_WORDS = {
    Item.TERMS: "the terms of use",
    Item.PURPOSE: "the purpose",
    Item.IRB_NUMBER: "the IRB number",
    Item.PHI_LEVEL: "the PHI level",
    Item.SIGNATURE: "the signature",
    Item.SIGN_IN_LEVEL: "how surely people sign in",
}
_NO_BROWSER = "A declaration is made by a person in a browser. Sign in there and open this page again."


@actions.add("login-declare", "login-agreeToTerms", is_page=True, needs_sign_in=True, ignores_declarations=True)
def declare(call: Call) -> HttpResponseBase:
    """Show what the folder demands to be declared, or declare it and lead on."""
    if not _may_see(call):
        raise call.refused()
    form = form_of(call.folder)
    asked = asked_by(call, form)
    if not is_post(call) or not form.demand.wants_declaration or _cannot(call):
        return _page(call, form, asked, entered_before(_declared_before(call), form.demand))
    entered = entered_in(call)
    chosen = [key.key_id for key in chosen_keys(call)]
    made = call.site.declarations.declare(call.folder, call.caller, entered, highest_level(call), chosen)
    if not isinstance(made, Declared):
        return _page(call, form, asked, entered, list(beside_controls(made, asked, entered)))
    return HttpResponseRedirect(_return_url(call) or _folder_url(call), status=303)


def _page(call: Call, form: Form, asked: Asked, entered: Entered, problems: Problems = ()) -> HttpResponse:
    is_complete = call.standing.is_complete
    name = call.folder.title or call.folder.name or call.settings.site_name
    return show(
        call,
        "declare.html",
        _title(form, name, is_complete),
        problems=problems,
        faults=dict(problems),
        is_nothing=not form.demand.wants_declaration,
        level=shown_level(call, _return_url(call)),
        cannot=_cannot(call),
        is_complete=is_complete,
        changed=_changed(call) if not problems else [],
        asked=asked,
        entered=entered,
        keys=[] if call.context.impersonation else choices(call),
        signer=call.allowed.signed_in.email,
        longest_purpose=LONGEST_PURPOSE,
        demands_url=call.url("admin-folderDemands.view") if call.may(Permission.ADMIN) else "",
        form_url=call.url("login-declare.view"),
        folder_url=_folder_url(call),
        return_url=_return_url(call),
    )


def _title(form: Form, name: str, is_complete: bool) -> str:
    if form.demand.assurance and not form.demand.wants_declaration:
        return f"How you sign in for {name}"
    return f"Your declaration for {name}" if is_complete else f"Declare your use of {name}"


def _changed(call: Call) -> list[str]:
    """Name what is asked otherwise than when the person declared here: who is asked again wants to know why."""
    standing = call.standing
    return [words for item, words in _WORDS.items() if item in standing.lacking] if standing.declared else []


def _declared_before(call: Call) -> Declared | None:
    """Return what was declared here, or else in this session for a folder above: nobody has to type that again."""
    if call.standing.declared is not None:
        return call.standing.declared
    above = Declaration.objects.filter(session_id=call.allowed.via.session_id, key=None)
    row = above.filter(scope__lower_path__in=paths_to(call.folder.lower_path)).order_by("-at", "-id").first()
    return declared_of(row) if row else None


def _cannot(call: Call) -> str:
    if call.allowed.via.method != BROWSER_SESSION:
        return _NO_BROWSER
    return ""


def _may_see(call: Call) -> bool:
    # The way to a folder that one may read leads through those above it, and they ask as well.
    if call.folder.is_root or call.rights.permissions_in(call.folder.id):
        return True
    seen = call.rights.folders_with(Permission.READ) | call.rights.folders_with(Permission.ADMIN)
    return Folder.objects.filter(id__in=seen, lower_path__startswith=f"{call.folder.lower_path}/").exists()


def _folder_url(call: Call) -> str:
    return call.url("project-begin.view", call.folder.path if not call.folder.is_root else "/home")


def _return_url(call: Call) -> str:
    wanted = call.parameters.text("returnUrl")
    return wanted if is_local(wanted, call.context_path) else ""
