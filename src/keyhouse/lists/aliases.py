"""Other names that a file may use for a field."""


def aliases_of(text: str | None) -> tuple[str, ...]:
    """Split import aliases as the original writes them: blanks or commas between, quotes around one with blanks."""
    found: list[str] = []
    for place, part in enumerate((text or "").split('"')):
        found += [part] if place % 2 else part.replace(",", " ").split()
    return tuple(alias.strip() for alias in found if alias.strip())
