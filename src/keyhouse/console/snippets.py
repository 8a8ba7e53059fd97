"""Ready-made lines for the clients people use. None holds a key but the netrc lines, shown once with a new key.

Every client finds the key in the netrc file by the bare host name: an entry with a port is found by none of them.
"""

import json
import shlex
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from keyhouse.console.grid_address import GridAddress


@dataclass(frozen=True)
class Snippet:
    """A few lines for one client."""

    id: str
    title: str
    note: str
    text: str


@dataclass(frozen=True)
class Place:
    """What clients need to know of this site: its address with the context path, and a folder."""

    base_url: str
    folder: str = "/"

    @property
    def host(self) -> str:
        """The name under which a netrc file knows this site."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def authority(self) -> str:
        """Host and port, as the Python client wants them."""
        return urlsplit(self.base_url).netloc

    @property
    def context_path(self) -> str:
        """The context path without slashes."""
        return urlsplit(self.base_url).path.strip("/")

    def url(self, action: str, **parameters: str) -> str:
        """Write the URL of an action in the folder."""
        folder = quote(self.folder.strip("/"))
        query = f"?{urlencode(parameters)}" if parameters else ""
        return "/".join(part for part in (self.base_url, folder, action) if part) + query


def netrc_lines(place: Place, key: str) -> str:
    """Write the netrc entry for a key."""
    return f"machine {place.host}\nlogin apikey\npassword {key}"


def who_am_i(place: Place) -> list[Snippet]:
    """Lines that ask the server who one is: the shortest proof that a key works."""
    return [
        Snippet("client-curl", "curl", "--netrc", f"curl --netrc {shlex.quote(place.url('login-whoAmI.api'))}"),
        Snippet("client-python", "Python", "package labkey", f"{_python(place)}\nprint(api.security.who_am_i())"),
        Snippet(
            "client-r", "R", "package Rlabkey", f"library(Rlabkey)\n\nlabkey.whoAmI(baseUrl = {_text(place.base_url)})"
        ),
        Snippet("client-java", "Java", "labkey-client-api", _java(place)),
    ]


def read_rows(place: Place, address: GridAddress) -> list[Snippet]:
    """Lines that read the rows of a grid, its filters and sort included."""
    url = place.url("query-selectRows.api") + "?" + urlencode(address.selection)
    return [
        Snippet("rows-curl", "curl", "", f"curl --netrc {shlex.quote(url)}"),
        Snippet("rows-python", "Python", "", f"{_python(place)}\n{_python_rows(address)}"),
        Snippet("rows-r", "R", "", f"library(Rlabkey)\n\n{_r_rows(place, address)}"),
    ]


def _text(value: str) -> str:
    # A JSON text is a text of Python, R and Java too.
    return json.dumps(value, ensure_ascii=False)


def _python(place: Place) -> str:
    is_tls = urlsplit(place.base_url).scheme == "https"
    context = _text(place.context_path) if place.context_path else "None"
    arguments = f"{_text(place.authority)}, {_text(place.folder.strip('/'))}, {context}, use_ssl={is_tls}"
    return f"from labkey.api_wrapper import APIWrapper\n\napi = APIWrapper({arguments})"


def _python_rows(address: GridAddress) -> str:
    lines = [f"    {_text(address.schema)}, {_text(address.query)},"]
    if address.sort:
        lines.append(f"    sort={_text(address.sort_text)},")
    if address.filters:
        filters = ", ".join(f"QueryFilter({_text(f.column)}, {_text(f.value)}, {_text(f.op)})" for f in address.filters)
        lines.append(f"    filter_array=[{filters}],")
    imports = "from labkey.query import QueryFilter\n\n" if address.filters else ""
    return imports + "answer = api.query.select_rows(\n" + "\n".join(lines) + '\n)\nprint(answer["rows"])'


def _r_rows(place: Place, address: GridAddress) -> str:
    arguments = [
        f"baseUrl = {_text(place.base_url)}",
        f"folderPath = {_text(place.folder)}",
        f"schemaName = {_text(address.schema)}",
        f"queryName = {_text(address.query)}",
    ]
    if address.sort:
        arguments.append(f"colSort = {_text(address.sort_text)}")
    if address.filters:
        parts = (f"c({_text(f.column)}, {_text(f.op)}, {_text(f.value)})" for f in address.filters)
        arguments.append(f"colFilter = makeFilter({', '.join(parts)})")
    return "rows <- labkey.selectRows(\n  " + ",\n  ".join(arguments) + "\n)"


def _java(place: Place) -> str:
    return (
        "import org.labkey.remoteapi.Connection;\n"
        "import org.labkey.remoteapi.security.WhoAmICommand;\n\n"
        "// A connection without credentials reads the netrc file.\n"
        f"Connection connection = new Connection({_text(place.base_url)});\n"
        'System.out.println(new WhoAmICommand().execute(connection, "/").getEmail());'
    )
