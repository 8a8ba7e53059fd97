"""The editor of terms of use: preview, consequence, versions, and two who write at once."""

import pytest

from tests.console.declaring import declare, write_terms
from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words
from tests.site import OPERATOR, Client, issue

PAGE = "/admin-termsOfUse.view"


@pytest.fixture
def administrator(client, admin):
    sign_in(client, ADMIN)
    return client


def versions():
    from keyhouse.declarations.models import Terms

    return list(Terms.objects.order_by("version").values_list("version", "text"))


def text_of(answer):
    """Return what the editor holds."""
    return answer.text.partition('name="text"')[2].partition(">\n")[2].partition("</textarea>")[0]


def test_terms_are_written_and_hold_on_the_next_request(administrator):
    answer = submit(administrator, PAGE, text="Be kind.", seenVersion="0", do="save")
    assert answer.header("Location") == "/labkey/admin-termsOfUse.view?said=terms-saved"
    assert versions() == [(1, "Be kind.")]
    assert "login-declare.view" in administrator.get("/home/project-begin.view").header("Location")


def test_a_preview_saves_nothing_and_loses_nothing(site, administrator):
    write_terms(site, "Be kind.")
    answer = submit(administrator, PAGE, text="# New\n\n<b>x</b> **y**", seenVersion="1", do="preview")
    assert "<h3>New</h3>" in answer.text
    assert "&lt;b&gt;x&lt;/b&gt; <strong>y</strong>" in answer.text
    assert text_of(answer) == "# New\n\n&lt;b&gt;x&lt;/b&gt; **y**"
    assert versions() == [(1, "Be kind.")]


def test_the_editor_says_before_saving_who_must_accept_again(site, administrator, analyst):
    digest = write_terms(site, "Be kind.")
    person = Client(administrator.front)
    sign_in(person, ANALYST)
    issue(site, analyst)
    key = person.get("/home/login-declare.view").text.partition('name="key" value="')[2].partition('"')[0]
    declare(person, accepted=digest, key=key)
    assert "1 browser session and 1 API key must accept again" in words(administrator.get(PAGE))


def test_where_nothing_was_demanded_everybody_who_is_signed_in_is_counted(administrator):
    assert "at present that is 1 browser session and 0 API keys at most" in words(administrator.get(PAGE))


def test_an_editor_who_was_overtaken_is_told_with_both_texts(site, administrator):
    write_terms(site, "Be kind.\nBe quick.")
    write_terms(site, "Be kind.\nBe slow.")
    answer = submit(administrator, PAGE, text="Be kind.\nBe bold.", seenVersion="1", do="save")
    assert answer.status == 400
    said = words(answer)
    assert "Somebody else saved version 2 while you wrote. Nothing of yours was saved." in said
    assert "Removed: Be slow ." in said and "Added: Be bold ." in said
    assert text_of(answer) == "Be kind.\nBe bold."
    assert len(versions()) == 2
    again = submit(administrator, PAGE, text="Be kind.\nBe bold.", seenVersion="2", do="save")
    assert again.status == 303
    assert versions()[-1] == (3, "Be kind.\nBe bold.")


def test_a_preview_does_not_forget_from_which_version_the_editor_began(site, administrator):
    write_terms(site, "Be kind.")
    write_terms(site, "Be slow.")
    answer = submit(administrator, PAGE, text="Be bold.", seenVersion="1", do="preview")
    assert 'name="seenVersion" value="1"' in answer.text


@pytest.mark.parametrize("seen", ["", "x", "-1", "99999999999999999999"])
def test_a_form_that_names_no_version_overwrites_nothing(site, administrator, seen):
    write_terms(site, "Be kind.")
    assert submit(administrator, PAGE, text="Be bold.", seenVersion=seen, do="save").status == 400
    assert versions() == [(1, "Be kind.")]


def test_the_same_text_again_makes_no_version(site, administrator):
    write_terms(site, "Be kind.")
    answer = submit(administrator, PAGE, text="Be kind.", seenVersion="1", do="save")
    assert answer.header("Location").endswith("said=terms-same")


def test_an_empty_text_is_no_withdrawal_by_accident(site, administrator):
    write_terms(site, "Be kind.")
    answer = submit(administrator, PAGE, text=" ", seenVersion="1", do="save")
    assert (answer.status, versions()) == (400, [(1, "Be kind.")])
    assert "withdraw the ones in force below" in words(answer)


def test_where_no_terms_are_in_force_nobody_is_told_to_withdraw_them(administrator):
    answer = submit(administrator, PAGE, text=" ", do="save")
    assert answer.status == 400
    assert "Write the terms first." in words(answer)


def test_terms_are_withdrawn_after_a_question(site, administrator):
    write_terms(site, "Be kind.")
    question = submit(administrator, PAGE, do="withdraw")
    assert "Withdraw the terms of use of the site?" in words(question)
    answer = submit(administrator, PAGE, do="withdraw", seenVersion="1", confirmed="1")
    assert answer.header("Location").endswith("said=terms-withdrawn")
    assert versions() == [(1, "Be kind."), (2, "")]
    assert administrator.get("/home/project-begin.view").status == 200


def test_a_withdrawal_of_terms_that_changed_meanwhile_is_refused(site, administrator):
    write_terms(site, "Be kind.")
    write_terms(site, "Be slow.")
    assert submit(administrator, PAGE, do="withdraw", seenVersion="1", confirmed="1").status == 400
    assert len(versions()) == 2


def test_the_history_has_who_when_and_the_digest_of_each_version(administrator):
    submit(administrator, PAGE, text="Be kind.", seenVersion="0", do="save")
    submit(administrator, PAGE, text="Be slow.", seenVersion="1", do="save")
    page = administrator.get(PAGE)
    assert words(page).count("admin@example.org") >= 2
    assert len([each for each in Controls(page.text).all("code") if len(each.get("title") or "") == 64]) == 2
    old = administrator.get(f"{PAGE.replace('termsOfUse', 'termsVersion')}?version=1")
    assert "Be kind." in words(old) and "in force" not in words(old)
    compared = words(administrator.get("/admin-compareTerms.view?from=1&to=2"))
    assert "Removed: Be kind ." in compared and "Added: Be slow ." in compared


@pytest.mark.parametrize("query", ["", "version=7", "version=x", "version=-1", "version=99999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(site, administrator, query):
    write_terms(site, "Be kind.")
    assert administrator.get(f"/admin-termsVersion.view?{query}").status in {400, 404}


def test_a_project_has_terms_of_its_own_and_a_folder_below_has_not(administrator, study):
    assert administrator.get("/home/admin-termsOfUse.view").status == 200
    answer = administrator.get("/home/Liver study/admin-termsOfUse.view")
    assert answer.status == 404
    assert "Open those of the project instead." in words(answer)


def test_who_administers_a_project_writes_its_terms_and_not_those_of_the_site(site, client, analyst):
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    home = folders.find("/home")
    site.assignments.assign(Role.PROJECT_ADMINISTRATOR, analyst, analyst.email, home, OPERATOR)
    sign_in(client, ANALYST)
    assert client.get("/home/admin-termsOfUse.view").status == 200
    assert client.get(PAGE).status == 403
    assert submit(client, PAGE, text="x", seenVersion="0", do="save").status == 403
