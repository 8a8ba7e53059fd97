"""The BSD and GNU ftp programs: commas separate, no comments, and the file is searched, not read.

The entry wanted is the first whose machine matches or `default`; reading stops with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .reading import Found, Malformed, Reading, shown

_SEPARATORS = "\n\t ,"
_KEYWORDS = frozenset({"default", "login", "password", "account", "machine", "macdef"})
_ALIASES = {"passwd": "password"}
_ID = "id"


@dataclass(frozen=True, slots=True)
class FtpProfile:
    """inetutils crashes where tnftp complains."""

    name: str
    token_size: int
    too_long: str
    unknown: str
    readable: str


INETUTILS = FtpProfile(
    "inetutils-ftp",
    8192,
    "killed by signal 11",
    "inetutils-ftp: Unknown .netrc keyword {token}",
    "inetutils-ftp: Error: .netrc file is readable by others.",
)
TNFTP = FtpProfile(
    "tnftp",
    100,
    "tnftp: Token in .netrc too long",
    "tnftp: Unknown .netrc keyword {token}",
    "tnftp: Error: .netrc file is readable by others",
)


class _Tokens:
    def __init__(self, text: str, profile: FtpProfile) -> None:
        self.text, self.profile = text, profile
        self.at = self.begin = 0
        self.value = ""
        self.ended = False

    def next(self) -> str:
        """Return the kind of the next token, or "" at the end of the file and for an empty token."""
        text, at, length = self.text, self.at, len(self.text)
        while at < length and text[at] in _SEPARATORS:
            at += 1
        self.begin = at
        if at >= length or self.ended:
            self.at, self.ended = length, True
            return ""
        quoted = text[at] == '"'
        parts = [] if quoted else [text[at]]
        at += 1
        while at < length and (text[at] != '"' if quoted else text[at] not in _SEPARATORS):
            if text[at] == "\\":
                at += 1
                if at >= length:
                    break
            parts.append(text[at])
            if len(parts) >= self.profile.token_size:
                raise Malformed(self.profile.too_long)
            at += 1
        self.ended = at >= length
        self.at = min(at + 1, length)
        return self._kind("".join(parts))

    def _kind(self, word: str) -> str:
        nul = word.find("\0")
        self.value = word if nul < 0 else word[:nul]
        if not self.value:
            return ""
        keyword = _ALIASES.get(self.value, self.value)
        return keyword if keyword in _KEYWORDS else _ID

    def skip_macro(self) -> None:
        text, length = self.text, len(self.text)
        at = self.at
        while at < length and text[at] in " \t":
            at += 1
        if at >= length or text[at] == "\n":
            raise Malformed("Missing macdef name argument.")
        name_end = text.find("\n", at)
        end = -1 if name_end < 0 else self._macro_end(name_end + 1)
        if end < 0:
            raise Malformed("Macro definition missing null line terminator.")
        if end - name_end > 4096:
            raise Malformed("4K macro buffer exceeded.")
        self.at = end

    def _macro_end(self, body: int) -> int:
        if self.text.startswith("\n", body):
            return body + 1
        end = self.text.find("\n\n", body)
        return -1 if end < 0 else end + 2


@dataclass(slots=True)
class Search:
    """What the program ends up with; `refused` is its message about permissions."""

    login: str | None = None
    password: str | None = None
    account: str | None = None
    at: int | None = None
    error: str | None = None
    warnings: tuple[str, ...] = ()


def search(text: str, profile: FtpProfile, host: str, login: str | None, *, readable_by_others: bool) -> Search:
    """Look for `host` as ruserpass() does; a password in a file others may read is refused."""
    tokens = _Tokens(text, profile)
    found = Search(login=login)
    warnings: list[str] = []
    try:
        _search(tokens, found, host.lower(), readable_by_others, warnings)
    except Malformed as failure:
        found.error = str(failure)
    found.warnings = tuple(warnings)
    return found


def _search(tokens: _Tokens, found: Search, host: str, readable: bool, warnings: list[str]) -> None:
    use_default = False
    while kind := tokens.next():
        begin = tokens.begin
        if kind == "default":
            use_default = True
        elif kind != "machine":
            continue
        if not use_default and (tokens.next() != _ID or tokens.value.lower() != host):
            continue
        found.at = begin
        if _inside(tokens, found, readable, warnings):
            return


def _inside(tokens: _Tokens, found: Search, readable: bool, warnings: list[str]) -> bool:
    """Read one matching entry; False when its login is another's, and the search goes on."""
    while (kind := tokens.next()) and kind not in ("machine", "default"):
        if kind == "login":
            if tokens.next():
                if found.login is None:
                    found.login = tokens.value
                elif found.login != tokens.value:
                    return False
        elif kind in ("password", "account"):
            _secret(tokens, found, kind, readable)
        elif kind == "macdef":
            tokens.skip_macro()
        elif len(warnings) < 20:
            warnings.append(tokens.profile.unknown.format(token=shown(tokens.value)))
    return True


def _secret(tokens: _Tokens, found: Search, kind: str, readable: bool) -> None:
    if readable and (kind == "account" or found.login != "anonymous"):
        raise Malformed(tokens.profile.readable)
    if tokens.next():
        if kind == "password" and found.password is None:
            found.password = tokens.value
        elif kind == "account" and found.account is None:
            found.account = tokens.value


def read(text: str, profile: FtpProfile = TNFTP) -> Reading:
    """List the entries one after the other, as a search for each of them would meet them."""
    tokens = _Tokens(text, profile)
    entries: list[Found] = []
    warnings: list[str] = []
    try:
        kind = tokens.next()
        while kind:
            kind = _listed(tokens, kind, entries)
    except Malformed as failure:
        return Reading(tuple(entries), str(failure), tuple(warnings))
    return Reading(tuple(entries))


def _listed(tokens: _Tokens, kind: str, entries: list[Found]) -> str:
    begin = tokens.begin
    if kind not in ("machine", "default"):
        return tokens.next()
    name: str | None = None
    if kind == "machine":
        if tokens.next() != _ID:
            return tokens.next()
        name = tokens.value
    values: dict[str, str] = {}
    kind = tokens.next()
    while kind and kind not in ("machine", "default"):
        if kind in ("login", "password", "account"):
            if tokens.next():
                values.setdefault(kind, tokens.value)
        elif kind == "macdef":
            tokens.skip_macro()
        kind = tokens.next()
    entries.append(Found(name, values.get("login"), values.get("password"), values.get("account"), begin))
    return kind
