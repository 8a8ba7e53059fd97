"""Terms of use: versions that are only added, and of which the latest is accepted."""

import hashlib

import pytest

from tests.declarations.study import try_to_declare
from tests.site import OPERATOR, Client, sign_in


@pytest.fixture
def root(site):
    from keyhouse.authz import folders

    return folders.root()


def test_each_text_is_a_version_with_its_digest(site, root):
    first = site.terms.write(root, "One", 0, OPERATOR)
    second = site.terms.write(root, "Two", 1, OPERATOR)
    assert [(each.version, each.text) for each in site.terms.history(root)] == [(2, "Two"), (1, "One")]
    assert site.terms.latest(root) == second
    assert first.digest == hashlib.sha256(b"One").hexdigest().upper()


def test_line_ends_of_a_browser_make_no_version(site, root):
    first = site.terms.write(root, "One\nTwo", 0, OPERATOR)
    assert site.terms.write(root, "One\r\nTwo\r\n", 1, OPERATOR) == first
    assert len(site.terms.history(root)) == 1


def test_who_edits_what_somebody_else_changed_meanwhile_is_told_and_nothing_is_lost(site, root):
    from keyhouse.declarations.terms import TermsEdited

    site.terms.write(root, "One", 0, OPERATOR)
    site.terms.write(root, "Mine", 1, OPERATOR)
    with pytest.raises(TermsEdited, match="version 2"):
        site.terms.write(root, "Theirs", 1, OPERATOR)
    assert site.terms.latest(root).text == "Mine"


def test_empty_text_withdraws_the_terms(site, root, study):
    from keyhouse.declarations.fetch import demanded_in

    site.terms.write(root, "One", 0, OPERATOR)
    assert demanded_in(study).demand.terms
    site.terms.write(root, " ", 1, OPERATOR)
    assert not demanded_in(study).demand.terms


@pytest.mark.parametrize("path", ["/study/arm"])
def test_terms_are_of_the_site_or_a_project(site, study, path):
    from keyhouse.declarations.terms import TermsError

    folder = site.folders.add(path, OPERATOR)
    with pytest.raises(TermsError, match="neither"):
        site.terms.write(folder, "One", 0, OPERATOR)


@pytest.mark.parametrize("text", ["a\0b", "x" * 200_001])
def test_text_that_no_terms_can_be_is_refused(site, root, text):
    from keyhouse.declarations.terms import TermsError

    with pytest.raises(TermsError):
        site.terms.write(root, text, 0, OPERATOR)


def test_new_version_asks_everybody_again(site, front, study, analyst):
    client = Client(front)
    sign_in(client, analyst.email)
    first = site.terms.write(study, "One", 0, OPERATOR)
    try_to_declare(client, accepted=frozenset({first.digest}))
    assert client.get("/study/project-getContainers.api").status == 200
    site.terms.write(study, "Two", 1, OPERATOR)
    answer = client.get("/study/project-getContainers.api")
    assert (answer.status, answer.json["lacking"]) == (401, ["terms"])


def test_terms_that_changed_while_somebody_read_them_are_not_accepted(site, front, study, analyst):
    client = Client(front)
    sign_in(client, analyst.email)
    shown = site.terms.write(study, "One", 0, OPERATOR)
    site.terms.write(study, "Two", 1, OPERATOR)
    problems = try_to_declare(client, accepted=frozenset({shown.digest}))
    assert [each.text for each in problems] == [
        "The terms changed while you read them. Read them again before you accept them."
    ]
    assert site.declarations.history(analyst.id) == []


def test_versions_are_in_the_log_with_digests_old_and_new(site, root):
    from keyhouse.audit.models import AuditEvent

    first = site.terms.write(root, "One", 0, OPERATOR)
    second = site.terms.write(root, "Two", 1, OPERATOR)
    written = AuditEvent.objects.filter(kind="terms changed").order_by("sequence").last().details["written"]
    assert (written["oldDigest"], written["digest"]) == (first.digest, second.digest)
