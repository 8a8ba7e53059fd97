"""The doctor finds each known trouble, at its place, and its repairs lose nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.netrc import MadeUp, parse
from keyhouse.netrc.circumstances import examine_around
from keyhouse.netrc.findings import Severity
from keyhouse.netrc.lints import examine
from keyhouse.netrc.surroundings import FileFacts

GOOD = b"machine h.test login alice password s3cret\n"


def ids(data):
    return {finding.id for finding in examine(parse(data))}


def test_a_portable_file_has_no_findings():
    assert examine(parse(GOOD)) == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbf" + GOOD, "byte-order-mark"),
        (GOOD.decode().encode("utf-16"), "utf-16"),
        (b"# f\xfcr\n" + GOOD, "not-utf-8"),
        (GOOD.replace(b"\n", b"\r\n"), "carriage-return"),
        (b"machine h.test login a password\xc2\xa0b\n", "no-break-space"),
        (b"machine h.test login a password \xe2\x80\x9cb\xe2\x80\x9d\n", "curly-quote"),
        (b"machine h.test:8080 login a password b\n", "machine-port"),
        (b"machine https://h.test login a password b\n", "machine-scheme"),
        (b"machine h.test/labkey login a password b\n", "machine-path"),
        (b"machine H.test login a password b\n", "machine-capitals"),
        (b"machine h.test. login a password b\n", "machine-dot"),
        (b"machine h.test, login a password b\n", "machine-comma"),
        (b"machine *.h.test login a password b\n", "machine-wildcard"),
        (b"machine h.test login a password b\\c\n", "value-backslash"),
        (b'machine h.test login a password "b c"\n', "value-quoted"),
        (b'machine h.test login a password "b\n', "value-unterminated-quote"),
        (b"machine h.test login a password b#c\n", "value-hash"),
        (b"machine h.test login a password b,c\n", "value-comma"),
        (b"machine h.test login a password p\xc3\xa4\n", "value-not-ascii"),
        (b"machine h.test login a password None\n", "value-none"),
        (b"machine h.test login a:b password c\n", "value-login-colon"),
        (b"machine h.test login apikey password apikey|0123\n", "value-old-prefix"),
        (b"machine h.test login a password " + b"p" * 100 + b"\n", "value-long"),
        (b"machine h.test login a\n", "missing-password"),
        (b"machine h.test password b\n", "missing-login"),
        (b"machine h.test password b login a\n", "order"),
        (GOOD + GOOD, "duplicate"),
        (b"default login a password b\n" + GOOD, "default-not-last"),
        (GOOD + b"default login a password b\n", "default"),
        (b"machine h.test port 8080 login a password b\n", "unknown-word"),
        (b"Machine h.test Login a Password b\n", "keyword-capitals"),
        (b"macdef init\nbin\n\n" + GOOD, "macro"),
        (GOOD + b"macdef init\nbin\n", "macro-open"),
        (GOOD + b"# x\n", "comment"),
        (GOOD + b"\n# x\n", "comment-after-blank-line"),
        (GOOD + b"# " + b"x" * 4100 + b"\n", "line-long"),
        (GOOD * 4000, "file-long"),
    ],
)
def test_trouble_is_found(data, expected):
    assert expected in ids(data)


def test_a_commented_out_key_that_is_live_comes_first_and_names_who_sends_it():
    data = GOOD + b"\n# machine old.test login bob password 0ldkey\n"
    first = examine(parse(data))[0]
    assert (first.id, first.severity, first.line) == ("commented-out-live", Severity.DANGER, 3)
    assert {"requests@2.34.2", "labkey-java@6", "uv@0.13.8"} <= set(first.clients)
    assert "curl@8.7.1" not in first.clients


def test_findings_never_show_a_secret():
    data = b'machine h.test:1 login a password "T0p\\Secret#,"\n# machine h.test login a password T0pSecret\n'
    assert "T0p" not in repr(examine(parse(data)))


@given(st.lists(st.sampled_from([GOOD, GOOD.upper(), b"\xef\xbb\xbf", b"\n", b"# c\n", b"\r\n", b"default\n",
                                 b"machine x:1 login a password b\r\n", b"machine http://y/z login a password b\n"]),
                max_size=6).map(b"".join))  # fmt: skip
def test_a_repair_removes_its_finding_and_keeps_the_secrets(data):
    document = parse(data)
    secrets = {entry.password for entry in document.entries}
    for finding in examine(document):
        if finding.repair is not None:
            repaired = finding.repair(document)
            assert secrets <= {entry.password for entry in repaired.entries}
            assert repaired.dump() != data


@given(st.binary(max_size=150))
def test_no_bytes_make_the_doctor_fail(data):
    for finding in examine(parse(data)):
        assert finding.what and finding.bites and finding.fix


def around(facts=None, platform="linux", files=None, environ=None, account="/home/me"):
    details = {"/home/me/.netrc": facts} if facts else {}
    return MadeUp(environ or {"HOME": "/home/me"}, platform, account, "/", 1000, files or {}, details)


@pytest.mark.parametrize(
    ("surroundings", "expected"),
    [
        (around(FileFacts("file", 0o644, 1000)), "mode"),
        (around(FileFacts("file", 0o400, 1000)), "mode-not-0600"),
        (around(FileFacts("file", 0o600, 0)), "owner"),
        (around(FileFacts("file", 0o600, 1000, is_link=True)), "link"),
        (around(FileFacts("directory", 0o700, 1000)), "not-a-file"),
        (around(), "no-file"),
        (around(files={"/home/me/.netrc.txt": b""}), "txt"),
        (around(files={"/home/me/.netrc": b"", "/home/me/_netrc": b""}), "two-files"),
        (around(files={"/home/me/.netrc.bak": b""}), "backup"),
        (around(environ={"HOME": "/home/me", "NETRC": ""}), "variable-empty"),
        (around(environ={"HOME": "/home/me", "NETRC": "~/x"}), "variable-tilde"),
        (around(environ={"HOME": "/home/me", "NETRC": "/x"}), "variable-missing"),
        (around(account="/root"), "home-differs"),
        (around(files={"/home/me/.git": b""}), "git-work-tree"),
    ],
)
def test_trouble_around_the_file_is_found(surroundings, expected):
    assert expected in {finding.id for finding in examine_around("/home/me/.netrc", surroundings)}


def test_a_private_file_at_its_place_has_no_findings():
    assert examine_around("/home/me/.netrc", around(FileFacts("file", 0o600, 1000))) == ()
