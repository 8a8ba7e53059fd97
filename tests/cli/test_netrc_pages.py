"""The how-to pages show what the commands really print."""

from pathlib import Path

import pytest

from tests.cli.netrc_home import Home

_PAGES = Path(__file__).parents[2] / "docs" / "how-to"
_NEW = "khk_new" + "0" * 49
_OLD = "khk_old" + "0" * 49


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _text(name: str) -> str:
    return (_PAGES / f"{name}.md").read_text("utf-8")


def _as_ada(home: Home, text: str) -> str:
    return text.replace(str(home.file), "/home/ada/.netrc")


def test_page_shows_what_check_and_fix_print(home: Home) -> None:
    page = _text("put-your-key-where-every-client-finds-it")
    home.write(
        f"machine data.example.org login apikey password {_NEW}\n"
        f"machine lab.example.org:8080 login apikey password lab{'0' * 53}\n"
    )
    checked = home.run("check", home.file)
    assert _as_ada(home, checked.out + checked.err) in page
    assert home.run("check", home.file, "--fix", "--dry-run").out.partition("\n\n")[0] in page


def test_page_shows_what_set_prints(home: Home) -> None:
    done = home.run("set", "data.example.org", "--login", "apikey", "--password-stdin", stdin=f"{_NEW}\n")
    assert _as_ada(home, done.out) in _text("put-your-key-where-every-client-finds-it")


@pytest.mark.parametrize("page", ["put-your-key-where-every-client-finds-it", "why-does-r-not-see-my-key"])
def test_pages_show_the_sentence_of_a_difference(home: Home, page: str) -> None:
    home.write("".join(f"machine data.example.org login apikey password {secret}\n" for secret in (_OLD, _NEW)))
    told = home.run("explain", "https://data.example.org", "--client", "r", "--client", "requests").out
    for line in told.partition("\n\n")[0].splitlines():
        assert line in _text(page)


def test_tutorial_leads_where_it_says(home: Home) -> None:
    page = (_PAGES.parent / "tutorial" / "one-netrc-file-for-all.md").read_text("utf-8")
    home.file = home.folder / "practice"
    home.write(page.partition("<<'END'\n")[2].partition("END\n")[0])

    def practise(*command: str, stdin: str = "") -> str:
        assert f"keyhouse netrc {' '.join(command)} --file practice\n" in page
        given = [*command, "--password-stdin"] if stdin else command
        result = home.run(*given, "--file", "practice", stdin=stdin)
        return result.out + result.err

    asked = practise("explain", "https://data.example.org", "-c", "curl", "-c", "requests")
    assert "curl 8.23.0 sends nothing, because in line 4 the machine has a scheme" in asked
    assert "line 3 is commented out and requests 2.34.2 reads it all the same" in asked
    assert practise("check").startswith("danger  commented-out-live  practice:3:1")
    assert "Mended: comment-after-blank-line, machine-scheme." in practise("check", "--fix")
    home.write("".join(line for line in home.text.splitlines(keepends=True) if not line.startswith("#")))
    set_key = ("set", "data.example.org", "--login", "apikey")
    assert "instead of the old one" in practise(*set_key, stdin="n3wkey\n")
    set_password = ("set", "data.example.org", "--login", "ada@example.org")
    assert "Nothing was written" in practise(*set_password, stdin="pass\\word1\n")
    assert practise("explain", "https://data.example.org").startswith("All 7 clients send apikey")
    assert practise("check") == "practice: every client reads it alike.\n"
    assert "ok: no client checks" in practise("explain", "https://data.example.org", "-c", "r", "--platform", "windows")
