"""Which file a client reads, and why: one rule a client, as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class FileRule:
    """Where a client looks.

    `home` names the sources of the home folder in order: an environment variable, two of them joined by `+`, one with
    `\\Documents` behind it, `account` (the user database) or `cwd`. The first that is set counts.
    """

    variable: str = ""
    """Environment variable that names the file."""
    empty_counts: bool = False
    """The variable set to "" means: no file at all."""
    expands_tilde: bool = False
    falls_back: bool = False
    """A missing file in the variable is ignored and the home folder tried."""
    is_folder: bool = False
    """The variable names the folder, not the file."""
    names: tuple[str, ...] = (".netrc",)
    home: tuple[str, ...] = ("HOME", "account")
    empty_home_counts: bool = True
    windows_names: tuple[str, ...] = (".netrc", "_netrc")
    windows_home: tuple[str, ...] = ("USERPROFILE",)
    goes_on: bool = False
    """When the first file has no entry for the machine, the next one is read too."""
    homeless: str = ""
    """The client's message when there is no home folder."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A path the client tries and the reason it does."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files a client reads (nearly always one), what it tried, and its complaint when it has no home."""

    read: tuple[Candidate, ...]
    tried: tuple[Candidate, ...]
    error: str = ""

    @property
    def path(self) -> str | None:
        return self.read[0].path if self.read else None


def choose(rule: FileRule, around: Surroundings) -> Chosen:
    """Return the file that exists where the client looks first, or what it tried in vain."""
    value = around.environ.get(rule.variable) if rule.variable else None
    if value is not None and (value or rule.empty_counts):
        from_variable = _from_variable(rule, around, value)
        if from_variable.read or not rule.falls_back:
            return from_variable
    home = _home(rule, around)
    if home is None:
        return Chosen((), (), rule.homeless or "no home folder")
    folder, why = home
    names = rule.windows_names if around.platform == "win32" else rule.names
    tried = tuple(Candidate(around.join(folder, name), why) for name in names)
    existing = tuple(c for c in tried if around.facts(c.path) is not None)
    return Chosen(existing if rule.goes_on else existing[:1], tried)


def _from_variable(rule: FileRule, around: Surroundings, value: str) -> Chosen:
    why = f"{rule.variable} is set"
    if not value and not rule.is_folder:
        return Chosen((), (Candidate("", f"{rule.variable} is set to nothing: no file"),))
    path = value
    if rule.expands_tilde and value.startswith("~"):
        home = _home(rule, around)
        path = (home[0] if home else "") + value[1:]
    if rule.is_folder:
        path = around.join(path, rule.names[0])
    candidate = Candidate(path, why)
    return Chosen((candidate,) if around.facts(path) is not None else (), (candidate,))


def _home(rule: FileRule, around: Surroundings) -> tuple[str, str] | None:
    sources = rule.windows_home if around.platform == "win32" else rule.home
    for folder, why in _folders(sources, around):
        if folder or rule.empty_home_counts:
            return folder, why
    return None


def _folders(sources: tuple[str, ...], around: Surroundings) -> Iterator[tuple[str, str]]:
    for source in sources:
        if source == "account":
            if around.account_home is not None:
                yield around.account_home, "the home folder of your account"
        elif source == "cwd":
            yield around.cwd, "HOME is not set, so the current folder is used"
        elif source.endswith("\\Documents"):
            if value := around.environ.get(source.partition("\\")[0]):
                yield f"{value}\\Documents", "HOME is not set, and R then takes Documents for it"
        elif "+" in source:
            parts = [around.environ.get(name) for name in source.split("+")]
            if all(parts):
                yield "".join(part or "" for part in parts), f"{source} are set"
        elif (value := around.environ.get(source)) is not None:
            yield value, f"{source} is the home folder"
