"""Who is acting: a person, a program of theirs, or the guest."""

from dataclasses import dataclass

GUEST_ID = 0


@dataclass(frozen=True)
class Principal:
    """Who is acting. The guest has id 0."""

    id: int
    email: str
    display_name: str

    @property
    def is_guest(self) -> bool:
        """Tell whether nobody has signed in."""
        return self.id == GUEST_ID


GUEST = Principal(GUEST_ID, "guest", "guest")
