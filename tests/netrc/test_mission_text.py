"""The page on netrc files that users are given, sentence by sentence, held against the models of the real clients.

Where the page and the clients part, the test says what the clients do, and that the doctor warns of it.
"""

import pytest

from keyhouse.netrc import MadeUp, client, lookup, parse
from keyhouse.netrc.circumstances import examine_around
from keyhouse.netrc.findings import ASKED
from keyhouse.netrc.lints import examine
from keyhouse.netrc.permissions import verdict
from keyhouse.netrc.surroundings import FileFacts

HOST = "myserver.trial.labkey.host"
URL = f"https://{HOST}:8080/labkey/home/project-begin.view?"
LINES = f"machine {HOST}\nlogin user@labkey.com\npassword mypassword\n".encode()
LINE = f"machine {HOST} login user@labkey.com password mypassword\n".encode()
WITH_API_KEY = (
    f"machine {HOST} login apikey password TheUniqueAPIKeyGeneratedForYou\n\n"
    "machine localhost login user@labkey.com password localboxpassword\n"
).encode()
OF_LABKEY = ("r", "requests", "labkey-java", "labkey-rs")
PORTS_COUNT = "go@1.27.3"
"""Go since 1.24 takes the port as a part of the machine's name, and so it stands aside where the port is not 443."""
WANTS_INDENTED = "heroku@3.1.6"
"""Heroku's parser sees an entry of several lines only where the second and third are indented."""
EVERYBODY = tuple(name for name in ASKED if name not in (PORTS_COUNT, WANTS_INDENTED))


def sent(data, url=URL, clients=EVERYBODY):
    """Return what each client sends, as a set: one pair when they agree."""
    choices = [lookup(url, name, data) for name in clients]
    return {(c.login, c.secret.reveal().decode() if c.secret is not None else None) for c in choices}


def found(data):
    return {finding.id for finding in examine(parse(data))}


def on_linux(facts=None, files=None, environ=None):
    files = {"/home/me/.netrc": LINE} if files is None else files
    details = {"/home/me/.netrc": facts} if facts else {}
    return MadeUp({"HOME": "/home/me"} if environ is None else environ, "linux", "/home/me", "/", 1000, files, details)


def on_windows(files, **environ):
    environ.setdefault("USERPROFILE", "C:\\Users\\me")
    return MadeUp(environ, "win32", None, "C:\\", 0, dict.fromkeys(files, LINE))


def around_ids(path, around):
    return {finding.id for finding in examine_around(path, around)}


# What a netrc file is


def test_a_netrc_file_holds_what_it_takes_to_sign_in():
    """The file has the credentials that let a person in to the server and its data."""
    assert sent(LINE) == {("user@labkey.com", "mypassword")}


def test_one_file_serves_one_machine_or_more():
    """It authenticates connections to one or more machines."""
    assert sent(WITH_API_KEY) == {("apikey", "TheUniqueAPIKeyGeneratedForYou")}
    assert sent(WITH_API_KEY, "http://localhost:8080/labkey") == {("user@labkey.com", "localboxpassword")}


def test_programs_of_every_language_read_it():
    """It is meant for APIs and scripting languages: R, Python, Java and Rust have clients for the server."""
    assert sent(LINE, clients=OF_LABKEY) == {("user@labkey.com", "mypassword")}


# On Mac, UNIX and Linux


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_on_unix_and_mac_the_file_is_called_dot_netrc(platform):
    """It is a text file named .netrc in the home folder."""
    files = {"/home/me/.netrc": LINE}
    for name in EVERYBODY:
        around = MadeUp({"HOME": "/home/me"}, platform, "/home/me", "/", 1000, files)
        assert lookup(URL, name, around).path == "/home/me/.netrc", name


def test_another_name_than_dot_netrc_is_read_by_nobody():
    """The name begins with a dot."""
    around = on_linux(files={"/home/me/netrc": LINE})
    assert all(not lookup(URL, name, around).sends for name in EVERYBODY)


def test_the_file_is_text():
    """It is a text file: what PowerShell or a word processor writes is not."""
    for data in (LINE.decode().encode("utf-16"), b"\xef\xbb\xbf" + LINE):
        assert found(data) & {"utf-16", "byte-order-mark"}
        assert (None, None) in sent(data)


def test_the_file_is_in_the_home_folder():
    """It is in the home folder; elsewhere nobody finds it."""
    around = on_linux(files={"/srv/.netrc": LINE})
    assert all(not lookup(URL, name, around).sends for name in EVERYBODY)
    assert "no-file" in around_ids("/home/me/.netrc", around)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666])
def test_others_must_not_be_able_to_read_it(mode):
    """It is unreadable to everyone else; some clients insist, the doctor always does."""
    around = on_linux(FileFacts("file", mode, 1000))
    assert "mode" in around_ids("/home/me/.netrc", around)
    assert not verdict(client("python"), around.facts("/home/me/.netrc"), around).accepts


def test_read_and_write_for_you_alone_satisfies_every_client():
    """Mode 600 is right."""
    around = on_linux(FileFacts("file", 0o600, 1000))
    assert all(verdict(client(name), around.facts("/home/me/.netrc"), around).accepts for name in ASKED)
    assert around_ids("/home/me/.netrc", around) == set()


def test_read_for_you_alone_satisfies_all_but_ruby():
    """Mode 400 is right as well: all take it but the Ruby gem, of which the doctor tells."""
    around = on_linux(FileFacts("file", 0o400, 1000))
    refusing = {n for n in ASKED if not verdict(client(n), around.facts("/home/me/.netrc"), around).accepts}
    assert refusing == {"ruby@0.11.0"}
    assert around_ids("/home/me/.netrc", around) == {"mode-not-0600"}


# On Windows


def test_on_windows_the_file_is_called_underscore_netrc():
    """It is a plain text file named _netrc: R, curl, requests and Java read that name."""
    around = on_windows(["C:\\Users\\me\\_netrc"], HOME="C:\\Users\\me")
    for name in ("r", "curl", "requests", "labkey-java", "go", "wget", "aiohttp"):
        assert lookup("https://" + HOST, name, around).path == "C:\\Users\\me\\_netrc", name


def test_on_windows_pythons_own_module_wants_the_other_name():
    """The page knows one name; Python's netrc module and httpx read only .netrc there."""
    around = on_windows(["C:\\Users\\me\\_netrc"], HOME="C:\\Users\\me")
    assert not lookup(URL, "python", around).sends
    assert not lookup(URL, "httpx", around).sends


def test_on_windows_it_is_in_the_users_folder():
    """It is placed in C:\\Users\\<User-Name>."""
    around = on_windows(["C:\\Users\\me\\_netrc"])
    assert lookup(URL, "requests", around).sends
    assert lookup(URL, "labkey-java", around).sends


def test_on_windows_home_tells_r_where_the_file_is():
    """A variable HOME names the folder of the file: libcurl, and so R, follows it."""
    around = on_windows(["D:\\keys\\_netrc"], HOME="D:\\keys")
    assert lookup(URL, "r", around).path == lookup(URL, "curl", around).path == "D:\\keys\\_netrc"


def test_on_windows_python_and_java_do_not_follow_home():
    """The page says HOME is enough; Python 3.8+ and Java go by USERPROFILE, and the doctor says so."""
    around = on_windows(["D:\\keys\\_netrc"], HOME="D:\\keys")
    assert not lookup(URL, "requests", around).sends
    assert not lookup(URL, "labkey-java", around).sends
    assert "home-differs" in around_ids("D:\\keys\\_netrc", around)


def test_on_windows_old_curl_finds_nothing_without_home():
    """HOME is to be created: curl before 7.84 knows no other way to the folder."""
    files = ["C:\\Users\\me\\_netrc"]
    assert not lookup(URL, "curl@7.68.0", on_windows(files)).sends
    assert lookup(URL, "curl@7.68.0", on_windows(files, HOME="C:\\Users\\me")).sends


def test_on_windows_rights_are_for_you_to_set():
    """Only you may read or write it; no client looks, so none can be expected to say so."""
    around = on_windows(["C:\\Users\\me\\_netrc"])
    for name in ASKED:
        assert "no client checks" in verdict(client(name), FileFacts("file", 0o666, 7), around).why


@pytest.mark.parametrize("name", ["_netrc.txt", ".netrc.txt", "netrc.txt"])
def test_the_file_is_no_text_document(name):
    """It is a flat file without an extension; an extension may be hidden."""
    around = on_windows([f"C:\\Users\\me\\{name}"], HOME="C:\\Users\\me")
    assert all(not lookup(URL, spec, around).sends for spec in ASKED)
    finding = next(f for f in examine_around("C:\\Users\\me\\_netrc", around) if f.id == "txt")
    assert name in finding.what
    assert "hide" in finding.fix


# Entries


def test_an_entry_is_machine_login_and_password():
    """Each machine has a group of three definitions; without one of them the doctor objects."""
    assert found(LINE) == set()
    assert found(b"machine h.test login a\n") == {"missing-password"}
    assert found(b"machine h.test password b\n") == {"missing-login"}


def test_a_file_has_several_groups():
    """There may be several sets of definitions."""
    data = b"".join(b"machine h%d.test login u%d password p%d\n" % (n, n, n) for n in range(20))
    assert sent(data, "https://h17.test") == {("u17", "p17")}
    assert found(data) == set()


def test_a_blank_line_parts_the_groups_and_is_not_needed():
    """A blank line separates the entries; every client reads them without one too."""
    first, second = b"machine h.test login a password b\n", b"machine i.test login c password d\n"
    for data in (first + b"\n" + second, first + second):
        assert sent(data, "https://i.test", ASKED) == {("c", "d")}
        assert found(data) == set()


@pytest.mark.parametrize("blank", [" ", "   ", "\t", "\n", "\n\n", " \n\t"], ids=repr)
def test_the_definitions_are_separated_by_blanks_tabs_or_newlines(blank):
    """White space separates them, whichever."""
    data = f"machine {HOST}{blank}login user@labkey.com{blank}password mypassword\n".encode()
    clients = [name for name in EVERYBODY if name != "go@1.27.3"]
    assert sent(data, clients=clients) == {("user@labkey.com", "mypassword")}


COMMAS = f"machine {HOST}, login user@labkey.com, password mypassword\n".encode()


def test_commas_do_not_separate_whatever_the_page_says():
    """The page allows commas. Every client of the web breaks on them; only the old ftp programs do not."""
    assert sent(COMMAS) == {(None, None)}
    assert sent(COMMAS, f"ftp://{HOST}", ["inetutils-ftp", "tnftp"]) == {("user@labkey.com", "mypassword")}


def test_the_doctor_names_commas_and_whom_they_break():
    """A comma behind the machine, and one behind a value, are found at their place with the reason."""
    findings = {finding.id: finding for finding in examine(parse(COMMAS))}
    assert findings["machine-comma"].column == len("machine ") + 1
    assert "only the ftp programs" in findings["machine-comma"].bites
    assert findings["machine-comma"].fix == f"write: machine {HOST}"
    assert "value-comma" in findings
    assert sent(findings["machine-comma"].repair(parse(COMMAS)).dump(), clients=OF_LABKEY) == {
        ("user@labkey.com,", "mypassword")
    }


def test_a_comma_behind_the_password_becomes_part_of_it():
    """What looks like a separator is sent as a character of the password."""
    data = LINE.replace(b"mypassword", b"mypassword,")
    assert sent(data) == {("user@labkey.com", "mypassword,")}


# The machine


def test_the_machine_is_what_stands_between_scheme_and_port():
    """It is the part of the URL between http:// or https:// and the port."""
    for url in (f"http://{HOST}", f"https://{HOST}", f"https://{HOST}:8080/labkey", f"http://{HOST}/x?y"):
        assert sent(LINE, url) == {("user@labkey.com", "mypassword")}


def test_a_machine_with_a_port_is_wrong():
    """myserver.trial.labkey.host:8888 is an incorrect entry."""
    data = LINE.replace(HOST.encode(), HOST.encode() + b":8888")
    assert sent(data, f"https://{HOST}:8888") == {(None, None)}
    assert "machine-port" in found(data)


def test_a_machine_with_a_scheme_is_wrong():
    """https://myserver.trial.labkey.host is an incorrect entry."""
    data = LINE.replace(HOST.encode(), b"https://" + HOST.encode())
    assert sent(data, f"https://{HOST}") == {(None, None)}
    assert "machine-scheme" in found(data)


@pytest.mark.parametrize("machine", [f"https://{HOST}", f"{HOST}:8888", f"https://{HOST}:8888/labkey"])
def test_the_doctor_repairs_a_machine_with_port_or_scheme(machine):
    """The fix is to take both away; then every client finds the entry."""
    document = parse(LINE.replace(HOST.encode(), machine.encode()))
    repair = next(finding.repair for finding in examine(document) if finding.repair)
    assert repair(document).dump() == LINE


def test_an_entry_of_three_lines_is_valid():
    """The first valid example: three lines, for a home page with a port."""
    assert sent(LINES) == {("user@labkey.com", "mypassword")}
    assert found(LINES) == set()


def test_an_entry_of_one_line_is_valid():
    """The second valid example: the same in one line, with blanks."""
    assert sent(LINE) == {("user@labkey.com", "mypassword")}
    assert found(LINE) == set()


def test_both_examples_say_the_same():
    """Both are valid for one and the same instance."""
    assert sent(LINES) == sent(LINE)


def test_go_is_alone_in_counting_the_port():
    """For the home page with port 8080, Go since 1.24 does not find the page's own example; at port 443 it does."""
    assert sent(LINE, clients=[PORTS_COUNT]) == {(None, None)}
    assert sent(LINE, f"https://{HOST}/labkey", [PORTS_COUNT]) == {("user@labkey.com", "mypassword")}


def test_sections_for_machines_are_parted_by_blank_lines():
    """The example with two machines: each is found."""
    data = LINE + b"\nmachine localhost login user@labkey.com password localboxpassword\n"
    assert sent(data) == {("user@labkey.com", "mypassword")}
    assert sent(data, "https://localhost:8443") == {("user@labkey.com", "localboxpassword")}
    assert found(data) == set()


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n\n\n\n\n", b"\n \n\t\n", b"\n" * 1000], ids=len)
def test_extra_newlines_at_the_end_harm_nobody(tail):
    """The page warns of extra newlines, which some applications might misread: no client that was measured does."""
    data = LINE.rstrip(b"\n") + tail
    assert sent(data) == {("user@labkey.com", "mypassword")}
    assert found(data) == set()


# API keys


def test_an_api_key_has_the_login_apikey():
    """With an API key, the login is the word apikey and the key is the password."""
    assert sent(WITH_API_KEY, f"https://{HOST}/labkey", (*EVERYBODY, PORTS_COUNT)) == {
        ("apikey", "TheUniqueAPIKeyGeneratedForYou")
    }


def test_a_key_and_a_password_live_in_one_file():
    """The example mixes an entry with a key and one with an e-mail address."""
    assert sent(WITH_API_KEY, "https://localhost") == {("user@labkey.com", "localboxpassword")}
    assert found(WITH_API_KEY) == set()


def test_keys_of_this_house_pass_through_every_client_untouched():
    """What is generated for you is the password: every client must send it as it is."""
    from keyhouse.core.tokens import ALPHABET

    key = "khk_" + "".join(sorted(ALPHABET))[:51]
    data = f"machine {HOST} login apikey password {key}\n".encode()
    assert sent(data, f"https://{HOST}", ASKED) == {("apikey", key)}
    assert found(data) == set()


# Another place


def test_the_variable_netrc_names_another_place():
    """The file may be elsewhere, as for an engine in a container: requests and new curls follow NETRC."""
    around = on_linux(files={"/run/secrets/netrc": LINE}, environ={"NETRC": "/run/secrets/netrc", "HOME": "/home/me"})
    for name in ("requests", "uv", "curl@8.16.0", "aiohttp", "pip", "go"):
        assert lookup(f"https://{HOST}", name, around).path == "/run/secrets/netrc", name


def test_not_all_follow_the_variable():
    """R with Debian's libcurl and LabKey's Java client do not: they need the option in the code or a HOME."""
    around = on_linux(files={"/run/secrets/netrc": LINE}, environ={"NETRC": "/run/secrets/netrc", "HOME": "/home/me"})
    assert not lookup(URL, "r", around).sends
    assert not lookup(URL, "labkey-java", around).sends
    moved = on_linux(files={"/run/secrets/.netrc": LINE}, environ={"HOME": "/run/secrets"})
    assert lookup(URL, "r", moved).sends


# Troubleshooting


def test_1_a_file_that_is_not_configured_correctly_is_told_from_one_that_is():
    """First, the file is to be configured as described: a good one has no finding, each trap of the page has one."""
    assert examine(parse(LINE)) == examine(parse(LINES)) == examine(parse(WITH_API_KEY)) == ()
    for data in (COMMAS, LINE.replace(HOST.encode(), b"https://h.test"), LINE.replace(b" login", b":8080 login")):
        assert examine(parse(data))


def test_2_without_home_and_account_no_client_finds_the_file():
    """Second, the variable HOME: without it these clients look nowhere, and the choice names no file."""
    around = MadeUp({}, "linux", None, "/", 1000, {"/home/me/.netrc": LINE})
    for name in ("r", "labkey-rs", "go", "uv"):
        choice = lookup(f"https://{HOST}", name, around)
        assert (choice.sends, choice.path) == (False, None), name
        assert "home" in (choice.why + choice.error), name


def test_2_without_home_the_account_still_leads_r_to_the_file():
    """On Unix the variable may be missing: curl, R and Python then ask for the account's folder, Go and uv do not."""
    around = on_linux(environ={"LANG": "C"})
    assert {name: lookup(f"https://{HOST}", name, around).sends for name in ("curl", "r", "requests", "go", "uv")} == {
        "curl": True, "r": True, "requests": True, "go": False, "uv": False,
    }  # fmt: skip


def test_3_a_missing_entry_for_the_machine_is_told():
    """Third, an entry for the remote machine: where none applies, each choice says so."""
    for name in OF_LABKEY[:3]:
        choice = lookup("https://other.test", name, LINE)
        assert not choice.sends
        assert "no entry" in choice.why, name


def test_4_which_login_goes_out_can_be_compared_without_showing_it():
    """Fourth, the credentials: length and fingerprint tell whether the file has the key that you mean."""
    from keyhouse.netrc import Secret

    choice = lookup(URL, "r", WITH_API_KEY)
    assert choice.secret.fingerprint == Secret("TheUniqueAPIKeyGeneratedForYou").fingerprint
    assert "TheUnique" not in repr(choice)


def test_4_a_key_of_another_server_is_not_sent_to_this_one():
    """Fourth, a key must be for the correct server: an entry goes to its own machine only."""
    assert sent(WITH_API_KEY, f"https://another.{HOST}", ASKED) == {(None, None)}


def test_6_a_txt_ending_is_found_on_every_system():
    """Sixth, no .txt: the doctor finds the file beside the place where one is looked for."""
    around = on_linux(files={"/home/me/.netrc.txt": LINE})
    assert {"txt", "no-file"} <= around_ids("/home/me/.netrc", around)


# Port independence


@pytest.mark.parametrize("port", [80, 443, 8080, 8443, 8888])
def test_the_file_deals_with_machines_and_not_with_ports(port):
    """An entry holds for the machine at whatever port."""
    assert sent(LINE, f"https://{HOST}:{port}/labkey") == {("user@labkey.com", "mypassword")}


@pytest.mark.parametrize("machine", ["mymachine.labkey.org:8888", "https://mymachine.labkey.org"])
def test_both_wrong_spellings_of_the_machine_are_put_right(machine):
    """Only the part between the slashes and the colon is to be used."""
    findings = examine(parse(f"machine {machine} login a password b\n".encode()))
    assert [finding.fix for finding in findings] == ["write: machine mymachine.labkey.org"]


def test_a_port_in_the_machine_never_changes_where_a_client_connects():
    """The page cures "Failed connect to …:443" by removing the port; the entry only goes unmatched by it."""
    data = b"machine mymachine.labkey.org:8080 login a password b\n"
    assert sent(data, "https://mymachine.labkey.org:443") == {(None, None)}
    assert sent(data.replace(b":8080", b""), "https://mymachine.labkey.org:443") == {("a", "b")}


# Where the file is, for R


def test_r_on_windows_finds_the_file_in_documents_when_that_is_its_home():
    """Where R takes Documents for the home folder, the file must be there: 401 is what one sees otherwise."""
    home, documents = "C:\\Users\\me\\_netrc", "C:\\Users\\me\\Documents\\_netrc"
    r_there = {"HOME": "C:\\Users\\me\\Documents"}
    assert not lookup(URL, "r", on_windows([home], **r_there)).sends
    assert lookup(URL, "r", on_windows([documents], **r_there)).path == documents


def test_the_others_on_windows_do_not_look_in_documents():
    """A file for R in Documents alone is not found by Python and Java; the doctor tells that the homes differ."""
    around = on_windows(["C:\\Users\\me\\Documents\\_netrc"], HOME="C:\\Users\\me\\Documents")
    assert not lookup(URL, "requests", around).sends
    assert "home-differs" in around_ids("C:\\Users\\me\\Documents\\_netrc", around)
