"""How a command ends when it does not end well. The codes are in `keyhouse --help`; scripts rely on them.

Failure
 ├── NotSo      1  what was asked about is not so: the chain is broken, a key was found, whoami is a guest,
 │                 a netrc file has a fault
 ├── Wrong      2  the command or one of its values is wrong; nothing was changed
 └── Unusable   3  the site, its settings, a file or the network cannot be used
"""

from typing import ClassVar

import click


class Failure(click.ClickException):
    """The root of the tree above; the text says what to do."""


class NotSo(Failure):
    exit_code: ClassVar[int] = 1


class Wrong(Failure):
    exit_code: ClassVar[int] = 2


class Unusable(Failure):
    exit_code: ClassVar[int] = 3


EXIT_CODES = (
    (0, "done"),
    (
        1,
        "what was asked about is not so: the audit log is broken, check found an error, scan found a key, "
        "whoami is a guest, a login was refused, a netrc file has a fault or lacks the entry",
    ),
    (2, "the command or one of its values is wrong; nothing was changed"),
    (3, "the site, its settings, a file or the network cannot be used; the message says what to do"),
    (130, "interrupted with Ctrl-C"),
)
