"""Ready-made lines for the clients people use. None holds a key but the netrc lines, shown once with a new key.

Every client finds the key in the netrc file by the bare host name: an entry with a port is found by none of them.
"""

from dataclasses import dataclass

from keyhouse.scripts.place import Place
from keyhouse.scripts.python import connection
from keyhouse.scripts.quoting import java, r, shell


@dataclass(frozen=True)
class Snippet:
    """A few lines for one client."""

    id: str
    title: str
    note: str
    text: str


def netrc_lines(place: Place, key: str) -> str:
    """Write the netrc entry for a key."""
    return f"machine {place.host}\nlogin apikey\npassword {key}"


def who_am_i(place: Place) -> list[Snippet]:
    """Lines that ask the server who one is: the shortest proof that a key works."""
    return [
        Snippet("client-curl", "curl", "--netrc", f"curl --netrc {shell(place.url('login-whoAmI.api'))}"),
        Snippet("client-python", "Python", "package labkey", f"{_python(place)}\nprint(api.security.who_am_i())"),
        Snippet(
            "client-r", "R", "package Rlabkey", f"library(Rlabkey)\n\nlabkey.whoAmI(baseUrl = {r(place.base_url)})"
        ),
        Snippet("client-java", "Java", "labkey-client-api", _java(place)),
    ]


def envelopes(place: Place) -> Snippet:
    """Return lines that show a key in each header, for clients without netrc; the key is in the environment."""
    url = shell(place.url("login-whoAmI.api"))
    lines = (
        f'curl --header "Authorization: Bearer $KEY" {url}',
        f'curl --header "apikey: $KEY" {url}',
        f'curl --user "apikey:$KEY" {url}',
    )
    return Snippet("client-headers", "Headers", "Bearer, apikey, Basic", "\n".join(lines))


def _python(place: Place) -> str:
    return f"from labkey.api_wrapper import APIWrapper\n\n{connection(place)}"


def _java(place: Place) -> str:
    return (
        "import org.labkey.remoteapi.Connection;\n"
        "import org.labkey.remoteapi.security.WhoAmICommand;\n\n"
        "// A connection without credentials reads the netrc file.\n"
        f"Connection connection = new Connection({java(place.base_url)});\n"
        'System.out.println(new WhoAmICommand().execute(connection, "/").getEmail());'
    )
