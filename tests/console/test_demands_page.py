"""What a folder demands, on its page: read, tried, asked about, changed."""

import pytest

from tests.console.declaring import EVERYTHING, demand, is_checked, value_of, write_terms
from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words
from tests.site import OPERATOR

PAGE = "/home/admin-folderDemands.view"
SENT = {name: value for name, value in EVERYTHING.items() if name != "wants_purpose"} | {
    "wants_irb_number": "true",
    "wants_phi_level": "true",
    "wants_signature": "true",
    "purpose": "list",
    "purposes": "Survival\nMethods",
    "phi_columns": "blank",
    "lapse_days": "90",
}


@pytest.fixture
def administrator(client, admin):
    sign_in(client, ADMIN)
    return client


def own(site, path="/home"):
    from keyhouse.authz import folders

    return site.demands.own(folders.find(path))


def confirmed(client, page=PAGE, **fields):
    """Send the form, answer the question that comes, and return the last answer."""
    asked = submit(client, page, **fields)
    sent = {
        each["name"]: each["value"] for each in Controls(asked.text).all("input") if each.get("name") == "confirmed"
    }
    return submit(client, page, **fields, **sent) if sent else asked


def test_a_change_is_made_after_a_question_that_says_what_and_whom(site, administrator):
    asked = submit(administrator, PAGE, do="save", **SENT)
    said = words(asked)
    assert "Nothing is changed yet" in said
    assert "IRB number: demanded from now on" in said
    assert "at most 1 browser session and 0 API keys that are live now will be asked" in said
    assert not own(site).wants_irb_number
    assert confirmed(administrator, do="save", **SENT).header("Location").endswith("said=demands-saved")
    demanded = own(site)
    assert demanded.purposes == ("Survival", "Methods")
    assert (demanded.irb_pattern, demanded.lapse_days) == (r"\d{4}-\d{3}", 90)
    assert demanded.phi_columns == "blank"


def test_sessions_that_a_program_keeps_alive_are_counted_and_those_that_went_idle_are_not(site, front, administrator):
    from datetime import timedelta

    from keyhouse.sessions.models import BrowserSession
    from tests.site import PASSWORD, Client, set_site

    long_ago = site.clock() - timedelta(hours=3)
    for name, kept_at in (("kept", site.clock()), ("idle", long_ago)):
        user = site.users.add(f"{name}@example.org", OPERATOR, PASSWORD)
        sign_in(Client(front), user.email)
        BrowserSession.objects.filter(user=user).update(last_seen_at=long_ago, kept_at=kept_at)
    asked = words(submit(administrator, PAGE, do="save", **SENT))
    assert "at most 1 browser session and" in asked
    set_site(site, sessionKeysMayKeepAlive=True)
    asked = words(submit(administrator, PAGE, do="save", **SENT))
    assert "at most 2 browser sessions and" in asked
    # The door lets nobody in whose session was seen in what is the future now.
    BrowserSession.objects.filter(kept_at__gt=long_ago).update(kept_at=site.clock() + timedelta(hours=1))
    asked = words(submit(administrator, PAGE, do="save", **SENT))
    assert "at most 1 browser session and" in asked


def test_a_yes_is_for_the_change_that_was_asked_about_and_no_other(site, administrator):
    asked = submit(administrator, PAGE, do="save", **SENT)
    token = value_of(asked, "confirmed")
    answer = submit(administrator, PAGE, do="save", **{**SENT, "lapse_days": "1", "confirmed": token})
    assert "Nothing is changed yet" in words(answer)
    assert own(site).lapse_days is None


def test_what_is_kept_comes_back_into_the_form(site, administrator):
    demand(site, "/home", purposes=("Survival",), lapse_days=30)
    page = administrator.get(PAGE)
    for control in ("purpose-list", "wants_irb_number", "wants_phi_level", "wants_signature", "columns-above"):
        assert is_checked(page, control), control
    assert 'value="30"' in page.text
    answer = submit(
        administrator, PAGE, do="save", **{**SENT, "purposes": "Survival", "phi_columns": "", "lapse_days": "30"}
    )
    assert answer.header("Location").endswith("said=demands-same")


def test_codes_of_the_data_use_ontology_are_added_to_the_list_once(administrator):
    once = submit(administrator, PAGE, do="add-duo", purpose="free", purposes="Survival")
    assert is_checked(once, "purpose-list")
    text = once.text.partition('name="purposes"')[2].partition(">\n")[2].partition("</textarea>")[0]
    assert text.startswith("Survival\nbiomedical research (DUO:0000037)\n")
    again = submit(administrator, PAGE, do="add-duo", purpose="list", purposes=text)
    assert again.text.count("DUO:0000037") == 1


@pytest.mark.parametrize(
    ("pattern", "number", "said"),
    [
        (r"\d{4}-\d{3}", "2026-017", "2026-017 is accepted."),
        (r"\d{4}-\d{3}", "2026-17", "2026-17 is refused."),
        ("(", "2026-17", "The pattern cannot be read."),
        ("(a*)*b", "a" * 100, "is refused."),
    ],
)
def test_a_number_is_tried_against_the_pattern_before_anybody_is_asked_for_one(administrator, pattern, number, said):
    answer = submit(administrator, PAGE, do="try", irb_pattern=pattern, try_number=number)
    assert said in words(answer)


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"purposes": " "}, "purposes"),
        ({"lapse_days": "0"}, "lapse_days"),
        ({"lapse_days": "soon"}, "lapse_days"),
        ({"lapse_days": "²"}, "lapse_days"),
        ({"irb_pattern": "("}, "irb_pattern"),
        ({"irb_hint": ""}, "irb_hint"),
        ({"meaning": "x" * 3000}, "meaning"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_changed(site, administrator, changes, control):
    answer = submit(administrator, PAGE, do="save", **{**SENT, **changes})
    assert answer.status == 400
    assert f'id="{control}-error"' in answer.text
    assert not own(site).wants_irb_number


def test_what_is_demanded_above_is_shown_and_holds_below(site, administrator, study):
    write_terms(site, "Be kind.")
    demand(site, "/home", purposes=("Survival",))
    page = "/home/Liver study/admin-folderDemands.view"
    said = words(administrator.get(page))
    assert "The site Terms of use, version 1" in said
    assert "/home A purpose from a list of 1; An IRB number (year and three digits, as 2026-017)" in said
    assert "It is asked in any case, from above." in said
    answer = confirmed(administrator, page, do="save", purpose="list", purposes="Curiosity")
    assert "is not in the list of the folders above" in words(answer)


def test_marks_that_protect_nothing_are_told_of(site, administrator, study):
    from keyhouse.core.phi import PhiLevel

    page = "/home/Liver study/admin-folderDemands.view"
    assert "Marks alone protect nothing" not in words(administrator.get(page))
    site.table_marks.set_table(study, "clinical", "patients", {"age": PhiLevel.LIMITED}, "", OPERATOR)
    assert "Marks alone protect nothing" in words(administrator.get(page))
    confirmed(administrator, page, do="save", requires_phi_roles="true")
    assert "Marks alone protect nothing" not in words(administrator.get(page))


def test_only_who_administers_a_folder_sees_its_page(client, analyst):
    sign_in(client, ANALYST)
    assert client.get(PAGE).status == 403
    assert submit(client, PAGE, do="save", **SENT).status == 403


def test_the_page_of_a_folder_leads_its_administrators_there(administrator):
    links = {each.get("href") for each in Controls(administrator.get("/home/project-begin.view").text).all("a")}
    assert {f"/labkey{PAGE}", "/labkey/home/admin-termsOfUse.view"} <= links
