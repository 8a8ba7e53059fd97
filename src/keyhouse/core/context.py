"""What a person has declared for a browser session, and on whose behalf it acts."""

from dataclasses import dataclass

from keyhouse.core.phi import PhiLevel


@dataclass(frozen=True)
class DeclaredContext:
    """The declarations in force: they go with every access into the log.

    `impersonator_id` is the administrator behind an impersonated user, or None.
    """

    purpose: str | None = None
    irb_number: str | None = None
    phi_level: PhiLevel | None = None
    terms_version: str | None = None
    impersonator_id: int | None = None


NOTHING_DECLARED = DeclaredContext()
