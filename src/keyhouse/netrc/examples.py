"""The smallest file or place that shows each finding of the doctor: what the reference lists is what these give."""

from __future__ import annotations

from collections.abc import Iterator

from .circumstances import examine_around
from .document import parse
from .findings import Finding
from .lints import examine
from .surroundings import FileFacts, MadeUp

_GOOD = b"machine h.test login a password b\n"

FILES: dict[str, bytes] = {
    "commented-out-live": b"machine i.test login a password b\n\n# machine h.test login a password b\n",
    "comment-after-blank-line": _GOOD + b"\n# a note\n",
    "comment": _GOOD + b"# a note\n",
    "byte-order-mark": b"\xef\xbb\xbf" + _GOOD,
    "utf-16": _GOOD.decode().encode("utf-16-le"),
    "nul": _GOOD * 2 + b"\0",
    "not-utf-8": b"# f\xfcr\n" + _GOOD,
    "carriage-return": _GOOD.replace(b"\n", b"\r\n"),
    "no-break-space": b"machine h.test login a password\xc2\xa0b\n",
    "curly-quote": b"machine h.test login a password \xe2\x80\x9cb\xe2\x80\x9d\n",
    "machine-scheme": b"machine https://h.test login a password b\n",
    "machine-port": b"machine h.test:8080 login a password b\n",
    "machine-path": b"machine h.test/labkey login a password b\n",
    "machine-comma": b"machine h.test, login a password b\n",
    "machine-capitals": b"machine H.test login a password b\n",
    "machine-dot": b"machine h.test. login a password b\n",
    "machine-wildcard": b"machine *.h.test login a password b\n",
    "value-unterminated-quote": b'machine h.test login a password "b\n',
    "value-quoted": b'machine h.test login a password "b"\n',
    "value-backslash": b"machine h.test login a password b\\c\n",
    "value-quote": b'machine h.test login a password b"c\n',
    "value-hash": b"machine h.test login a password b#c\n",
    "value-comma": b"machine h.test login a password b,c\n",
    "value-blank": b'machine h.test login a password "b c"\n',
    "value-not-ascii": b"machine h.test login a password p\xc3\xa4\n",
    "value-none": b"machine h.test login a password None\n",
    "value-old-prefix": b"machine h.test login apikey password apikey|0123\n",
    "value-login-colon": b"machine h.test login a:b password c\n",
    "value-long": b"machine h.test login a password " + b"p" * 100 + b"\n",
    "missing-login": b"machine h.test password b\n",
    "missing-password": b"machine h.test login a\n",
    "order": b"machine h.test password b login a\n",
    "duplicate": b"machine h.test login a password b\nmachine h.test login a password c\n",
    "default": _GOOD + b"default login a password b\n",
    "default-not-last": b"default login a password b\n" + _GOOD,
    "unknown-word": b"machine h.test port 8080 login a password b\n",
    "keyword-capitals": b"Machine h.test login a password b\n",
    "macro": b"macdef init\nbin\n\n" + _GOOD,
    "macro-open": _GOOD + b"macdef init\nbin\n",
    "file-long": _GOOD * 4000,
    "line-long": _GOOD + b"# " + b"x" * 4100 + b"\n",
}

_HOME = "/home/ada"
FILE = f"{_HOME}/.netrc"


def _at_home(facts: FileFacts | None = None, *also: str, account: str = _HOME, **environ: str) -> MadeUp:
    details = {FILE: facts or FileFacts(owner=1000), _HOME: FileFacts("directory", 0o755, 1000)}
    files = dict.fromkeys((f"{_HOME}/{name}" for name in also), b"")
    return MadeUp({"HOME": _HOME, **environ}, "linux", account, "/", 1000, files, details)


PLACES: dict[str, tuple[str, MadeUp]] = {
    "no-file": (f"{_HOME}/nothing", _at_home()),
    "not-a-file": (FILE, _at_home(FileFacts("directory", 0o700, 1000))),
    "mode": (FILE, _at_home(FileFacts("file", 0o644, 1000))),
    "mode-not-0600": (FILE, _at_home(FileFacts("file", 0o400, 1000))),
    "owner": (FILE, _at_home(FileFacts("file", 0o600, 0))),
    "link": (FILE, _at_home(FileFacts("file", 0o600, 1000, is_link=True))),
    "txt": (FILE, _at_home(None, ".netrc.txt")),
    "two-files": (FILE, _at_home(None, "_netrc")),
    "backup": (FILE, _at_home(None, ".netrc.bak")),
    "variable-empty": (FILE, _at_home(NETRC="")),
    "variable-tilde": (FILE, _at_home(NETRC="~/keys")),
    "variable-missing": (FILE, _at_home(NETRC="/keys")),
    "home-differs": (FILE, _at_home(account="/root")),
    "folder-writable": (
        FILE,
        MadeUp({"HOME": _HOME}, "linux", _HOME, "/", 1000, {}, {
            FILE: FileFacts(owner=1000), _HOME: FileFacts("directory", 0o777, 1000),
        }),
    ),
    "git-work-tree": (FILE, _at_home(None, ".git")),
    "synced-folder": ("/home/ada/Dropbox/.netrc", _at_home(None, "Dropbox/.netrc")),
}  # fmt: skip


def findings() -> Iterator[Finding]:
    """Yield one finding of each id, as the doctor gives it: first those of the content, then those of the place."""
    for id_, data in FILES.items():
        yield next(finding for finding in examine(parse(data)) if finding.id == id_)
    for id_, (path, around) in PLACES.items():
        yield next(finding for finding in examine_around(path, around) if finding.id == id_)
