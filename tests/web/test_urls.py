"""The two URL shapes: they name the same target, never climb, and return URLs stay here."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.web.urls import Target, UnsafePath, build, is_local, parse

WORD = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
FOLDER = st.text(string.ascii_letters + string.digits + " -_.é%#?&+", min_size=1, max_size=12).filter(
    lambda name: name.strip(". ") == name and "\\" not in name
)
PATHS = st.lists(FOLDER, max_size=4)
EXTENSION = st.sampled_from([".api", ".view", ".post", ".API"])


@given(WORD, WORD, PATHS, EXTENSION)
def test_both_shapes_name_the_same_target(controller, action, folders, extension):
    container = "/".join(folders)
    new = parse(f"/{container}/{controller}-{action}{extension}")
    old = parse(f"/{controller}/{container}/{action}{extension}")
    assert new == old == Target(controller.lower(), action.lower(), "/" + container)


@given(WORD, WORD, PATHS)
def test_a_built_url_reads_back_as_itself(controller, action, folders):
    from urllib.parse import unquote, urlsplit

    container = "/" + "/".join(folders)
    url = build("/labkey", container, f"{controller}-{action}.view", returnUrl="/labkey/?a=b&c")
    split = urlsplit(url)
    assert split.path.startswith("/labkey/") and not split.fragment
    target = parse(unquote(split.path.removeprefix("/labkey")))
    assert target == Target(controller.lower(), action.lower(), container)


@given(st.text())
def test_no_path_climbs_or_raises_anything_else(path):
    try:
        target = parse(path)
    except UnsafePath:
        return
    assert target is None or not {".", ".."} & set(target.container.split("/"))


@pytest.mark.parametrize(
    "path",
    [
        "/../x-y.view",
        "/a/../b/x-y.api",
        "/./x-y.view",
        "/a\\b/x-y.view",
        "/a\0/x-y.view",
        "/a\nb/x-y.view",
        "/a\u202e/x-y.view",
    ],
)
def test_climbing_and_hiding_are_refused(path):
    with pytest.raises(UnsafePath):
        parse(path)


def test_repeated_slashes_count_as_one():
    assert parse("//home///query-getQuery.api") == Target("query", "getquery", "/home")


@pytest.mark.parametrize("path", ["", "/", "/home", "/My.Folder"])
def test_what_names_no_action_is_none(path):
    assert parse(path) is None


@pytest.mark.parametrize(
    "url", ["/labkey", "/labkey/", "/labkey/home/project-begin.view?a=b", "/labkey?x=//evil.example"]
)
def test_return_urls_on_this_site_are_followed(url):
    assert is_local(url, "/labkey")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/labkeyevil",
        "/other/",
        "javascript:alert(1)",
        "/labkey/\n//evil.example",
        "\t//evil.example",
        " //evil.example",
        "/labkey/../other",
        "/labkey/%2e%2E/other",
        "/labkey\\@evil.example",
        "labkey/",
    ],
)
def test_return_urls_elsewhere_are_not(url):
    assert not is_local(url, "/labkey")


@given(st.text())
def test_a_local_url_never_has_a_host(url):
    from urllib.parse import urljoin, urlsplit

    if is_local(url, ""):
        assert urlsplit(urljoin("https://data.example.org/x/", url)).netloc == "data.example.org"
