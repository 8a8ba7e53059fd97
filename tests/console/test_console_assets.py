"""Assets: served under the digest of their content, and nothing else is."""

import pytest

from keyhouse.console.assets import asset_url, hashed_name, respond


@pytest.mark.parametrize("name", ["keyhouse.css", "keyhouse.js", "logo.svg", "favicon.svg"])
def test_an_asset_is_answered_at_its_url(name):
    body, media_type = respond(asset_url(name))
    assert body
    assert media_type.split(";")[0] in {"text/css", "text/javascript", "image/svg+xml"}


def test_a_changed_file_has_a_new_name():
    assert hashed_name("keyhouse.css", b"a") != hashed_name("keyhouse.css", b"b")


@pytest.mark.parametrize(
    "path", ["", "/", "/_assets/", "/_assets/keyhouse.css", "/_assets/../assets.py", "/x/_assets/a"]
)
def test_no_other_path_is_answered(path):
    assert respond(path) is None


def test_an_asset_without_its_folder_is_not_answered():
    assert respond(asset_url("keyhouse.css").rpartition("/")[2]) is None


def test_assets_may_be_kept_for_ever_and_pages_not_at_all(client):
    page = client.get("/login-login.view")
    asset = client.get(asset_url("keyhouse.css"))
    assert "immutable" in asset.header("Cache-Control")
    assert page.header("Cache-Control") == "no-store"


def test_no_asset_and_no_page_names_another_host(client):
    page = client.get("/login-login.view").text
    texts = [respond(asset_url(name))[0].decode() for name in ("keyhouse.css", "keyhouse.js", "logo.svg")]
    for text in [page, *texts]:
        assert "https://" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
