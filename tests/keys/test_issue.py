"""Issuing and revoking keys: shown once, stored as a digest, fixed in its life."""

from datetime import timedelta

import pytest
from tests.site import OPERATOR, issue

from keyhouse.core.digests import digest
from keyhouse.core.tokens import TokenKind, parse
from keyhouse.system import now

DAY = 86_400


@pytest.fixture
def keys(site):
    from keyhouse.keys.models import ApiKey

    return ApiKey.objects


def test_only_the_digest_is_stored(site, analyst, keys):
    text = issue(site, analyst)
    row = keys.get()
    assert (row.digest, row.key_id) == (digest(text), parse(text).key_id)
    assert text not in repr(row.__dict__) and text[17:] not in repr(row.__dict__)


def test_repr_of_an_issued_key_hides_its_text(site, analyst):
    issued = site.api_keys.issue(analyst, OPERATOR, -1)
    assert issued.token.text not in repr(issued)
    assert parse(issued.token.text).kind is TokenKind.API_KEY


@pytest.mark.parametrize(
    ("maximum", "chosen", "days"),
    [(-1, None, None), (-1, 7 * DAY, 7), (7 * DAY, None, 7), (7 * DAY, 30 * DAY, 7), (7 * DAY, -1, 7)],
)
def test_the_life_is_what_the_owner_chose_within_the_maximum(site, analyst, keys, maximum, chosen, days):
    issue(site, analyst, maximum_seconds=maximum, chosen_seconds=chosen)
    row = keys.get()
    assert (row.expires_at - row.created_at if row.expires_at else None) == (timedelta(days=days) if days else None)


def test_lowering_the_maximum_touches_no_key_and_its_dry_run_counts_them(site, analyst, keys):
    for maximum in (-1, 365 * DAY, 7 * DAY):
        issue(site, analyst, maximum_seconds=maximum)
    assert site.api_keys.outliving(30 * DAY) == 2
    assert site.api_keys.outliving(-1) == 0
    site.users.delete(analyst, OPERATOR)
    assert site.api_keys.outliving(30 * DAY) == 0


def test_revoking_counts_the_living_and_keeps_the_row(site, analyst, keys):
    for _ in range(3):
        issue(site, analyst)
    assert site.api_keys.revoke(keys.all()[:2], OPERATOR) == 2
    assert site.api_keys.revoke(keys.all(), OPERATOR) == 1
    assert site.api_keys.revoke(keys.all(), OPERATOR) == 0
    assert keys.count() == 3


def test_a_revoked_key_keeps_the_moment_of_its_first_revocation(site, analyst, keys):
    issue(site, analyst)
    site.api_keys.revoke(keys.all(), OPERATOR)
    first = keys.get().revoked_at
    site.api_keys.revoke(keys.all(), OPERATOR)
    assert keys.get().revoked_at == first <= now()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("  lab  ", "lab"), ("", ""), ("x" * 256, "x" * 256), ("x" * 257, "x" * 253 + "..."), ("a\0b", "ab")],
)
def test_descriptions_are_trimmed_and_abbreviated(site, analyst, keys, given, kept):
    issue(site, analyst, description=given)
    assert keys.get().description == kept


def test_a_user_may_have_any_number_of_keys(site, analyst, keys):
    texts = {issue(site, analyst) for _ in range(50)}
    assert len(texts) == keys.count() == 50


def test_a_key_committed_before_it_is_shown_is_never_lost(site, analyst, keys):
    from django.db import connection, transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        issue(site, analyst)
        raise RuntimeError
    assert not keys.exists()
    issue(site, analyst)
    assert not connection.in_atomic_block and keys.count() == 1


def test_a_session_key_is_a_child_row_that_the_database_ends(site, client, analyst):
    from django.db import connection
    from tests.site import sign_in

    from keyhouse.core.caller import Caller
    from keyhouse.core.principal import Principal
    from keyhouse.keys.models import SessionKey
    from keyhouse.sessions.models import BrowserSession

    sign_in(client, analyst.email)
    session = BrowserSession.objects.get()
    caller = Caller(Principal(analyst.id, analyst.email, ""))
    token = site.session_keys.issue(session.public_id, caller, "notebook")
    assert parse(token.text).kind is TokenKind.SESSION_KEY
    assert SessionKey.objects.get().digest == digest(token.text)
    session.delete()
    assert not SessionKey.objects.exists() and not connection.in_atomic_block
    with pytest.raises(BrowserSession.DoesNotExist):
        site.session_keys.issue(session.public_id, caller)
