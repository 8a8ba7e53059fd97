"""What can be wrong in a netrc file's content. Each function looks for one thing; the table at the end lists them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from .document import Document, Edit, parse, quoted
from .entry import Entry
from .findings import Finding, Lint, Probes, Severity
from .lexer import Kind, Token

_LIVE = re.compile(rb"machine[ \t]+(\S+)[ \t]")


def _at(document: Document, token: Token) -> tuple[int, int]:
    return document.position(token.start)


def commented_out_but_live(document: Document) -> Iterator[Finding]:
    """A key in a comment that some client still sends."""
    probes = Probes(document)
    for token in document.comments:
        match = _LIVE.search(token.raw)
        if match is None:
            continue
        line, column = _at(document, token)
        choices = probes.ask(match.group(1).decode("utf-8", "replace"))
        if choices is None:
            if b"password" in token.raw:
                yield Finding(
                    "commented-out-live", Severity.DANGER, line, column,
                    "a commented-out entry may still be sent",
                    "LabKey Java, Heroku, Perl and the ftp programs read the words of comments; the file is too long "
                    "to try each client on each comment", "delete the line, and revoke the key in it",
                )  # fmt: skip
            continue
        live = tuple(name for name, choice in choices.items() if choice.sends and choice.line == line)
        if live:
            yield Finding(
                "commented-out-live", Severity.DANGER, line, column,
                "a commented-out entry is still sent",
                f"{', '.join(live)} read the entry in the comment as if the # were not there",
                "delete the line, and revoke the key in it", live,
            )  # fmt: skip


def comment_after_blank_line(document: Document) -> Iterator[Finding]:
    """Python's rule: behind an empty line the words of a comment are read."""
    for before, token in pairwise(document.tokens) if b"#" in document.dump() else ():
        empty = before.kind is Kind.BLANK and before.raw.count(b"\n") > 1
        if token.kind is Kind.COMMENT and empty:
            yield Finding(
                "comment-after-blank-line", Severity.ERROR, *_at(document, token),
                "a comment stands behind an empty line",
                "Python 3.11 and later and uv read its words, stop with an error, and then send nothing",
                "take the empty line out", ("python@3.13.0", "requests@2.34.2", "uv@0.13.8"),
                edit=(before.start, before.end, b"\n"),
            )  # fmt: skip


def comment(document: Document) -> Iterator[Finding]:
    """Any comment at all."""
    for token in document.comments:
        yield Finding(
            "comment", Severity.NOTE, *_at(document, token), "the file has comments",
            "LabKey's Rust client refuses the whole file; ftp programs, Perl and LabKey Java read the words",
            "keep notes elsewhere", ("labkey-rs@0.4.1",),
        )  # fmt: skip
        return


def byte_order_mark(document: Document) -> Iterator[Finding]:
    """A UTF-8 mark that editors on Windows put first."""
    if document.dump().startswith(b"\xef\xbb\xbf"):
        yield Finding(
            "byte-order-mark", Severity.ERROR, 1, 1, "the file begins with a byte order mark",
            "curl, git, Go and wget do not see the first entry; Python and uv refuse the file",
            "save as UTF-8 without BOM", rewrite=lambda d: parse(d.dump().removeprefix(b"\xef\xbb\xbf")),
        )  # fmt: skip


def encoding(document: Document) -> Iterator[Finding]:
    """UTF-16, NUL bytes, bytes that are not UTF-8."""
    data = document.dump()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:64]:
        yield Finding(
            "utf-16", Severity.ERROR, 1, 1, "the file is UTF-16, as PowerShell's > writes it",
            "no client finds an entry, and Python programs stop with UnicodeDecodeError", "save it as UTF-8",
            rewrite=_as_utf_8 if _as_utf_8(document) is not document else None,
        )  # fmt: skip
        return
    if b"\0" in data:
        yield Finding("nul", Severity.ERROR, *document.position(data.index(b"\0")), "there is a NUL byte",
                      "curl cuts the line there or loses the next one", "delete it")  # fmt: skip
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as failure:
        yield Finding(
            "not-utf-8", Severity.ERROR, *document.position(failure.start), "a byte is not UTF-8",
            "requests, httpx, aiohttp, pip and HTTPie stop with UnicodeDecodeError, whichever machine they ask for",
            "save the file as UTF-8", ("requests@2.34.2", "httpx@0.28.1"),
        )  # fmt: skip


def _as_utf_8(document: Document) -> Document:
    """Save UTF-16 as UTF-8, where every character of it is understood; without a mark the zeros tell the order."""
    data = document.dump()
    is_marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    coding = "UTF-16" if is_marked else "UTF-16BE" if data.startswith(b"\0") else "UTF-16LE"
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        return document
    return document if "\0" in text else parse(text.encode())


def line_ends(document: Document) -> Iterator[Finding]:
    """CR LF, and CR alone."""
    data = document.dump()
    at = data.find(b"\r")
    if at >= 0:
        yield Finding(
            "carriage-return", Severity.ERROR, *document.position(at), "lines end with CR LF",
            "curl up to 7.83 and the ftp programs send the CR as part of the password; curl 8.11 to 8.20 stops at an "
            "empty line", "save with Unix line ends",
            rewrite=lambda d: parse(d.dump().replace(b"\r\n", b"\n").replace(b"\r", b"\n")),
        )  # fmt: skip


def odd_characters(document: Document) -> Iterator[Finding]:
    """What word processors put in: no-break spaces and curly quotes."""
    data = document.dump()
    for raw, id_, what in (
        (b"\xc2\xa0", "no-break-space", "a no-break space looks like a blank and is none"),
        (b"\xe2\x80\x9c", "curly-quote", "curly quotes are part of the value"),
        (b"\xe2\x80\x9d", "curly-quote", "curly quotes are part of the value"),
    ):
        at = data.find(raw)
        if at >= 0:
            yield Finding(id_, Severity.ERROR, *document.position(at), what,
                          "clients take it as part of a word and find no password, or a wrong one",
                          "type the character again in a plain text editor")  # fmt: skip


_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def bare_name(machine: str) -> str:
    """Return a machine's name as every client matches it: without scheme, port, path, capitals, comma and dot."""
    host = _SCHEME.sub("", machine).split("/", 1)[0].rstrip(",")
    host = re.sub(r":\d+$", "", host) if host.count(":") == 1 else host
    return host.lower().rstrip(".")


_ORDINARY_NAME = re.compile(rb"[a-z0-9_-](?:[a-z0-9_.-]*[a-z0-9_-])?")
"""A name that no rule is about: nearly all are, and the rules take their time."""


def machine_name(document: Document) -> Iterator[Finding]:
    """Scheme, port, path, capitals, dot or comma in a machine's name."""
    for entry in document.entries:
        raw = entry.raw_name
        if raw is None or _ORDINARY_NAME.fullmatch(raw) or (token := entry.name_token) is None:
            continue
        name, better = entry.machine, bare_name(entry.machine)
        has_better = better != name and bool(better)
        fix = f"write: machine {better}" if has_better else "write the machine's whole name"
        edit = _renaming(token, better) if has_better else None
        for id_, severity, wrong, what, bites in _NAME_RULES:
            if wrong(name):
                yield Finding(id_, severity, *_at(document, token), what, bites, fix, edit=edit)


def _renaming(token: Token, name: str) -> Edit:
    return token.start, token.end, quoted(name.encode("utf-8", "surrogateescape"))


_NAME_RULES: tuple[tuple[str, Severity, Callable[[str], bool], str, str], ...] = (
    ("machine-scheme", Severity.ERROR, lambda n: bool(_SCHEME.match(n)), "the machine has a scheme",
     "no client matches it: the machine is only the part between // and the next : or /"),
    ("machine-port", Severity.ERROR, lambda n: ":" in n and n.count(":") == 1 and not _SCHEME.match(n),
     "the machine has a port", "only Go and git-credential-netrc match ports; every other client finds nothing"),
    ("machine-path", Severity.ERROR, lambda n: "/" in _SCHEME.sub("", n), "the machine has a path",
     "only Go matches paths; every other client finds nothing"),
    ("machine-comma", Severity.ERROR, lambda n: "," in n, "a comma stands behind the machine",
     "only the ftp programs separate at commas, whatever LabKey's page says"),
    ("machine-capitals", Severity.WARNING, lambda n: n != n.lower(), "the machine has capital letters",
     "requests, httpx, aiohttp and uv compare with the lower-case name and find nothing"),
    ("machine-dot", Severity.WARNING, lambda n: n.endswith("."), "the machine ends with a dot",
     "it must then stand in the URL too"),
    ("machine-wildcard", Severity.WARNING, lambda n: n.startswith(("*", ".")), "the machine is a pattern",
     "no client knows patterns, except aria2 a leading dot"),
)  # fmt: skip


_ORDINARY_VALUE = re.compile(rb"(?!None\Z)[A-Za-z0-9!$%&()*+./;<=>?@\[\]^_{}~-]{1,99}")


def values(document: Document) -> Iterator[Finding]:
    """Characters in a login or password that clients read differently."""
    ordinary = _ORDINARY_VALUE.fullmatch
    for entry in document.entries:
        if all(map(ordinary, entry.raw_values)):
            continue
        for field, token in entry.values:
            for id_, severity, wrong, what, bites in _VALUE_RULES:
                if wrong(token, field):
                    fix = _VALUE_FIXES.get(id_, "use a key of letters and digits")
                    yield Finding(id_, severity, *_at(document, token), f"{what} ({field})", bites, fix)


def _old_prefix(token: Token, name: str) -> bool:
    return name == "password" and token.value.startswith((b"apikey|", b"session|"))


_VALUE_RULES: tuple[tuple[str, Severity, Callable[[Token, str], bool], str, str], ...] = (
    ("value-unterminated-quote", Severity.ERROR, lambda t, n: t.is_unterminated, "a quote opens and does not close",
     "Python reads on to the next quote, curl 7.84 and later stops or sends nothing"),
    ("value-quoted", Severity.WARNING, lambda t, n: t.raw != t.value, "the value is quoted",
     "curl up to 7.83, Go, LabKey Java, JGit and Python up to 3.10 take the quotes as part of it"),
    ("value-backslash", Severity.WARNING, lambda t, n: b"\\" in t.raw, "there is a backslash",
     "curl, git and Go keep it, Python 3.11 and later, uv and wget drop it"),
    ("value-quote", Severity.WARNING, lambda t, n: b'"' in t.value and not t.is_unterminated,
     "there is a quotation mark", "clients disagree on whether it ends the value"),
    ("value-hash", Severity.WARNING, lambda t, n: b"#" in t.value, "there is a #",
     "npm, Heroku and Ruby cut there; at the beginning wget and curl 7.84 to 8.10 lose the value"),
    ("value-comma", Severity.WARNING, lambda t, n: b"," in t.value, "there is a comma", "the ftp programs cut there"),
    ("value-blank", Severity.WARNING, lambda t, n: any(c in t.value for c in (b" ", b"\t")), "there is a blank",
     "clients that know no quotes cut there or refuse the file"),
    ("value-not-ascii", Severity.WARNING, lambda t, n: not t.value.isascii(), "it is not ASCII",
     "requests sends latin-1, curl UTF-8, and curl 8.13 to 8.20 cuts there"),
    ("value-none", Severity.ERROR, lambda t, n: t.value == b"None", "the value is the word None",
     "a Python program wrote a missing value as a word"),
    ("value-old-prefix", Severity.WARNING, _old_prefix, "the key begins with apikey| or session|, as old keys did",
     "every client sends it as it is, and servers of today refuse it"),
    ("value-login-colon", Severity.ERROR, lambda t, n: n == "login" and b":" in t.value, "the login has a colon",
     "Basic cannot carry it: the server splits at the first colon"),
    ("value-long", Severity.WARNING, lambda t, n: len(t.value) > 99, "it is longer than 99 bytes",
     "tnftp refuses 100, curl 8.11.0 128, lftp and cadaver cut at 255, curl 8.11.1 and later refuse 4096"),
)  # fmt: skip


_VALUE_FIXES = {
    "value-old-prefix": "take the prefix off, or use a new key",
    "value-none": "write the real value",
    "value-long": "use a key of at most 99 letters and digits",
}


_USUAL_FIELDS = ("login", "password")


def missing(document: Document) -> Iterator[Finding]:
    """Entries without a login or a password."""
    for entry in document.entries:
        names = entry.field_names
        if names == _USUAL_FIELDS:
            continue
        for name in ("login", "password"):
            if name not in names:
                yield Finding(
                    f"missing-{name}", Severity.ERROR, entry.line, entry.column, f"the entry has no {name}",
                    "Python up to 3.10 refuses the file, JGit and Ruby take it from the next entry"
                    if name == "password" else "curl sends an empty user, older requests the word None",
                    f"add: {name} …",
                )  # fmt: skip


def order(document: Document) -> Iterator[Finding]:
    """LabKey Java wants machine, login, password in this order and nothing between."""
    for entry in document.entries:
        names = entry.field_names
        if names[:2] == _USUAL_FIELDS or entry.is_default:
            continue
        if {"login", "password"} <= set(names):
            yield Finding(
                "order", Severity.WARNING, entry.line, entry.column, "the order is not machine, login, password",
                "LabKey's Java client does not see the entry", "write machine, login, password in this order",
                ("labkey-java@6",),
            )  # fmt: skip


def duplicates(document: Document) -> Iterator[Finding]:
    """Two entries for one machine. The later one goes only where it says nothing that the first does not."""
    seen: dict[str, Entry] = {}
    for entry in document.entries:
        first = seen.setdefault(entry.machine.lower(), entry)
        if first is entry:
            continue
        same = (first.login, first.password, first.account) == (entry.login, entry.password, entry.account)
        why = _why_both_stay(first, entry)
        yield Finding(
            "duplicate", Severity.NOTE if same else Severity.ERROR, entry.line, entry.column,
            f"{entry.machine} stands in line {first.line} already",
            "curl, git, wget, Go, R and LabKey Java take the first, Python and uv the last",
            f"keep one entry a machine{why}", edit=None if why else document.removal(entry), affects=entry.machine,
        )  # fmt: skip


def _why_both_stay(first: Entry, entry: Entry) -> str:
    if first.login != entry.login:
        return "; not mended, for only you know which login is meant"
    if first.password != entry.password:
        return "; not mended, for only you know which of the two secrets is valid"
    if first.account != entry.account:
        return "; not mended, for their accounts differ"
    if first.machine != entry.machine:
        return "; not mended before both are spelled alike"
    return "" if first.login and first.password else "; not mended, for they lack a login or a password"


def default_entry(document: Document) -> Iterator[Finding]:
    """`default` sends to every host, and hides what follows."""
    entries = document.entries
    for index, entry in enumerate(entries):
        if not entry.is_default:
            continue
        yield Finding("default", Severity.WARNING, entry.line, entry.column, "there is a default entry",
                      "its login goes to every host you ask, and to every host you are redirected to",
                      "name the machines")  # fmt: skip
        if index + 1 < len(entries):
            yield Finding("default-not-last", Severity.ERROR, entry.line, entry.column,
                          "entries stand behind default", "curl, git, R and ftp never reach them, Go stops reading",
                          "move default to the end")  # fmt: skip


_KEYWORDS = frozenset({b"machine", b"default", b"login", b"user", b"password", b"account", b"macdef"})


def unknown_words(document: Document) -> Iterator[Finding]:
    """Words that are neither keyword nor value."""
    expects = False
    for number, word in enumerate(document.words):
        if expects:
            expects = False
        elif word in _KEYWORDS:
            expects = word != b"default"
        else:
            id_ = "keyword-capitals" if word.lower() in _KEYWORDS else "unknown-word"
            yield Finding(
                id_, Severity.ERROR, *document.position(document.starts[number]), "a word is no keyword",
                "Python, uv, Bazel and LabKey's Rust client refuse the whole file; others skip it",
                "write keywords in small letters" if id_ == "keyword-capitals" else "delete it, or quote the value",
            )  # fmt: skip


def macros(document: Document) -> Iterator[Finding]:
    """Macros, and macros that do not end."""
    for token in document.macro_bodies:
        place = _at(document, token)
        yield Finding("macro", Severity.WARNING, *place, "there is a macro",
                      "ftp runs the macro init at login; older curl, LabKey Java and Perl read its lines as entries",
                      "delete it unless an ftp program needs it")  # fmt: skip
        if not re.search(rb"\n\r?\n\Z", token.raw):
            yield Finding("macro-open", Severity.ERROR, *place, "a macro does not end with an empty line",
                          "Python 3.11 and later refuse the file; what follows is part of the macro",
                          "add an empty line")  # fmt: skip


def sizes(document: Document) -> Iterator[Finding]:
    """Lines and files too long for some client."""
    data = document.dump()
    if len(data) > 128 * 1024:
        yield Finding("file-long", Severity.ERROR, None, None, "the file is longer than 128 KiB",
                      "curl 8.11.1 and later refuse it", "delete what you do not need")  # fmt: skip
    start = 0
    for line in data.split(b"\n"):
        if len(line) > 4094:
            yield Finding("line-long", Severity.ERROR, *document.position(start), "a line is longer than 4094 bytes",
                          "curl 7.84 to 8.10 skips it; with curl 8.6 and 8.7 (macOS) the file ends there",
                          "break it")  # fmt: skip
        start += len(line) + 1


LINTS: tuple[Lint, ...] = (
    commented_out_but_live, comment_after_blank_line, comment, byte_order_mark, encoding, line_ends, odd_characters,
    machine_name, values, missing, order, duplicates, default_entry, unknown_words, macros, sizes,
)  # fmt: skip


def examine(document: Document) -> tuple[Finding, ...]:
    """Return all findings about the content, the worst first."""
    found = [finding for lint in LINTS for finding in lint(document)]
    return tuple(sorted(found, key=lambda finding: (-finding.severity, finding.line or 0, finding.id)))
