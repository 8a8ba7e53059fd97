"""Sessions whose person proved to be there too long ago, and the way in which they prove it again."""

from datetime import timedelta
from typing import Any

from tests.console.pages import submit
from tests.site import PASSWORD, Answer, Client

PAGE = "/login-reauthenticate.view"
STALE = (403, "fresh_sign_in_required")
AN_HOUR = timedelta(hours=1)


def let_it_grow_stale(site: Any) -> None:
    """Let an hour pass since anybody proved to be there."""
    from keyhouse.sessions.models import BrowserSession

    BrowserSession.objects.update(proved_at=site.clock() - AN_HOUR)


def prove(client: Client, password: str = PASSWORD, **more: str) -> Answer:
    """Prove with a password to be there."""
    client.get(PAGE)
    return submit(client, PAGE, password=password, **more)


def made_key(client: Client) -> tuple[int, str | None]:
    """Ask for an API key; return the status and the reason of a refusal."""
    answer = client.post("/security-createApiKey.api", json={"type": "apikey"})
    return answer.status, answer.json.get("reason")
