"""A user agent in words: enough for people to know their own browser again. It is what a client says of itself."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Headless Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_PROGRAMS = (
    ("LabKey Python API", "Python"),
    ("python-requests/", "Python"),
    ("Python", "Python"),
    ("Rlabkey", "R"),
    ("libcurl", "R or curl"),
    ("curl/", "curl"),
    ("Java", "Java"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Say what a user agent claims to be: ``Firefox on Windows``, ``a program (Python)``, ``an unknown program``."""
    if user_agent.startswith("Mozilla/"):
        system = _first(_SYSTEMS, user_agent)
        return f"{_first(_BROWSERS, user_agent) or 'a browser'}{f' on {system}' if system else ''}"
    program = _first(_PROGRAMS, user_agent)
    return f"a program ({program})" if program else "an unknown program"


def _first(signs: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((words for sign, words in signs if sign in user_agent), "")
