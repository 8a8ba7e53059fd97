"""Declare: what a person says of their use of data, kept for their browser session and for API keys of theirs."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from keyhouse.audit.recorder import Recorder
from keyhouse.authz.models import Folder
from keyhouse.compliance.declaring import Declared
from keyhouse.core.caller import Caller
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.core.phi import PhiLevel
from keyhouse.declarations import fetch
from keyhouse.declarations.entered import Entered, Problem, problems_of, terms_problems
from keyhouse.declarations.form import Form, form_of
from keyhouse.declarations.kept import Holder, Kept
from keyhouse.declarations.lock import lock
from keyhouse.declarations.models import Declaration
from keyhouse.keys.models import ApiKey

IN_A_BROWSER = "A declaration is made by a person who signed in: sign in with a browser, and declare there."
IMPERSONATING = "Nobody declares for the API keys of somebody else. Stop impersonating first."
NOT_YOURS = "The API key {} is not one of yours that is still valid."
NOTHING_CHOSEN = "Choose what the declaration is for: this session, or API keys of yours."


class Declarations:
    """What can be done with declarations; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._kept = Kept(recorder, clock)

    def form(self, folder: Folder) -> Form:
        """Return what one has to declare in a folder at this moment, with the texts of the terms."""
        return form_of(folder)

    def declare(
        self,
        folder: Folder,
        caller: Caller,
        entered: Entered,
        role_level: PhiLevel,
        key_ids: Iterable[str] = (),
        is_for_session: bool = True,
    ) -> Declared | list[Problem]:
        """Keep a declaration for what a folder demands, or say what is wrong with it.

        It is for the browser session of the caller, for API keys that the caller owns, or for all of these, of which
        the first is returned. `role_level` is the highest level of PHI that the caller's roles allow in the folder. Of
        several declarations of a session (or a key) in one place the latest is in force; all are kept, and each is in
        the audit log.
        """
        entered = entered.tidied
        with transaction.atomic():
            lock(folder)
            form = form_of(folder)
            holders, problems = self._holders(caller, list(dict.fromkeys(key_ids)), is_for_session)
            problems += problems_of(form, entered, role_level)
            if problems:
                return problems
            first, *_others = [self._kept.add(form, holder, entered, caller) for holder in holders]
            return first

    def accept_terms(self, folder: Folder, caller: Caller, accepted: Iterable[str]) -> Declared | list[Problem]:
        """Accept terms alone, by their digests; what the session declared here besides them stays as it is.

        But for the signature: nobody signed what they had not been shown, so new texts are to be signed on the page.
        """
        digests = frozenset(accepted)
        with transaction.atomic():
            lock(folder)
            form = form_of(folder)
            holders, problems = self._holders(caller, [], is_for_session=True)
            problems += terms_problems(form, digests)
            if problems:
                return problems
            before = fetch.declared_in_session(form.scope.id, holders[0].session_id)
            if before is not None and set(form.demand.terms) <= set(before.terms):
                return before
            return self._kept.add(form, holders[0], _with_terms(before, digests), caller)

    def history(self, user_id: int) -> list[Declaration]:
        """Return all that a person declared, the latest first."""
        found = Declaration.objects.filter(user_id=user_id).select_related("scope", "key")
        return list(found.order_by("-at", "-id"))

    def _holders(self, caller: Caller, key_ids: list[str], is_for_session: bool) -> tuple[list[Holder], list[Problem]]:
        session_id = caller.via.session_id
        if caller.via.method != BROWSER_SESSION or session_id is None or caller.principal.is_guest:
            return [], [Problem("", IN_A_BROWSER)]
        holders = [Holder(session_id=session_id)] if is_for_session else []
        if not key_ids:
            return holders, [] if holders else [Problem("", NOTHING_CHOSEN)]
        if caller.context.impersonation is not None:
            return [], [Problem("keys", IMPERSONATING)]
        keys = _keys_of(caller.principal.id, key_ids)
        foreign = [Problem("keys", NOT_YOURS.format(each[:80])) for each in key_ids if each not in keys]
        return [*holders, *(Holder(session_id, key) for key in keys.values())], foreign


def _keys_of(owner_id: int, key_ids: list[str]) -> dict[str, ApiKey]:
    # In one order, so that two who declare for the same keys never wait for each other.
    alive = ApiKey.objects.select_for_update(no_key=True).filter(owner_id=owner_id, revoked_at__isnull=True)
    return {key.key_id: key for key in alive.filter(key_id__in=key_ids).order_by("id")}


def _with_terms(before: Declared | None, digests: frozenset[str]) -> Entered:
    if before is None:
        return Entered(accepted=digests)
    return Entered(before.purpose or "", before.irb_number or "", before.phi_level, accepted=digests)
