"""The decision, walked as a table: no request with a bad fact comes in, and each refusal says exactly why."""

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from keyhouse.core.context import DeclaredContext
from keyhouse.core.credentials import Source, read
from keyhouse.core.decision import (
    API_KEY,
    BROWSER_SESSION,
    OPENED_SESSION,
    PASSWORD,
    SESSION_KEY,
    Allowed,
    Denied,
    KeyFacts,
    SessionFacts,
    SessionLife,
    Via,
    combine,
    decide_key,
    decide_session,
    decide_session_key,
    deny_impersonation,
    deny_password,
    deny_request,
)
from keyhouse.core.impersonation import Guise, Impersonation
from keyhouse.core.principal import GUEST, Principal
from keyhouse.core.reasons import PASSWORD_TEXT, PERMISSION_TEXT, TOLD_TO_HOLDER, Reason, log_text
from keyhouse.core.tokens import TokenKind, mint

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ADA = Principal(1001, "ada@example.org", "ada")
BOB = Principal(1002, "bob@example.org", "bob")
KEY = mint(TokenKind.API_KEY, lambda size: bytes(range(size))).text
EXPIRIES = {"never": None, "later": NOW + SECOND, "now": NOW, "earlier": NOW - SECOND}
KEY_TABLE = list(product((False, True), (False, True), EXPIRIES, (True, False), (False, True)))


def key_facts(is_revoked, was_rotated, expiry, is_active, are_refused) -> KeyFacts:
    return KeyFacts(
        "k", ADA, is_active, EXPIRIES[expiry], NOW - SECOND if is_revoked else None, was_rotated, are_refused
    )


def expected_reason(is_revoked, was_rotated, expiry, is_active, are_refused) -> Reason | None:
    if is_revoked:
        return Reason.KEY_ROTATED if was_rotated else Reason.KEY_REVOKED
    if expiry in {"now", "earlier"}:
        return Reason.KEY_EXPIRED
    if not is_active:
        return Reason.ACCOUNT_DEACTIVATED
    return Reason.KEYS_REFUSED if are_refused else None


def test_every_combination_of_facts_about_a_key_has_its_one_answer():
    for row in KEY_TABLE:
        answer = decide_key(key_facts(*row), Source.BASIC, NOW)
        reason = expected_reason(*row)
        assert isinstance(answer, Allowed) == (reason is None), row
        assert reason is None or answer.reason is reason, row


def test_no_bad_fact_is_ever_outweighed_by_good_ones():
    good = (False, False, "never", True, False)
    for row in KEY_TABLE:
        is_bad = row[0] or row[2] in {"now", "earlier"} or not row[3] or row[4]
        assert bool(decide_key(key_facts(*row), Source.BASIC, NOW)) == (not is_bad), row
    assert decide_key(key_facts(*good), Source.BASIC, NOW) == Allowed(ADA, Via(API_KEY, Source.BASIC, "k"))


def test_all_refused_keys_read_alike_but_for_the_reason_of_their_holder():
    unknown = decide_key(None, Source.BASIC, NOW)
    assert unknown.text == PERMISSION_TEXT and unknown.told_reason is None and unknown.status == 401
    for row in KEY_TABLE:
        answer = decide_key(key_facts(*row), Source.BASIC, NOW)
        if isinstance(answer, Denied):
            assert (answer.text, answer.status) == (PERMISSION_TEXT, 401)
            assert (answer.expired_at is not None) == (answer.reason is Reason.KEY_EXPIRED)


def test_a_session_key_lives_exactly_as_long_as_its_session():
    context = DeclaredContext(purpose="audit")
    for idle, end, is_active in product((-1, 0, 1), (-1, 0, 1), (True, False)):
        facts = SessionFacts("s", ADA, is_active, NOW + idle * SECOND, NOW + end * SECOND, context)
        answer = decide_session_key(facts, "k", Source.HEADER, NOW)
        if is_active and idle > 0 and end > 0:
            life = SessionLife(facts.idle_until, facts.ends_at)
            assert answer == Allowed(ADA, Via(SESSION_KEY, Source.HEADER, "k", "s"), context, life)
        else:
            assert answer.reason is (Reason.SESSION_ENDED if is_active else Reason.ACCOUNT_DEACTIVATED)
        cookie = decide_session(facts, NOW)
        assert isinstance(cookie, Allowed) == isinstance(answer, Allowed)
    assert decide_session_key(None, "k", Source.HEADER, NOW).reason is Reason.KEY_UNKNOWN
    assert decide_session(None, NOW) is None


def allowed(who: Principal, method: str) -> Allowed:
    source = Source.COOKIE if method in {BROWSER_SESSION, OPENED_SESSION} else Source.BASIC
    return Allowed(who, Via(method, source))


METHODS = st.sampled_from([API_KEY, SESSION_KEY, PASSWORD])
ANSWERS = st.lists(
    st.builds(allowed, st.sampled_from([ADA, BOB]), METHODS)
    | st.sampled_from([Denied(Reason.KEY_UNKNOWN, "x"), Denied(Reason.KEY_REVOKED, "x")]),
    max_size=3,
)
SESSIONS = st.none() | st.builds(
    allowed, st.sampled_from([ADA, BOB]), st.sampled_from([BROWSER_SESSION, OPENED_SESSION])
)


@given(ANSWERS, SESSIONS)
def test_joining_never_lets_in_what_one_credential_refuses(answers, session):
    answer = combine(answers, session)
    if any(isinstance(one, Denied) for one in answers):
        assert isinstance(answer, Denied)
    if isinstance(answer, Allowed) and not answer.principal.is_guest:
        assert answer in [*answers, session]
        assert {one.principal for one in answers} <= {answer.principal}
    if isinstance(answer, Allowed) and answer.principal.is_guest:
        assert not answers and session is None


def test_session_key_wins_over_any_cookie():
    for who in (ADA, BOB):
        key = allowed(ADA, SESSION_KEY)
        assert combine([key], allowed(who, BROWSER_SESSION)) is key


def test_browser_session_wins_over_key_or_password_of_the_same_user():
    for method in (API_KEY, PASSWORD):
        session = allowed(ADA, BROWSER_SESSION)
        assert combine([allowed(ADA, method)], session) is session


def test_a_key_wins_over_a_session_that_a_key_opened():
    key = allowed(ADA, API_KEY)
    assert combine([key], allowed(ADA, OPENED_SESSION)) is key


def test_an_opened_session_in_which_somebody_impersonates_wins_over_the_bare_key_of_the_same_person():
    going_on = DeclaredContext(impersonation=Impersonation(ADA, Guise.USER, BOB.email, BOB.id))
    for method in (API_KEY, PASSWORD):
        for session in (OPENED_SESSION, BROWSER_SESSION):
            acting = Allowed(BOB, Via(session, Source.COOKIE), going_on)
            assert acting.signed_in == ADA
            assert combine([allowed(ADA, method)], acting) is acting
            assert combine([allowed(BOB, method)], acting).reason is Reason.CONFLICTING
    assert combine([], acting) is acting


def test_a_stopped_impersonation_is_told_to_the_administrator_and_is_no_bad_credential():
    acting = Allowed(BOB, Via(OPENED_SESSION), DeclaredContext(impersonation=Impersonation(ADA, Guise.ROLES, "Reader")))
    denied = deny_impersonation(acting)
    assert (denied.status, denied.told_reason, denied.principal) == (403, Reason.IMPERSONATION_ENDED, ADA)


def test_different_users_conflict_and_their_sources_are_named():
    for pair in ([allowed(ADA, API_KEY), Allowed(BOB, Via(API_KEY, Source.HEADER))],):
        denied = combine(pair, None)
        assert (denied.reason, denied.status) == (Reason.CONFLICTING, 400)
        assert denied.sources == ("Authorization: Basic", "the apikey header")
    denied = combine([allowed(ADA, API_KEY)], allowed(BOB, BROWSER_SESSION))
    assert denied.sources == ("Authorization: Basic", "the session cookie")


def test_nothing_presented_is_the_guest():
    assert combine([], None) == Allowed(GUEST)


def test_a_refusal_is_false_and_a_grant_is_true():
    assert not Denied(Reason.KEY_UNKNOWN, "x")
    assert Allowed(GUEST)


def test_unknown_account_and_wrong_password_read_alike():
    answers = [deny_password(reason, "ada@example.org") for reason in (Reason.ACCOUNT_UNKNOWN, Reason.PASSWORD_WRONG)]
    assert {(answer.text, answer.status, answer.told_reason) for answer in answers} == {(PASSWORD_TEXT, 401, None)}


def test_a_key_given_as_user_name_is_not_logged_as_one():
    denied = deny_password(Reason.ACCOUNT_UNKNOWN, KEY)
    assert KEY[17:] not in repr(denied) and denied.principal.email == "[key]"


def test_requests_that_are_wrong_in_themselves_are_refused_before_any_store():
    assert deny_request(read("Bearer a, Bearer b", None, None, "")).reason is Reason.SEVERAL_AUTHORIZATIONS
    assert deny_request(read(None, None, None, f"x={KEY}")).reason is Reason.KEY_IN_URL
    assert deny_request(read("Digest x", None, None, "")).reason is Reason.UNREADABLE
    assert deny_request(read(f"Bearer {KEY}", None, None, "")) is None


def test_every_reason_has_its_words_for_the_log():
    assert len({log_text(reason) for reason in Reason}) == len(Reason)


def test_what_only_a_holder_may_know_is_never_told_of_unknown_secrets():
    assert not TOLD_TO_HOLDER & {
        Reason.KEY_UNKNOWN,
        Reason.KEY_MALFORMED,
        Reason.ACCOUNT_UNKNOWN,
        Reason.PASSWORD_WRONG,
        Reason.KEYS_REFUSED,
    }
