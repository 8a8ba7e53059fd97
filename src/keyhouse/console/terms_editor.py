"""Terms of use of the site or of a project: write the next version, look at it first, withdraw them."""

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.consequences import affected
from keyhouse.console.difference import difference
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.declarations.models import Terms
from keyhouse.declarations.terms import LONGEST_TEXT, TermsEdited, TermsError
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.markdown import render_markdown

actions = ActionTable()


@actions.add(
    "admin-termsOfUse", is_page=True, permission=Permission.ADMIN, ignores_declarations=True, needs_fresh_sign_in=True
)
def terms_of_use(call: Call) -> HttpResponseBase:
    """Show the terms of use of this folder in an editor; by POST, preview, save or withdraw them."""
    check_place(call)
    latest = call.site.terms.latest(call.folder)
    if not is_post(call):
        return _page(call, latest, latest.text if latest else "")
    text, do = call.parameters.text("text"), call.parameters.text("do")
    if do == "withdraw":
        return _withdraw(call, latest)
    if do != "save":
        return _page(call, latest, text, is_preview=True)
    return _save(call, latest, text)


def check_place(call: Call) -> None:
    """Refuse a folder that has no terms of its own: only the site and projects do."""
    if not (call.folder.is_root or call.folder.is_project):
        raise NotFound("Terms of use belong to the whole site or to a project. Open those of the project instead.")


def owner(call: Call) -> str:
    """Say whose terms these are."""
    return "the site" if call.folder.is_root else f"the project {call.folder.title or call.folder.name}"


def _save(call: Call, latest: Terms | None, text: str) -> HttpResponseBase:
    if not text.strip():
        in_force = latest is not None and latest.text
        say = "Write the terms, or withdraw the ones in force below." if in_force else "Write the terms first."
        return _page(call, latest, text, [("text", say)])
    seen = call.parameters.number("seenVersion", default=0) or 0
    try:
        written = call.site.terms.write(call.folder, text, seen, call.caller)
    except TermsEdited:
        return _meanwhile(call, text)
    except TermsError as error:
        return _page(call, latest, text, [("text", str(error))])
    said = "terms-same" if latest and written.pk == latest.pk else "terms-saved"
    return lead_to(call, "admin-termsOfUse.view", said=said)


def _meanwhile(call: Call, text: str) -> HttpResponseBase:
    # The editor goes on from the newer version: what was typed stays, and saving it again is a choice.
    latest = call.site.terms.latest(call.folder)
    version = latest.version if latest else 0
    problem = (
        f"Somebody else saved version {version} while you wrote. Nothing of yours was saved. "
        "Compare both below, take over what should stay, and save again."
    )
    return _page(call, latest, text, [("text", problem)], theirs=latest)


def _withdraw(call: Call, latest: Terms | None) -> HttpResponseBase:
    url = call.url("admin-termsOfUse.view")
    if latest is None or not latest.text:
        return _page(call, latest, "", [("text", "There are no terms in force to withdraw.")])
    if not is_confirmed(call):
        fields = [("do", "withdraw"), ("seenVersion", str(latest.version))]
        question = (
            f"Withdraw the terms of use of {owner(call)}? Nobody is asked to accept them from then on. "
            "All versions stay on record."
        )
        return confirm(call, "Withdraw the terms of use", question, url, fields, "Yes, withdraw", url)
    try:
        call.site.terms.write(call.folder, "", call.parameters.number("seenVersion", default=0) or 0, call.caller)
    except TermsError as error:
        return _page(call, latest, latest.text, [("text", str(error))])
    return lead_to(call, "admin-termsOfUse.view", said="terms-withdrawn")


def _page(
    call: Call,
    latest: Terms | None,
    text: str,
    problems: Problems = (),
    is_preview: bool = False,
    theirs: Terms | None = None,
) -> HttpResponse:
    seen = latest.version if latest else 0
    # A preview goes on from the version that the editor began with; after a refusal the newer one has been shown.
    started_at = seen if theirs or not is_post(call) else call.parameters.number("seenVersion", default=seen)
    return show(
        call,
        "terms_editor.html",
        f"Terms of use of {owner(call)}",
        is_admin_page=call.folder.is_root,
        problems=problems,
        text=text,
        latest=latest,
        next_version=seen + 1,
        seen_version=started_at,
        preview=render_markdown(text) if is_preview and text.strip() else "",
        is_preview=is_preview,
        theirs=theirs,
        changes=difference(theirs.text, text) if theirs else [],
        affected=affected(call),
        history=call.site.terms.history(call.folder),
        longest=LONGEST_TEXT,
        terms_url=call.url("admin-termsOfUse.view"),
        version_url=call.url("admin-termsVersion.view"),
        demands_url=call.url("admin-folderDemands.view"),
        compare_url=call.url("admin-compareTerms.view"),
    )
