"""Versions of terms of use: read an old one, compare two."""

from django.http import HttpResponse

from keyhouse.console.difference import difference
from keyhouse.console.show import show
from keyhouse.console.terms_editor import check_place, owner
from keyhouse.core.permissions import Permission
from keyhouse.declarations.models import Terms
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.markdown import render_markdown
from keyhouse.web.pages import Crumb

actions = ActionTable()


@actions.add(
    "admin-termsVersion", methods=["GET"], is_page=True, permission=Permission.ADMIN, ignores_declarations=True
)
def show_version(call: Call) -> HttpResponse:
    """Show one version of the terms of this folder."""
    terms = _version(call, "version")
    latest = call.site.terms.latest(call.folder)
    return show(
        call,
        "terms_version.html",
        f"Version {terms.version}",
        is_admin_page=call.folder.is_root,
        trail=_trail(call),
        terms=terms,
        owner=owner(call),
        html=render_markdown(terms.text) if terms.text else "",
        is_in_force=bool(terms.text) and latest is not None and latest.pk == terms.pk,
    )


@actions.add(
    "admin-compareTerms", methods=["GET"], is_page=True, permission=Permission.ADMIN, ignores_declarations=True
)
def compare(call: Call) -> HttpResponse:
    """Show what changed from one version to another."""
    old, new = _version(call, "from"), _version(call, "to")
    lines = difference(old.text, new.text)
    kinds = [line.kind for line in lines]
    return show(
        call,
        "terms_compare.html",
        f"From version {old.version} to version {new.version}",
        is_admin_page=call.folder.is_root,
        trail=_trail(call),
        owner=owner(call),
        lines=lines,
        removed=kinds.count("removed"),
        added=kinds.count("added"),
        is_same=old.text == new.text,
        swapped_url=f"{call.url('admin-compareTerms.view')}?from={new.version}&to={old.version}",
    )


def _version(call: Call, name: str) -> Terms:
    check_place(call)
    number = call.parameters.number(name, default=0)
    terms = next((each for each in call.site.terms.history(call.folder) if each.version == number), None)
    if terms is None:
        raise NotFound("There is no such version of these terms of use.")
    return terms


def _trail(call: Call) -> list[Crumb]:
    return [Crumb("Terms of use", call.url("admin-termsOfUse.view"))]
