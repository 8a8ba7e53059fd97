"""Declarations: what is kept, what is refused and in which words, and which one is in force."""

import pytest

from tests.declarations.study import PURPOSE, caller_of, declare, session_of, try_to_declare
from tests.site import OPERATOR, Client, issue, sign_in


@pytest.fixture
def browser(front, analyst):
    """The analyst, signed in."""
    client = Client(front)
    sign_in(client, analyst.email)
    return client


@pytest.fixture
def strict(site, study):
    """The study, demanding everything."""
    from keyhouse.declarations.demands import OwnDemand

    wanted = OwnDemand(
        wants_purpose=True,
        purposes=(PURPOSE, "To heal"),
        wants_irb_number=True,
        irb_pattern=r"IRB-\d{4}",
        irb_hint="IRB- and four digits",
        wants_phi_level=True,
        wants_signature=True,
        meaning="I did the training.",
        requires_phi_roles=True,
    )
    site.demands.change(study, wanted, OPERATOR)
    return site.terms.write(study, "Be kind", 0, OPERATOR)


@pytest.fixture
def good(strict):
    from keyhouse.core.phi import PhiLevel

    return {
        "irb_number": "IRB-1234",
        "phi_level": PhiLevel.LIMITED,
        "printed_name": "Ada  Lovelace ",
        "accepted": frozenset({strict.digest}),
    }


def test_declaration_lets_its_session_in_and_is_kept_whole(site, browser, analyst, strict, good):
    declare(browser, **good)
    assert browser.get("/study/project-getContainers.api").status == 200
    kept = site.declarations.history(analyst.id)[0]
    assert (kept.purpose, kept.irb_number, kept.phi_level, kept.version) == (PURPOSE, "IRB-1234", 1, 1)
    assert (kept.printed_name, kept.meaning) == ("Ada Lovelace", "I did the training.")
    assert kept.terms == [{"folder": "/study", "version": 1, "digest": strict.digest}]
    assert (kept.session_id, kept.user_email) == (session_of(browser).public_id, analyst.email)


@pytest.mark.parametrize(
    ("wrong", "field", "text"),
    [
        ({"purpose": ""}, "purpose", "Say for what purpose"),
        ({"purpose": "To sell"}, "purpose", "from the list"),
        ({"purpose": "x" * 2001}, "purpose", "2000 characters"),
        ({"irb_number": " "}, "irbNumber", "Give the IRB number"),
        ({"irb_number": "IRB-12x4"}, "irbNumber", "IRB- and four digits"),
        ({"irb_number": "1" * 101}, "irbNumber", "100 characters"),
        ({"phi_level": None}, "phiLevel", "Choose the highest level"),
        ({"phi_level": 3}, "phiLevel", "Your roles here allow Limited PHI"),
        ({"printed_name": " "}, "signature", "typing your name"),
        ({"printed_name": "A\x1b[2J"}, "signature", "cannot be shown"),
        ({"accepted": frozenset()}, "terms", "accept the terms of use of /study"),
        ({"accepted": frozenset({"0" * 64})}, "terms", "changed while you read"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(site, browser, analyst, good, wrong, field, text):
    from keyhouse.core.phi import PhiLevel

    entered = {**good, **wrong}
    if entered["phi_level"] is not None:
        entered["phi_level"] = PhiLevel(entered["phi_level"])
    problems = try_to_declare(browser, role_level=PhiLevel.LIMITED, **entered)
    assert [each.field for each in problems] == [field]
    assert text in problems[0].text
    assert site.declarations.history(analyst.id) == []


def test_later_of_two_tabs_counts_and_both_are_in_the_log(site, browser, analyst, study):
    from keyhouse.audit.models import AuditEvent

    declare(browser, purpose="One tab")
    declare(browser, purpose="Another tab")
    rows = browser.post("/study/query-selectRows.api", json={"schemaName": "core", "queryName": "Users"})
    assert rows.status == 200
    logged = list(AuditEvent.objects.filter(kind="declaration made").order_by("sequence"))
    assert [(each.details["purpose"], each.details["version"]) for each in logged] == [
        ("One tab", 1),
        ("Another tab", 2),
    ]
    read = AuditEvent.objects.filter(kind="data read").latest("sequence").details
    assert (read["purpose"], read["declaration"]) == ("Another tab", logged[1].details["declaration"])


def test_declaration_of_one_session_or_folder_is_none_of_another(site, front, browser, analyst, study):
    from keyhouse.declarations.demands import OwnDemand

    arm = site.folders.add("/study/arm", OPERATOR)
    site.demands.change(arm, OwnDemand(wants_irb_number=True), OPERATOR)
    declare(browser)
    assert browser.get("/study/arm/project-getContainers.api").json["lacking"] == ["irbNumber", "purpose"]
    declare(browser, path="/study/arm", irb_number="7", purpose="Arm")
    assert browser.get("/study/arm/project-getContainers.api").status == 200
    other = Client(front)
    sign_in(other, analyst.email)
    assert other.get("/study/project-getContainers.api").status == 401


def test_declaration_counts_in_the_folders_below_that_demand_nothing_themselves(site, browser, study):
    site.folders.add("/study/arm", OPERATOR)
    declare(browser)
    assert browser.get("/study/arm/project-getContainers.api").status == 200


def test_nobody_declares_for_keys_of_somebody_else_or_ended_ones(site, browser, analyst, admin, study):
    from keyhouse.keys.models import ApiKey

    foreign, own = issue(site, admin).split("_")[1], issue(site, analyst).split("_")[1]
    problems = try_to_declare(browser, key_ids=[foreign, own])
    assert [(each.field, foreign in each.text) for each in problems] == [("keys", True)]
    site.api_keys.revoke(ApiKey.objects.filter(key_id=own), OPERATOR)
    assert try_to_declare(browser, key_ids=[own])[0].field == "keys"
    assert site.declarations.history(analyst.id) == []


def test_nobody_declares_through_a_key_or_as_a_guest(site, analyst, study):
    from keyhouse.core.caller import Caller
    from keyhouse.core.decision import API_KEY, SESSION_KEY, Via
    from keyhouse.core.phi import PhiLevel
    from keyhouse.core.principal import Principal
    from keyhouse.declarations.entered import Entered

    principal = Principal(analyst.id, analyst.email, "")
    for caller in (
        Caller(principal, Via(API_KEY, key_id="x")),
        Caller(principal, Via(SESSION_KEY, key_id="x", session_id="y")),
        Caller(),
    ):
        problems = site.declarations.declare(study, caller, Entered(PURPOSE), PhiLevel.NOT_PHI)
        assert ["with a browser" in each.text for each in problems] == [True]


def test_nobody_declares_for_the_keys_of_who_is_impersonated(site, browser, analyst, admin, study):
    from dataclasses import replace

    from keyhouse.core.context import DeclaredContext
    from keyhouse.core.impersonation import Guise, Impersonation
    from keyhouse.core.phi import PhiLevel
    from keyhouse.core.principal import Principal
    from keyhouse.declarations.entered import Entered

    behind = Impersonation(Principal(admin.id, admin.email, ""), Guise.USER, analyst.email, analyst.id)
    caller = replace(caller_of(browser), context=DeclaredContext(impersonation=behind))
    key_id = issue(site, analyst).split("_")[1]
    problems = site.declarations.declare(study, caller, Entered(PURPOSE), PhiLevel.NOT_PHI, key_ids=[key_id])
    assert problems[0].field == "keys"
    made = site.declarations.declare(study, caller, Entered(PURPOSE), PhiLevel.NOT_PHI)
    assert made.purpose == PURPOSE
    assert site.declarations.history(admin.id)[0].user_email == admin.email, "who really signed"


def test_administrator_who_acts_as_somebody_does_so_under_the_declaration_of_the_session(
    site, front, admin, analyst, study
):
    from keyhouse.audit.models import AuditEvent

    browser = Client(front)
    sign_in(browser, admin.email)
    acting = browser.post("/user-impersonateUser.api", json={"userId": analyst.id})
    assert acting.status == 200, acting.text
    asked = {"schemaName": "core", "queryName": "Users"}
    assert browser.post("/study/query-selectRows.api", json=asked).json["lacking"] == ["purpose"]
    browser.post("/login-stopImpersonatingApi.api", json={})
    declare(browser, purpose="To help the analyst")
    browser.post("/user-impersonateUser.api", json={"userId": analyst.id})
    assert browser.post("/study/query-selectRows.api", json=asked).status == 200
    read = AuditEvent.objects.filter(kind="data read").latest("sequence")
    assert (read.user_id, read.impersonator_id) == (analyst.id, admin.id)
    assert read.details["purpose"] == "To help the analyst"


def test_signature_that_is_not_demanded_means_nothing(site, browser, analyst, study):
    declare(browser, printed_name="")
    assert site.declarations.history(analyst.id)[0].meaning == ""


def test_number_is_judged_when_it_is_declared_and_not_again_by_a_later_pattern(site, browser, study, strict, good):
    from dataclasses import replace

    declare(browser, **good)
    own = site.demands.own(study)
    site.demands.change(study, replace(own, irb_pattern="[A-F]{9}", irb_hint="nine letters"), OPERATOR)
    assert browser.get("/study/project-getContainers.api").status == 200
    assert [each.field for each in try_to_declare(browser, **good)] == ["irbNumber"]


def test_accepting_terms_alone_keeps_what_was_declared_besides(site, browser, analyst, study):
    declare(browser)
    terms = site.terms.write(study, "Be kind", 0, OPERATOR)
    site.declarations.accept_terms(study, caller_of(browser), [terms.digest])
    latest = site.declarations.history(analyst.id)[0]
    assert (latest.purpose, len(latest.terms), latest.version) == (PURPOSE, 1, 2)
    assert browser.get("/study/project-getContainers.api").status == 200


def test_accepting_terms_alone_signs_nothing_that_was_not_shown(site, browser, analyst, study, strict, good):
    declare(browser, **good)
    latest = site.terms.write(study, "Be kinder", 1, OPERATOR)
    site.declarations.accept_terms(study, caller_of(browser), [latest.digest])
    kept = site.declarations.history(analyst.id)[0]
    assert (kept.terms[0]["version"], kept.irb_number) == (2, "IRB-1234")
    assert (kept.printed_name, kept.meaning) == ("", "")
    answer = browser.get("/study/project-getContainers.api")
    assert (answer.status, answer.json["lacking"]) == (401, ["signature"])


def test_accepting_terms_a_second_time_leaves_the_signature_as_it_was_made(site, browser, analyst, study, strict, good):
    declare(browser, **good)
    site.declarations.accept_terms(study, caller_of(browser), [strict.digest])
    assert [each.printed_name for each in site.declarations.history(analyst.id)] == ["Ada Lovelace"]
    assert browser.get("/study/project-getContainers.api").status == 200


def test_declarations_outlive_their_session(site, browser, analyst, study):
    declare(browser)
    browser.post("/login-logoutApi.api", form={})
    assert site.declarations.history(analyst.id)[0].purpose == PURPOSE
