"""Lines for clients: right for each client's own reader, and without a key but in the netrc lines."""

import ast
import netrc
import shlex
from urllib.parse import parse_qs, urlsplit

from keyhouse.console.grid_address import GridAddress, GridFilter
from keyhouse.console.snippets import Place, netrc_lines, read_rows, who_am_i

PLACE = Place("https://data.example.org:8443/labkey", "/home/Liver study")
ADDRESS = GridAddress("clinical", "patients", (("age", True),), (GridFilter("sex", "eq", 'fe"male'),), offset=100)


def text_of(snippets, title):
    return next(each.text for each in snippets if each.title == title)


def test_the_netrc_lines_are_found_by_the_bare_host(tmp_path):
    file = tmp_path / "netrc"
    file.write_text(netrc_lines(PLACE, "khk_secret"))
    assert netrc.netrc(file).authenticators("data.example.org") == ("apikey", "", "khk_secret")


def test_no_client_line_has_room_for_a_key():
    for snippet in [*who_am_i(PLACE), *read_rows(PLACE, ADDRESS)]:
        assert "apikey" not in snippet.text.lower().replace("read_api_key", "")
        assert "password" not in snippet.text.lower()


def test_the_python_lines_are_python_and_name_host_folder_and_context():
    tree = ast.parse(text_of(who_am_i(PLACE), "Python"))
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.func.id == "APIWrapper")
    assert [ast.literal_eval(each) for each in call.args] == ["data.example.org:8443", "home/Liver study", "labkey"]
    assert ast.literal_eval(call.keywords[0].value) is True


def test_the_python_lines_that_read_rows_carry_sort_and_filters():
    text = text_of(read_rows(PLACE, ADDRESS), "Python")
    ast.parse(text)
    assert 'sort="-age"' in text
    assert r'QueryFilter("sex", "fe\"male", "eq")' in text


def test_a_site_at_the_root_of_its_host_has_no_context_path():
    assert "None, use_ssl=False" in text_of(who_am_i(Place("http://127.0.0.1:8080", "/home")), "Python")


def test_the_curl_line_is_one_shell_word_for_the_url():
    command = shlex.split(text_of(read_rows(PLACE, ADDRESS), "curl"))
    assert command[:2] == ["curl", "--netrc"]
    parts = urlsplit(command[2])
    assert parts.path == "/labkey/home/Liver%20study/query-selectRows.api"
    assert parse_qs(parts.query)["query.sex~eq"] == ['fe"male']


def test_the_r_lines_carry_filters_as_makefilter_wants_them():
    assert r'makeFilter(c("sex", "eq", "fe\"male"))' in text_of(read_rows(PLACE, ADDRESS), "R")
