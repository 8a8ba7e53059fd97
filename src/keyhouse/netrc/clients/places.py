"""Where each client looks for its file, as data."""

from __future__ import annotations

from dataclasses import replace

from ..files import FileRule

_FILES = FileRule(windows_home=("HOME", "USERPROFILE"), empty_home_counts=False)
_OLD_WINDOWS = replace(_FILES, windows_home=("HOME",), windows_names=("_netrc",))
_NO_PROFILE = replace(_FILES, windows_home=("HOME",))
_ONE_NAME = replace(_FILES, windows_names=(".netrc",))
_VARIABLE = replace(_FILES, variable="NETRC")

STDLIB = FileRule(windows_names=(".netrc",), homeless="Could not find .netrc: $HOME is not set")
STDLIB_OLD = FileRule(
    home=("HOME",),
    windows_home=("HOME",),
    windows_names=(".netrc",),
    homeless="OSError: Could not find .netrc: $HOME is not set",
)
REQUESTS = FileRule(variable="NETRC", empty_counts=True, expands_tilde=True, names=(".netrc", "_netrc"))
HTTPX_OLD = FileRule(variable="NETRC", expands_tilde=True, names=(".netrc", "_netrc"))
AIOHTTP = FileRule(variable="NETRC", empty_counts=True, windows_names=("_netrc",))
SAFE_NETRC = FileRule(variable="NETRC", empty_counts=True, windows_names=(".netrc",))
UV = FileRule(variable="NETRC", expands_tilde=True, falls_back=True, home=("HOME",))

WGET = FileRule(windows_home=("HOME",), windows_names=("_netrc",))
WGET2 = FileRule(home=("HOME", "cwd"))
ARIA2 = FileRule()
CADAVER = FileRule(home=("HOME",))
LFTP = FileRule(home=("HOME",))
GO = FileRule(variable="NETRC", home=("HOME",), empty_home_counts=False, windows_names=("_netrc", ".netrc"))

INETUTILS = FileRule(variable="NETRC", home=("HOME", "cwd"))
TNFTP = FileRule(variable="NETRC", home=("HOME", "account"))

ACCOUNT_HOME = ("account",)
LABKEY_JAVA = FileRule(home=ACCOUNT_HOME, names=(".netrc", "_netrc"), windows_names=(".netrc", "_netrc"), goes_on=True)
LABKEY_RUST = FileRule(home=("HOME",), names=(".netrc", "_netrc"), homeless="cannot determine home directory")
JGIT = FileRule(home=ACCOUNT_HOME, names=(".netrc", "_netrc"))
BAZEL = FileRule(variable="NETRC", home=("HOME",), empty_home_counts=False, windows_names=(".netrc",))
NPM = FileRule(home=("HOME", "HOMEPATH", "USERPROFILE"), windows_home=("HOME", "HOMEPATH", "USERPROFILE"),
               windows_names=(".netrc",), empty_home_counts=False)  # fmt: skip
HEROKU = FileRule(windows_home=("HOME", "HOMEDRIVE+HOMEPATH", "USERPROFILE"), windows_names=("_netrc",))
READER = FileRule(windows_names=(".netrc",))
RUBY = FileRule(
    variable="NETRC", is_folder=True, empty_counts=True, windows_names=("_netrc",), home=("HOME", "account")
)
PERL = FileRule(home=("account", "HOME"), names=(".netrc", "_netrc"),
                windows_home=("HOME", "HOMEDRIVE+HOMEPATH"))  # fmt: skip
EMACS = FileRule(names=(".authinfo", ".authinfo.gpg", ".netrc"), goes_on=True)
GIT_HELPER = FileRule(names=(".authinfo.gpg", ".netrc.gpg", ".authinfo", ".netrc"))


def r(version: tuple[int, ...]) -> FileRule:
    """Return where R on this libcurl looks: on Windows, R sets HOME to Documents before (rw-FAQ 2.14)."""
    return replace(curl(version), windows_home=("HOME", "USERPROFILE\\Documents"))


def git(version: tuple[int, ...]) -> FileRule:
    """Return where git looks: Git for Windows sets HOME before."""
    return replace(curl(version), windows_home=("HOME", "HOMEDRIVE+HOMEPATH", "USERPROFILE"))


def curl(version: tuple[int, ...]) -> FileRule:
    """Return where this libcurl looks."""
    if version >= (8, 16):
        return _VARIABLE
    if (8, 11) <= version < (8, 12):
        return _ONE_NAME
    if version >= (7, 84):
        return _FILES
    return _NO_PROFILE if version >= (7, 66) else _OLD_WINDOWS
