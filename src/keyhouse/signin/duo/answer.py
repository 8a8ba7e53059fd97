"""What a browser brings back from Duo's prompt."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """A code, or an error."""

    code: str = field(repr=False)
    error: str
