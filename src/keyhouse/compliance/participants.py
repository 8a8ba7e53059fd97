"""How participants stand in the audit log: by their ids, or by digests that only this site can make."""

import hashlib
import hmac
from collections.abc import Iterable

from keyhouse.audit.events import storable

DIGESTS = "digests"
_LONGEST = 200


class ParticipantNames:
    """Writes participants for the log, and finds them again whichever way they were written."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def written(self, ids: Iterable[str], mode: str) -> list[str]:
        """Write ids as the site setting `participantsInLog` says, in their order."""
        write = self._digest if mode == DIGESTS else _id
        return sorted({write(each) for each in ids})

    def searched(self, participant: str) -> tuple[str, ...]:
        """Return all that an id can stand as in the log; a digest that is searched for stands for itself."""
        return tuple(dict.fromkeys((_id(participant), self._digest(participant))))

    def _digest(self, participant: str) -> str:
        keyed = hmac.new(
            self._secret, b"keyhouse participant\0" + participant.encode("utf-8", "surrogatepass"), hashlib.sha256
        )
        return f"hmac:{keyed.hexdigest()[:40]}"


def _id(participant: str) -> str:
    """Write an id as it is; by its digest one that is too long for an index, or that the log would not keep as it is.

    The log replaces what looks like a key, as pseudonyms made by SHA-256 do: all of them would become one participant.
    """
    if not participant:
        return "(empty)"
    if len(participant) <= _LONGEST and storable(participant) == participant:
        return participant
    # Of 40 digits, as 64 look like a key.
    return f"sha256:{hashlib.sha256(participant.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"
