"""Lines for clients: right for each client's own reader, and without a key but in the netrc lines."""

import ast
import netrc
import shlex

from keyhouse.console.snippets import netrc_lines, who_am_i
from keyhouse.scripts.place import Place

PLACE = Place("https://data.example.org:8443/labkey", "/home/Liver study")


def text_of(snippets, title):
    return next(each.text for each in snippets if each.title == title)


def test_the_netrc_lines_are_found_by_the_bare_host(tmp_path):
    file = tmp_path / "netrc"
    file.write_text(netrc_lines(PLACE, "khk_secret"))
    assert netrc.netrc(file).authenticators("data.example.org") == ("apikey", "", "khk_secret")


def test_no_client_line_has_room_for_a_key():
    for snippet in who_am_i(PLACE):
        assert "apikey" not in snippet.text.lower().replace("read_api_key", "")
        assert "password" not in snippet.text.lower()


def test_the_python_lines_are_python_and_name_host_folder_and_context():
    tree = ast.parse(text_of(who_am_i(PLACE), "Python"))
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.func.id == "APIWrapper")
    assert [ast.literal_eval(each) for each in call.args] == ["data.example.org:8443", "home/Liver study", "labkey"]
    assert ast.literal_eval(call.keywords[0].value) is True


def test_a_site_at_the_root_of_its_host_has_no_context_path():
    assert "None, use_ssl=False" in text_of(who_am_i(Place("http://127.0.0.1:8080", "/home")), "Python")


def test_the_curl_line_is_one_shell_word_for_the_url():
    command = shlex.split(text_of(who_am_i(PLACE), "curl"))
    assert command == ["curl", "--netrc", "https://data.example.org:8443/labkey/home/Liver%20study/login-whoAmI.api"]
