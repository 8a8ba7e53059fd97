"""Which netrc file a command works on, and how it is read without trusting it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from keyhouse.cli.failure import NotSo, Unusable
from keyhouse.netrc.files import FileRule, choose
from keyhouse.netrc.surroundings import MAX_BYTES, FileFacts, Surroundings, real

if TYPE_CHECKING:
    from keyhouse.netrc import Document

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_USUAL = FileRule(
    variable="NETRC",
    expands_tilde=True,
    windows_names=("_netrc", ".netrc"),
    windows_home=("HOME", "USERPROFILE"),
)
_NAMES = (".netrc", "_netrc")


def file_option(decorated: Decorated) -> Decorated:
    """Add ``--file``, which a command takes as `file`."""
    return click.option(
        "--file",
        "-f",
        "file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The netrc file (default: NETRC, else .netrc in your home folder, on Windows _netrc).",
    )(decorated)


def usual_file(around: Surroundings) -> Path:
    """Return the file that clients on this platform read, whether or not it is there."""
    chosen = choose(_USUAL, around)
    if not chosen.tried:
        raise Unusable("You have no home folder. Name the file with --file.")
    return Path(chosen.path or chosen.tried[0].path)


def file_or_usual(file: Path | None) -> Path:
    """Return the file that was named, else the usual one."""
    return file or usual_file(real())


def content_of(path: Path) -> bytes:
    """Read the whole file, never a pipe or a device. A missing file is NotSo, any other trouble Unusable."""
    try:
        return real().read(str(path))
    except FileNotFoundError:
        advice = "Make one with: keyhouse netrc set MACHINE --login apikey"
        raise NotSo(f"There is no file {path}. {advice}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no file"
        raise Unusable(f"{path} cannot be read: {reason}.") from None


def document_of(path: Path) -> "Document":
    """Read and parse a file."""
    from keyhouse.netrc.document import parse

    return parse(content_of(path))


@dataclass(frozen=True)
class Placed(Surroundings):
    """One file as if it stood in the home folder, under the name that each client looks for there."""

    file: str = ""
    machine: Surroundings = field(default_factory=Surroundings)

    def facts(self, path: str) -> FileFacts | None:
        """Return the facts of the file for its places, and nothing for any other."""
        return self.machine.facts(self.file) if self._is_here(path) else None

    def read(self, path: str) -> bytes:
        """Return the file's bytes."""
        if not self._is_here(path):
            raise FileNotFoundError(2, "No such file or directory", path)
        return self.machine.read(self.file)

    def named(self, text: str) -> str:
        """Put the file's own name where a made-up place stands in a client's words."""
        for name in _NAMES:
            text = text.replace(self.join(self.cwd, name), self.file)
        return text

    def _is_here(self, path: str) -> bool:
        return path in {self.join(self.cwd, name) for name in _NAMES}


@dataclass(frozen=True)
class Elsewhere(Surroundings):
    """The files of your home folder as if they lay in one on another platform."""

    machine: Surroundings = field(default_factory=Surroundings)

    def facts(self, path: str) -> FileFacts | None:
        """Return the facts of the file of that name in the home folder, and nothing for any other place."""
        real_path = self._real(path)
        return None if real_path is None else self.machine.facts(real_path)

    def read(self, path: str) -> bytes:
        """Return the file's bytes."""
        real_path = self._real(path)
        if real_path is None:
            raise FileNotFoundError(2, "No such file or directory", path)
        return self.machine.read(real_path)

    def _real(self, path: str) -> str | None:
        folder, name = self.join(self.cwd, ""), path.removeprefix(self.join(self.cwd, ""))
        home = self.machine.environ.get("HOME") or self.machine.account_home
        if not path.startswith(folder) or not home or any(one in name for one in "/\\"):
            return None
        return self.machine.join(home, name)


PLATFORMS = {"linux": "linux", "macos": "darwin", "windows": "win32"}
_HOMES = {"linux": "/home/you", "darwin": "/Users/you", "win32": "C:\\Users\\you"}


def surroundings_with(file: Path | None, platform: str | None = None) -> Surroundings:
    """Return this machine as it is, as if on another platform, or with one file as everybody's netrc file."""
    machine = real()
    chosen = machine.platform if platform is None else PLATFORMS[platform]
    if file is not None:
        home = "C:\\home" if chosen == "win32" else "/(home)"
        homes = {"HOME": home, "USERPROFILE": home}
        return Placed(homes, chosen, home, home, machine.uid, str(file), machine)
    if (chosen == "win32") == (machine.platform == "win32"):
        return replace(machine, platform=chosen)
    home = _HOMES[chosen]
    homes = {"USERPROFILE" if chosen == "win32" else "HOME": home}
    return Elsewhere(homes, chosen, home, home, machine.uid, machine)


def refuse_endless(file: Path | None, around: Surroundings) -> None:
    """Stop before a file that nobody reads to its end here, be it the one that was named or the usual one."""
    try:
        path = str(file or usual_file(around))
    except Unusable:
        return
    facts = (around.machine if isinstance(around, Placed) else around).facts(path)
    if facts is not None and facts.size > MAX_BYTES:
        raise Unusable(f"{path} is larger than {MAX_BYTES // 1024**2} MB, and so no netrc file.")
