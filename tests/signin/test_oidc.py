"""OpenID Connect, against a real provider (npm's oidc-provider)."""

from urllib.parse import parse_qs, urlsplit

import pytest
from tests.providers.oidc import BASE, CLIENT_SECRET, Visitor, address, client_of, running
from tests.providers.oidc_forger import key
from tests.providers.oidc_visits import begin, come_back, configured, sign_in, who
from tests.site import OPERATOR, Client

ANA = "ana@example.org"


@pytest.fixture
def row(site, admin, oidc_provider):
    return configured(oidc_provider, site=site)


def session(email=ANA):
    from keyhouse.sessions.models import BrowserSession

    return BrowserSession.objects.get(user__email=email)


def provider_of(site, row):
    return site.providers.value_of(row)


def query(url):
    return parse_qs(urlsplit(url).query)


def test_person_of_the_provider_is_signed_in_and_goes_where_they_were_going(client, row):
    answer = sign_in(client, row, "ana", returnUrl="/labkey/home/project-begin.view?x=1")
    assert (answer.status, answer.header("Location")) == (303, "/labkey/home/project-begin.view?x=1")
    assert who(client) == ANA


def test_account_is_made_with_the_name_and_the_address_in_lower_case(client, row):
    from keyhouse.accounts.users import find

    sign_in(client, row, "ana")
    made = find(ANA)
    assert (made.display_name, made.has_usable_password()) == ("Ana Lyst", False)


@pytest.mark.parametrize(
    ("name", "methods", "level"), [("ana", "pwd", 1), ("mia", "pwd otp mfa", 2), ("kim", "fido", 3)]
)
def test_session_records_the_provider_the_methods_and_how_sure_they_are(client, row, name, methods, level):
    sign_in(client, row, name)
    kept = session(f"{name}@example.org")
    assert (kept.provider, kept.configuration_id, kept.methods, kept.assurance) == (
        row.description,
        row.id,
        methods,
        level,
    )


def test_configuration_that_an_administrator_made_signs_in_with_what_was_not_entered_at_its_default(
    client, site, admin, oidc_provider
):
    from keyhouse.signin.configurations import Draft
    from keyhouse.signin.entered import parse
    from keyhouse.signin.oidc.method import method

    settings = parse(method.fields, oidc_provider.settings)
    draft = Draft("Campus directory", settings, oidc_provider.secrets, creates_accounts=True)
    row = site.configurations.add("oidc", draft, OPERATOR)
    assert sign_in(client, row, "mia").status == 303
    assert session("mia@example.org").assurance == 2
    blank = {**row.settings, "name_claim": "", "groups_claim": "", "clock_skew_seconds": None}
    row.settings = blank
    row.save()
    assert sign_in(client, row, "ana").status == 303


def test_what_counts_as_two_factors_is_a_setting(client, site, admin, oidc_provider):
    levels = {"two_factor_values": ["pwd"], "phishing_resistant_values": ""}
    sign_in(client, configured(oidc_provider, site=site, settings=levels), "ana")
    assert session().assurance == 2


def test_address_that_is_not_verified_makes_no_account_unless_the_provider_is_trusted(client, site, row):
    answer = sign_in(client, row, "bob")
    assert (answer.status, who(client)) == (403, "guest")
    assert "does not vouch for your e-mail address bob@example.org" in answer.text
    row.settings["trusts_addresses"] = True
    row.save()
    assert sign_in(client, row, "bob").status == 303


def test_person_is_known_by_their_subject_though_the_address_changes(client, front, row):
    from keyhouse.signin.models import ExternalIdentity

    sign_in(client, row, "ana")
    ExternalIdentity.objects.update(email="former@example.org")
    other = Client(front)
    sign_in(other, row, "ana")
    assert who(other) == ANA
    assert ExternalIdentity.objects.get().email == ANA


def test_only_people_of_whom_the_required_claims_hold_are_let_in(client, row):
    row.settings["required_claims"] = "groups=analysts\nname=Ana Lyst"
    row.save()
    answer = sign_in(client, row, "mia")
    assert (answer.status, "this site is not meant for you" in answer.text) == (403, True)
    assert sign_in(client, row, "ana").status == 303


def test_person_who_says_no_at_the_provider_is_told_what_to_do(client, row):
    came = Visitor().sign_in(begin(client, row), "ana", do="refuse")
    answer = come_back(client, row, came)
    assert answer.status == 403
    assert "Campus directory did not let you in" in answer.text
    assert who(client) == "guest"


def test_sign_in_at_the_provider_is_used_again_without_a_question(front, row):
    visitor = Visitor()
    assert sign_in(Client(front), row, "ana", visitor).status == 303
    second = Client(front)
    assert come_back(second, row, visitor.follow(begin(second, row))).status == 303
    assert who(second) == ANA


def test_settings_of_prompt_and_levels_are_asked_for(client, row):
    row.settings |= {"prompt": "select_account", "acr_values": "mfa phr", "scopes": "openid email"}
    row.save()
    asked = query(begin(client, row))
    assert (asked["prompt"], asked["acr_values"], asked["scope"]) == (["select_account"], ["mfa phr"], ["openid email"])
    assert (asked["response_type"], asked["response_mode"]) == (["code"], ["query"])
    assert asked["redirect_uri"] == [address("oidc-validate.view", row.id)]
    assert "max_age" not in asked


def test_this_site_proves_itself_in_each_way(client, front, site, admin):
    own = key("ours", "EC")
    secrets = {"private_key": own.as_pem(private=True).decode(), "client_secret": CLIENT_SECRET}
    wrong = {"private_key": key("x", "EC").as_pem(private=True).decode(), "client_secret": "wrong"}
    broken = {"private_key": own.as_pem(private=False).decode(), "client_secret": ""}
    with running(*(registered(how, own) for how in WAYS)) as provider:
        row = configured(provider, site=site, secrets=secrets)
        for how in WAYS:
            row.settings |= {"client_id": how, "client_authentication": how, "private_key_id": "ours"}
            row.sealed = site.providers.seal(secrets)
            row.save()
            assert sign_in(Client(front), row, "ana").status == 303, how
            for others in (wrong, broken):
                row.sealed = site.providers.seal(others)
                row.save()
                if how != "none":
                    answer = sign_in(client, row, "mia")
                    assert "does not accept this site at present" in answer.text, how


WAYS = ("client_secret_basic", "client_secret_post", "none", "private_key_jwt")


def registered(how, own):
    client = {**client_of(address("oidc-validate.view")), "client_id": how, "token_endpoint_auth_method": how}
    if how in {"none", "private_key_jwt"}:
        del client["client_secret"]
    if how == "private_key_jwt":
        client |= {"jwks": {"keys": [own.as_dict(private=False)]}, "token_endpoint_auth_signing_alg": "ES256"}
    return client


def test_fresh_sign_in_asks_anew_and_checks_that_it_was_done(site, row):
    from datetime import timedelta

    from keyhouse.signin.method import Flow, Purpose, SignInFailed
    from keyhouse.signin.oidc.method import CameBack, method

    def journey(started_at):
        return Flow(row.id, "state", "nonce", "v" * 43, Purpose.FRESH, "", started_at)

    provider, now = provider_of(site, row), site.clock()
    flow = journey(now)
    asked = query(method.begin(provider, flow).url)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    came = Visitor().sign_in(method.begin(provider, flow).url, "ana")
    identity = method.finish(provider, flow, CameBack(came["code"], issuer=came["iss"]), now)
    assert identity.signed_in_at is not None
    came = Visitor().sign_in(method.begin(provider, flow).url, "ana")
    late = journey(now + timedelta(minutes=5))
    with pytest.raises(SignInFailed) as refused:
        method.finish(provider, late, CameBack(came["code"], issuer=came["iss"]), now)
    assert "before they were asked" in refused.value.detail


def test_signing_out_here_leads_on_to_sign_out_there(client, site, row):
    sign_in(client, row, "ana")
    kept = session().provider_session
    url = site.providers.unseal(kept.sealed)
    from keyhouse.signin.oidc.method import method

    asked = method.sign_out_url(provider_of(site, row), url, f"{BASE}/login-signedOut.view")
    assert asked is not None and asked.startswith(f"{row.settings['issuer']}/session/end?")
    assert query(asked)["post_logout_redirect_uri"] == [f"{BASE}/login-signedOut.view"]
    assert query(asked)["id_token_hint"] == [url["id_token"]]
    assert "id_token" not in kept.sealed
    long = method.sign_out_url(provider_of(site, row), {**url, "id_token": "x" * 7000}, BASE)
    assert long is not None and "id_token_hint" not in long
    assert method.sign_out_url(provider_of(site, row), {}, BASE) is None


def test_provider_that_is_down_is_said_to_be_down_and_the_page_stays(client, site, admin, oidc_provider):
    row = configured(oidc_provider, site=site, settings={"issuer": "http://127.0.0.1:9"})
    answer = client.get("/login-ssoRedirect.view", configuration=row.id)
    assert answer.status == 503
    assert "Campus directory cannot be reached at present" in answer.text
    assert 'name="password"' in answer.text


def findings(site, row):
    from keyhouse.signin.oidc.method import method

    return list(method.test(provider_of(site, row)))


def test_trial_finds_nothing_wrong_with_a_good_configuration(site, row):
    found = findings(site, row)
    assert all(each.is_ok for each in found), found
    text = " ".join(each.text for each in found)
    assert address("oidc-validate.view", row.id) in text
    assert address("oidc-backchannelLogout.view", row.id) in text
    assert "PKCE with S256" in text and "2 published keys" in text and "back channel" in text


def test_trial_says_what_is_wrong(site, row):
    def of(**settings):
        row.settings = {**row.settings, **settings}
        return [each for each in findings(site, row) if not each.is_ok]

    issuer = row.settings["issuer"]
    assert "is of issuer" in of(issuer=f"{issuer}/")[0].text
    assert "status 404" in of(issuer=f"{issuer}/nowhere")[0].text
    assert "connection was refused" in of(issuer="http://127.0.0.1:9")[0].text
