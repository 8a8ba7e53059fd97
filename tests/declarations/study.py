"""A study that demands a purpose, and people who declare for it in the session of their browser."""

from keyhouse.core.caller import Caller
from tests.site import Client

PURPOSE = "To learn"


def session_of(client):
    """Return the browser session of a client."""
    from keyhouse.core.digests import digest
    from keyhouse.sessions.models import BrowserSession
    from keyhouse.web.middleware import SESSION_COOKIE

    return BrowserSession.objects.get(digest=digest(client.cookies[SESSION_COOKIE]))


def caller_of(client) -> Caller:
    """Return the person at a browser, as services know them."""
    from keyhouse.core.decision import BROWSER_SESSION, Via
    from keyhouse.core.principal import Principal

    session = session_of(client)
    user = session.user
    via = Via(BROWSER_SESSION, session_id=session.public_id)
    return Caller(Principal(user.id, user.email, user.display_name), via)


def try_to_declare(client, *, path="/study", role_level=None, key_ids=(), **entered):
    """Declare in a browser, for its session or for API keys; return what the service returns."""
    from keyhouse.authz import folders
    from keyhouse.core.phi import PhiLevel
    from keyhouse.declarations.entered import Entered

    return client.front._site.declarations.declare(
        folders.find(path),
        caller_of(client),
        Entered(**{"purpose": PURPOSE, **entered}),
        PhiLevel.RESTRICTED if role_level is None else role_level,
        key_ids=key_ids,
        is_for_session=not key_ids,
    )


def declare(client, **how):
    """Declare in a browser; return the declaration, which is a good one."""
    from keyhouse.compliance.declaring import Declared

    made = try_to_declare(client, **how)
    assert isinstance(made, Declared), made
    return made


def is_let_in(front, key):
    """Tell whether a program with this key may look into /study."""
    answer = Client(front, keeps_cookies=False).get("/study/project-getContainers.api", {"apikey": key})
    assert answer.status in {200, 401}
    return answer.status == 200
