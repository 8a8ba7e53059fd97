"""What can be wrong around a netrc file: its name, place, rights, and the variables that point to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath

from .findings import Finding, Severity
from .surroundings import FileFacts, Surroundings

_SYNCED = ("dropbox", "onedrive", "google drive", "nextcloud", "icloud", "syncthing", "box sync")
_BACKUPS = (".bak", "~", ".old", ".orig", ".save", ".swp")


def _finding(id_: str, severity: Severity, what: str, bites: str, fix: str) -> Finding:
    return Finding(id_, severity, None, None, what, bites, fix)


def kind_and_rights(path: str, facts: FileFacts, around: Surroundings) -> Iterator[Finding]:
    """Directory, FIFO, symbolic link, mode, owner."""
    if facts.kind != "file":
        yield _finding("not-a-file", Severity.ERROR, f"{path} is no regular file",
                       "most clients act as if there were none", "move it away and make a file")  # fmt: skip
        return
    if around.platform == "win32":
        return
    if facts.shared:
        yield _finding("mode", Severity.DANGER, f"others may read or write it: mode {facts.mode:04o}",
                       "every user of the machine can take the keys; Python's netrc, aria2, Perl, Ruby and ftp refuse "
                       "it", f"chmod 600 {path}")  # fmt: skip
    elif facts.mode != 0o600:
        yield _finding("mode-not-0600", Severity.NOTE, f"mode is {facts.mode:04o}",
                       "the Ruby gem netrc accepts nothing but 0600", f"chmod 600 {path}")  # fmt: skip
    if facts.owner != around.uid:
        yield _finding("owner", Severity.ERROR, "the file belongs to somebody else",
                       "Python's netrc, Perl and safe-netrc refuse it", f"chown it to yourself: {path}")  # fmt: skip
    if facts.is_link:
        yield _finding("link", Severity.NOTE, "it is a symbolic link", "inetutils ftp refuses links",
                       "use a plain file if you need that program")  # fmt: skip


def names(around: Surroundings, home: str) -> Iterator[Finding]:
    """`.netrc.txt`, and two files of which a client reads one."""
    for name in (".netrc.txt", "_netrc.txt", "netrc.txt"):
        if around.facts(around.join(home, name)) is not None:
            yield _finding("txt", Severity.ERROR, f"there is a file {name}", "no client reads a name that ends in .txt",
                           f"rename it to {name.removesuffix('.txt')}; Windows may hide the ending")  # fmt: skip
    if all(around.facts(around.join(home, name)) is not None for name in (".netrc", "_netrc")):
        yield _finding("two-files", Severity.WARNING, "there is a .netrc and a _netrc",
                       "most clients read only the first; on Windows wget, aiohttp and Go read _netrc",
                       "make one a copy of the other or delete it")  # fmt: skip
    for ending in _BACKUPS:
        if around.facts(around.join(home, f".netrc{ending}")) is not None:
            yield _finding("backup", Severity.WARNING, f"there is a copy .netrc{ending}",
                           "it holds the keys of yesterday", "delete it, and revoke the keys in it")  # fmt: skip


def variables(around: Surroundings) -> Iterator[Finding]:
    """NETRC, HOME and USERPROFILE."""
    value = around.environ.get("NETRC")
    if value == "":
        yield _finding("variable-empty", Severity.WARNING, "NETRC is set to nothing",
                       "requests, pip and HTTPie then use no netrc file", "unset NETRC")  # fmt: skip
    elif value is not None and value.startswith("~"):
        yield _finding("variable-tilde", Severity.WARNING, "NETRC begins with ~",
                       "requests and uv expand it, curl, Go, aiohttp and Bazel do not",
                       "write the whole path")  # fmt: skip
    elif value is not None and around.facts(value) is None:
        yield _finding("variable-missing", Severity.ERROR, "NETRC names a file that is not there",
                       "requests and curl 8.16 and later then use no file at all", "correct NETRC")  # fmt: skip
    home, account = around.environ.get("HOME"), around.account_home
    profile = around.environ.get("USERPROFILE")
    if around.platform == "win32" and home and profile and home.lower() != profile.lower():
        yield _finding("home-differs", Severity.WARNING, "HOME and USERPROFILE differ",
                       "R and curl look in HOME, Python and Java in USERPROFILE", "keep the file in both")  # fmt: skip
    elif around.platform != "win32" and home and account and home != account:
        yield _finding("home-differs", Severity.WARNING, "HOME is not the home folder of your account",
                       "LabKey Java, JGit and Perl look in the account's, all others in HOME",
                       "keep the file in both")  # fmt: skip


def folder(path: str, around: Surroundings) -> Iterator[Finding]:
    """A parent others may write to, a git work tree, a folder that is copied elsewhere."""
    pure = PureWindowsPath(path) if around.platform == "win32" else PurePosixPath(path)
    facts = around.facts(str(pure.parent))
    if facts is not None and facts.mode & 0o022 and not facts.mode & 0o1000 and around.platform != "win32":
        yield _finding("folder-writable", Severity.DANGER, f"others may write in {pure.parent}",
                       "they can put another file in its place", f"chmod go-w {pure.parent}")  # fmt: skip
    for parent in pure.parents:
        if around.facts(around.join(str(parent), ".git")) is not None:
            yield _finding("git-work-tree", Severity.WARNING, f"the file is inside the git work tree {parent}",
                           "one `git add -A` publishes the keys",
                           "move it, or list it in .git/info/exclude")  # fmt: skip
            break
    if any(word in str(pure).lower() for word in _SYNCED):
        yield _finding("synced-folder", Severity.WARNING, "the file is in a folder that is copied to a cloud",
                       "the keys are copied with it", "keep it in a folder of this machine only")  # fmt: skip


def examine_around(path: str, around: Surroundings) -> tuple[Finding, ...]:
    """Return all findings about the file's place and rights, the worst first."""
    pure = PureWindowsPath(path) if around.platform == "win32" else PurePosixPath(path)
    found = [*names(around, str(pure.parent)), *variables(around), *folder(path, around)]
    facts = around.facts(path)
    if facts is None:
        found.append(_finding("no-file", Severity.ERROR, f"there is no {path}", "no client sends anything", "make it"))
    else:
        found += kind_and_rights(path, facts, around)
    return tuple(sorted(found, key=lambda finding: (-finding.severity, finding.id)))
