"""API Keys: all keys of the server; filtered, selected, deleted."""

import pytest

from tests.console.pages import ADMIN, ANALYST, sign_in, submit, words
from tests.site import OPERATOR, Client, issue

PAGE = "/query-executeQuery.view?schemaName=core&query.queryName=APIKeys"
DELETE = "/query-deleteQueryRows.view?schemaName=core&query.queryName=APIKeys"


@pytest.fixture
def keys(site, admin, analyst):
    return {
        "import": issue(site, analyst, description="nightly import"),
        "notebook": issue(site, analyst, description="notebook"),
        "monitor": issue(site, admin, description="monitoring"),
    }


@pytest.fixture
def signed_in(client, keys):
    sign_in(client, ADMIN)
    return client


def alive():
    from keyhouse.keys.models import ApiKey

    return sorted(ApiKey.objects.filter(revoked_at=None).values_list("description", flat=True))


def ids(**where):
    from keyhouse.keys.models import ApiKey

    return list(ApiKey.objects.filter(**where).values_list("id", flat=True))


def test_every_key_is_listed_with_its_owner_and_no_secret(signed_in, keys):
    from keyhouse.keys.models import ApiKey

    page = signed_in.get(PAGE)
    for word in (ADMIN, ANALYST, "nightly import", "notebook", "monitoring", "Keys 1 to 3 of 3"):
        assert word in words(page)
    for key in ApiKey.objects.all():
        assert key.key_id in page.text
        assert key.digest not in page.text
    assert not [text for text in keys.values() if text in page.text]


def test_a_filter_narrows_the_list_and_can_be_taken_away(signed_in):
    page = signed_in.get(f"{PAGE}&query.CreatedBy/Email~contains=ANALYST")
    assert "User contains ANALYST" in words(page)
    assert "monitoring" not in words(page)
    assert "Keys 1 to 2 of 2" in words(page)


def test_the_filter_form_leads_to_the_address_that_clients_know(signed_in):
    answer = signed_in.get(f"{PAGE}&filter.column=Description&filter.op=contains&filter.value=note")
    assert answer.status == 302
    assert answer.header("Location").endswith("&query.Description~contains=note")


def test_keys_are_sorted_by_any_column(signed_in):
    page = words(signed_in.get(f"{PAGE}&query.sort=-Description"))
    assert page.index("notebook") < page.index("nightly import") < page.index("monitoring")


def test_a_filter_of_the_wrong_type_says_so(signed_in):
    answer = signed_in.get(f"{PAGE}&query.Created~gt=yesterdayish")
    assert answer.status == 400
    assert "yesterdayish" in words(answer)


def test_selected_keys_are_deleted_after_the_question(signed_in, front, keys):
    chosen = ids(description="notebook")
    asked = submit(signed_in, DELETE, key=chosen)
    assert "Delete 1 API Key" in words(asked)
    assert len(alive()) == 3
    submit(signed_in, DELETE, key=chosen, confirmed="1")
    assert alive() == ["monitoring", "nightly import"]
    assert Client(front).get("/login-whoAmI.api", {"apikey": keys["notebook"]}).status == 401


def test_all_keys_of_a_filtered_list_are_deleted_at_once(signed_in):
    asked = submit(signed_in, f"{DELETE}&query.CreatedBy/Email~eq={ANALYST}", all="1")
    assert "Delete 2 API Keys" in words(asked)
    submit(signed_in, DELETE, key=ids(owner__email=ANALYST), confirmed="1")
    assert alive() == ["monitoring"]


def test_deleting_all_deletes_what_was_shown_and_asked_for_not_what_came_later(signed_in, site, admin):
    shown = ids()
    submit(signed_in, DELETE, all="1")
    issue(site, admin, description="made meanwhile")
    submit(signed_in, DELETE, key=shown, confirmed="1")
    assert alive() == ["made meanwhile"]


def test_keys_of_a_deactivated_owner_are_marked(signed_in, site, analyst):
    site.users.deactivate(analyst, OPERATOR)
    assert "deactivated" in words(signed_in.get(PAGE))


def test_an_analyst_cannot_delete_through_the_administrators_page(client, keys, site):
    sign_in(client, ANALYST)
    assert submit(client, DELETE, key=ids(), confirmed="1").status == 403
    assert len(alive()) == 3


def test_the_list_pages_through_many_keys(signed_in):
    page = words(signed_in.get(f"{PAGE}&query.maxRows=2"))
    assert "Keys 1 to 2 of 3" in page
    assert "Delete all 3 keys of this list" in page
    assert "Keys 3 to 3 of 3" in words(signed_in.get(f"{PAGE}&query.maxRows=2&query.offset=2"))
