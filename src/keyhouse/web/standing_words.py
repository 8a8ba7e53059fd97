"""What is said to who lacks what a folder demands, a declaration or a surer sign-in: what is wanted, what to do."""

from keyhouse.core.assurance import Assurance
from keyhouse.core.decision import BROWSER_SESSION, OPENED_SESSION, PASSWORD, SESSION_KEY, Via
from keyhouse.core.reasons import PERMISSION_TEXT

WANTED = {
    Assurance.SINGLE: "a sign-in that was recorded",
    Assurance.TWO_FACTORS: "a sign-in with two factors",
    Assurance.PHISHING_RESISTANT: "a sign-in with two factors of which one is phishing-resistant, as a passkey",
}
_HAD = {
    Assurance.UNKNOWN: "how its person had signed in was not recorded",
    Assurance.SINGLE: "its person had signed in with one factor",
    Assurance.TWO_FACTORS: "its person had signed in with two factors, none of them phishing-resistant",
}


def level_of(via: Via) -> Assurance:
    """Return how sure the sign-in behind a call is."""
    return via.how.assurance if via.how is not None else Assurance.UNKNOWN


def declaration_text(via: Via, url: str) -> str:
    """Say that a declaration is needed, and where it is made."""
    if via.method in {PASSWORD, OPENED_SESSION} and via.key_id is None:
        return (
            f"{PERMISSION_TEXT} A declaration is needed first, which a password sent along cannot carry: declare on "
            f"{url} in a browser, make an API key or a session key there, and send that."
        )
    return f"{PERMISSION_TEXT} A declaration is needed first: open {url} in a browser, then run this again."


def level_text(via: Via, wanted: Assurance, url: str) -> str:
    """Say what is wanted, and what to do next."""
    demand = f"{PERMISSION_TEXT} This data demands {WANTED.get(wanted, 'nothing')}"
    if via.method in {BROWSER_SESSION, SESSION_KEY}:
        return f"{demand}. Open {url} in the browser of this session, prove more there, and try again."
    if via.key_id is not None:
        had = _HAD.get(level_of(via), "")
        return f"{demand}; when this API key was made, {had}. Sign in so, make a new key and use that: {url}"
    return f"{demand}; a password that is sent along is one factor. Sign in so in a browser and make a key there: {url}"
