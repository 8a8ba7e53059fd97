"""What can be wrong with a request about lists.

ListError           the text says what, for the client to read
├── Misused         the request makes no sense as a whole: a name taken, no key named (the original answers 500)
├── BadDesign       a field or an index is wrong; `field` names it where it is one (400)
├── ListNotFound    no such list here (404)
└── NotOffered      the original can do this, Keyhouse cannot (501)
"""


class ListError(Exception):
    """The root of the tree above."""


class Misused(ListError): ...


class BadDesign(ListError):
    """A field or an index is wrong."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


class ListNotFound(ListError): ...


class NotOffered(ListError): ...
