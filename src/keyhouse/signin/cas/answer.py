"""The XML of a CAS server, read strictly before the library reads it: no documents within, no other shape."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

NAMESPACE = "{http://www.yale.edu/tp/cas}"
_DEEPEST = 20
_MOST_ELEMENTS = 20_000


class NotCas(Exception):
    """This is no answer of a CAS server; the text says why."""


class Refused(Exception):
    """The server refused the ticket; `code` is its own word for why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


def read(body: bytes) -> Element:
    """Return the one `authenticationSuccess` of an answer. Raises `NotCas`, and `Refused` for a failure."""
    root = parse(body)
    if root.tag != NAMESPACE + "serviceResponse" or len(root) != 1:
        raise NotCas("the answer is not one cas:serviceResponse with one element in it")
    found = root[0]
    if found.tag == NAMESPACE + "authenticationFailure":
        raise Refused(_plain(found.get("code")) or "no code", _plain(found.text))
    if found.tag != NAMESPACE + "authenticationSuccess":
        raise NotCas("the answer is neither success nor failure")
    # Of several, one reader takes the first and another the last: that is how an answer is bent.
    for name in ("user", "attributes"):
        if len(found.findall(NAMESPACE + name)) > 1:
            raise NotCas(f"the answer has more than one cas:{name}")
    return found


def user_of(success: Element) -> str:
    """Return the name of the user that an answer vouches for. Raises `NotCas`."""
    user = success.findtext(NAMESPACE + "user")
    if not user or not user.strip():
        raise NotCas("the answer names no user")
    return user


def parse(body: bytes) -> Element:
    """Parse XML that may neither define entities nor be very deep. Raises `NotCas`."""
    parser = expat.ParserCreate()
    depth, elements = 0, 0

    def started(*_: object) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > _DEEPEST or elements > _MOST_ELEMENTS:
            raise NotCas("the XML is deeper or longer than any answer of a CAS server")

    def ended(*_: object) -> None:
        nonlocal depth
        depth -= 1

    def declared(*_: object) -> None:
        raise NotCas("the XML has a document type, with which entities could be defined")

    parser.StartElementHandler, parser.EndElementHandler = started, ended
    parser.StartDoctypeDeclHandler = declared
    try:
        parser.Parse(body, True)
        return ElementTree.fromstring(body)  # noqa: S314
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotCas(f"the answer is not XML: {error}") from None


def _plain(text: str | None) -> str:
    # It goes into the log.
    return " ".join("".join(each if each.isprintable() else " " for each in text or "").split())[:300]
