"""Terms of use: written anew, never changed. The latest version of the site and of each project counts."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.models import Folder
from keyhouse.core.caller import Caller
from keyhouse.core.digests import digest
from keyhouse.declarations.lock import lock
from keyhouse.declarations.models import Terms

LONGEST_TEXT = 200_000


class TermsError(Exception):
    """Terms cannot be written as asked; the text says why."""


class TermsEdited(TermsError):
    """Somebody else wrote a version after the one that the editor had seen."""


class TermsOfUse:
    """What can be done with terms of use; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock

    def latest(self, folder: Folder) -> Terms | None:
        """Return the latest version of this very folder; its text is empty where the terms were withdrawn."""
        return Terms.objects.filter(folder=folder).order_by("-version").first()

    def history(self, folder: Folder) -> list[Terms]:
        """Return all versions of this very folder, the latest first."""
        return list(Terms.objects.filter(folder=folder).select_related("folder", "created_by").order_by("-version"))

    def write(self, folder: Folder, text: str, seen_version: int, caller: Caller) -> Terms:
        """Write the next version, from which on everybody has to accept it; an empty text withdraws the terms.

        `seen_version` is the latest version when the editor began, 0 where there was none. Nothing is written where
        the text is the same. Raises `TermsEdited` where there is a later version meanwhile, and `TermsError`.
        """
        text = _checked(folder, text)
        with transaction.atomic():
            lock(folder)
            old = self.latest(folder)
            version = old.version if old else 0
            if seen_version != version:
                raise TermsEdited(_edited(version))
            if old and old.text == text:
                return old
            if not old and not text:
                raise TermsError(f"There are no terms of use of {folder.path} to withdraw.")
            terms = Terms.objects.create(
                folder=folder,
                version=version + 1,
                text=text,
                digest=digest_of(text),
                created_at=self._clock(),
                created_by_id=(caller.context.impersonator_id or caller.principal.id) or None,
            )
            self._record(terms, old, caller)
        return terms

    def _record(self, terms: Terms, old: Terms | None, caller: Caller) -> None:
        what = "written" if terms.text else "withdrawn"
        comment = f"The terms of use of {terms.folder.path} were {what} (version {terms.version})."
        details = {
            "version": terms.version,
            "digest": terms.digest,
            "oldVersion": old.version if old else 0,
            "oldDigest": old.digest if old else "",
        }
        path = terms.folder.path
        self._recorder.record(Event(Kind.TERMS_CHANGED, caller, comment, folder=path, details={"written": details}))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text of terms, in upper case: the log takes 64 lower-case digits for a key."""
    return digest(text).upper()


def _checked(folder: Folder, text: str) -> str:
    if not (folder.is_root or folder.is_project):
        raise TermsError(f"Terms of use belong to the whole site (/) or to a project; {folder.path} is neither.")
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\0" in text:
        raise TermsError("The terms of use have a NUL character, which no text may have.")
    if len(text) > LONGEST_TEXT:
        raise TermsError(f"The terms of use have {len(text)} characters; at most {LONGEST_TEXT} are kept.")
    return text


def _edited(version: int) -> str:
    if not version:
        return "There are no such terms of use any more. Look at the page again."
    return (
        f"Somebody else wrote version {version} of these terms of use meanwhile. Read it, and write yours upon it: "
        "nothing of yours was saved."
    )
