"""Which file a client reads, and what it says to the file's rights: Windows and macOS rules, tested anywhere."""

import pytest

from keyhouse.netrc import MadeUp, client, lookup
from keyhouse.netrc.files import choose
from keyhouse.netrc.permissions import verdict
from keyhouse.netrc.surroundings import FileFacts, Real

LINE = b"machine h.test login a password b\n"


def windows(files, **environ):
    return MadeUp(environ, "win32", None, "C:\\", 0, dict.fromkeys(files, LINE))


def read_by(spec, around):
    return choose(client(spec).files, around).path


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ("curl@8.16.0", "C:\\Users\\me\\.netrc"),
        ("curl@7.61.1", None),
        ("python@3.13.0", "C:\\Users\\me\\.netrc"),
        ("requests", "C:\\Users\\me\\.netrc"),
        ("aiohttp", "C:\\Users\\me\\_netrc"),
        ("go", "C:\\Users\\me\\_netrc"),
        ("uv", "C:\\Users\\me\\.netrc"),
        ("wget", None),
        ("labkey-java", "C:\\Users\\me\\.netrc"),
    ],
)
def test_windows_clients_read_their_own_name_in_their_own_folder(spec, path):
    files = ["C:\\Users\\me\\.netrc", "C:\\Users\\me\\_netrc"]
    assert read_by(spec, windows(files, USERPROFILE="C:\\Users\\me")) == path


def test_curl_on_windows_prefers_home_and_python_does_not_look_there():
    around = windows(["D:\\keys\\_netrc", "C:\\Users\\me\\.netrc"], HOME="D:\\keys", USERPROFILE="C:\\Users\\me")
    assert read_by("curl@8.16.0", around) == "D:\\keys\\_netrc"
    assert read_by("requests", around) == "C:\\Users\\me\\.netrc"


def test_the_underscore_name_is_lost_on_curl_8_11():
    around = windows(["C:\\Users\\me\\_netrc"], USERPROFILE="C:\\Users\\me")
    assert read_by("curl@8.11.0", around) is None
    assert read_by("curl@8.12.0", around) == "C:\\Users\\me\\_netrc"


def linux(environ=None, **files):
    return MadeUp(environ or {"HOME": "/home/me"}, "linux", "/home/me", "/", 0, files)


def test_netrc_variable_moves_the_file_for_those_who_know_it():
    files = {"/home/me/.netrc": LINE, "/keys": LINE}
    around = MadeUp({"HOME": "/home/me", "NETRC": "/keys"}, "linux", "/home/me", "/", 0, files)
    assert read_by("curl@8.16.0", around) == "/keys"
    assert read_by("curl@8.14.1", around) == "/home/me/.netrc"
    assert read_by("requests", around) == "/keys"
    assert read_by("labkey-java", around) == "/home/me/.netrc"


def test_an_empty_variable_switches_requests_off_and_nothing_else():
    around = MadeUp({"HOME": "/home/me", "NETRC": ""}, "linux", "/home/me", "/", 0, {"/home/me/.netrc": LINE})
    assert read_by("requests", around) is None
    assert read_by("curl@8.16.0", around) == "/home/me/.netrc"
    assert not lookup("https://h.test/", "requests", around).sends


def test_labkey_java_goes_on_to_the_second_file():
    around = linux(**{"/home/me/.netrc": b"machine x.test login a password b\n", "/home/me/_netrc": LINE})
    assert lookup("https://h.test/", "labkey-java", around).login == "a"
    assert not lookup("https://h.test/", "curl", around).sends


def test_a_choice_says_which_variable_led_to_the_file():
    choice = lookup("https://h.test/", "curl", linux(**{"/home/me/.netrc": LINE}))
    assert choice.path == "/home/me/.netrc"
    assert "HOME is the home folder" in choice.why


@pytest.mark.parametrize(
    ("spec", "mode", "accepts"),
    [("curl", 0o644, True), ("python@3.13.0", 0o644, False), ("requests", 0o644, True), ("ruby", 0o400, False),
     ("ruby", 0o600, True), ("perl", 0o640, False), ("aria2", 0o604, False), ("python@3.13.0", 0o400, True),
     ("tnftp", 0o644, False)],
)  # fmt: skip
def test_permission_verdicts_are_those_of_the_clients(spec, mode, accepts):
    around = MadeUp(uid=1000)
    assert verdict(client(spec), FileFacts("file", mode, 1000), around).accepts is accepts


def test_nobody_checks_rights_on_windows():
    assert verdict(client("python"), FileFacts("file", 0o666, 7), MadeUp(platform="win32")).accepts


def test_inetutils_refuses_links_and_python_foreign_files():
    around = MadeUp(uid=1000)
    assert not verdict(client("inetutils-ftp"), FileFacts("file", 0o600, 1000, is_link=True), around).accepts
    assert not verdict(client("python"), FileFacts("file", 0o600, 1001), MadeUp(uid=0)).accepts


def test_a_fifo_is_refused_instead_of_waited_for(tmp_path):
    import os

    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(OSError, match="it is no regular file"):
        Real().read(str(fifo))
    assert Real().facts(str(fifo)).kind == "other"


def test_a_loop_of_links_is_no_file(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert Real().facts(str(tmp_path / "a")) is None
