"""Long files: the short cuts that make them quick change no reading, and a change is checked among its neighbours."""

import random
import re

import pytest

from keyhouse.cli.netrc.mending import mended
from keyhouse.cli.netrc.rereading import disturbed
from keyhouse.netrc import lookup, parse
from keyhouse.netrc.dialects import curl_scan, python_lex, wget
from keyhouse.netrc.findings import PROBE_LIMIT
from keyhouse.netrc.lints import examine
from tests.netrc.made_up import made_up_file

ASKED = (
    "requests", "python@3.13.0", "uv", "wget", "cadaver", "curl@7.61.1", "curl@7.81.0", "curl@7.85.0", "curl@8.7.1",
    "curl@7.88.1+deb12", "libcurl@7.88.1+deb12", "r",
)  # fmt: skip


def _plain(count: int, name: str = "h") -> bytes:
    return b"".join(b"machine %b%d.test login u%d password p%d\n" % (name.encode(), n, n, n) for n in range(count))


def _made_up(choice: random.Random) -> bytes:
    odd = [b"machine h.test login machine password default\n", b"machine default login a password b\n", b'machine "h" ']
    parts = [_plain(3), _plain(1, "x"), b"machine h.test login a password b\n", *odd, made_up_file(choice), b"\n"]
    return b"".join(choice.choices(parts, k=6))


def test_the_short_cut_for_plain_lines_changes_no_reading(monkeypatch):
    """Each file is read with it and without it, by every dialect that has one."""
    choice = random.Random(7)
    files = [_made_up(choice) for _ in range(80)]
    urls = ("https://h.test/", "https://h2.test/", "https://u1@h1.test/", "https://a:b@h.test/")

    def all_choices():
        return [[lookup(url, name, data) for name in ASKED for url in urls] for data in files]

    quick = all_choices()
    never = re.compile("(?!)")
    monkeypatch.setattr(python_lex, "_LINE", never)
    monkeypatch.setattr(curl_scan, "_PLAIN_LINE", never)
    monkeypatch.setattr(wget, "_PLAIN_LINE", never)
    for data, one, other in zip(files, quick, all_choices(), strict=True):
        assert one == other, data
    assert sum(choice.sends for row in quick for choice in row) > 300


@pytest.mark.parametrize("count", [20, 8000], ids=["short", "long"])
def test_a_neighbour_that_a_client_would_read_otherwise_is_found_in_a_file_of_any_length(count):
    before = parse(_plain(count))
    assert (len(before.dump()) > PROBE_LIMIT) is (count == 8000)
    entry = before.entries_of(f"h{count // 2}.test")[0]
    broken = before.edited([(token.start, token.end, b'"') for name, token in entry.values if name == "password"])
    assert next(disturbed(before, broken, [entry.machine]), None)
    changed = before.set(entry.machine, "u", "n3w")
    assert not list(disturbed(before, changed, [entry.machine]))


def test_ten_thousand_faults_are_mended_in_one_go():
    """One at a time would take the square of the time."""
    document, done = mended(parse(_plain(10_000).replace(b".test", b".test:8080")))
    assert document.dump() == _plain(10_000)
    assert len(done) == 10_000


def test_entries_in_ten_thousand_comments_are_told_without_trying_each_on_each_client():
    found = examine(parse(b"# " + _plain(10_000).replace(b"\nmachine", b"\n# machine")))
    assert sum(finding.id == "commented-out-live" for finding in found) == 10_000
    assert len({finding.what for finding in found if finding.id == "commented-out-live"}) <= 2
