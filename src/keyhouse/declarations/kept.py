"""Keep declarations: rows that are only ever added, each with its line in the audit log in the same transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Max

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.compliance.declaring import Declared
from keyhouse.core.caller import Caller
from keyhouse.core.context import AcceptedTerms
from keyhouse.core.phi import PhiLevel
from keyhouse.declarations.entered import Entered
from keyhouse.declarations.form import Form
from keyhouse.declarations.models import Declaration
from keyhouse.keys.models import ApiKey


@dataclass(frozen=True)
class Holder:
    """For what a declaration is: for an API key, or where there is none for a browser session.

    `session_id` is the public id of the session in which it was made.
    """

    session_id: str
    key: ApiKey | None = None

    @property
    def label(self) -> str:
        """The holder as the log names it."""
        return f"API key {self.key.key_id}" if self.key else "this session"


class Kept:
    """Adds declarations; whoever calls has opened a transaction and holds the folders."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock

    def add(self, form: Form, holder: Holder, entered: Entered, caller: Caller) -> Declared:
        """Keep what a person entered, which has been judged."""
        signer = caller.context.impersonation.administrator if caller.context.impersonation else caller.principal
        row = Declaration(
            user_id=signer.id,
            user_email=signer.email,
            scope=form.scope,
            session_id=holder.session_id,
            key=holder.key,
            version=_next_version(holder, form.scope.id),
            at=self._clock(),
            purpose=entered.purpose or None,
            irb_number=entered.irb_number or None,
            phi_level=entered.phi_level,
            terms=[_stored(each) for each in form.demand.terms if each.digest in entered.accepted],
            printed_name=entered.printed_name,
            meaning=form.meaning if entered.printed_name else "",
        )
        row.save(force_insert=True)
        comment = f"{signer.email} declared for {form.scope.path} and {holder.label}."
        self._record(Kind.DECLARATION_MADE, row, caller, comment, {"meaning": row.meaning})
        return declared_of(row)

    def copy(self, source: Declaration, key: ApiKey, owner: User, caller: Caller) -> Declared:
        """Let an API key have a declaration as well, as it was made and when: no copy lengthens what lapses."""
        scope_id = source.scope_id
        row = Declaration(
            user=owner,
            user_email=owner.email,
            scope=source.scope,
            session_id=source.session_id,
            key=key,
            version=_next_version(Holder(source.session_id, key), scope_id),
            **{name: getattr(source, name) for name in _COPIED},
        )
        row.save(force_insert=True)
        comment = f"What was declared for {source.scope.path} goes along with API key {key.key_id}."
        self._record(Kind.DECLARATION_CARRIED, row, caller, comment, {"carriedFrom": source.id})
        return declared_of(row)

    def _record(self, kind: Kind, row: Declaration, caller: Caller, comment: str, details: Mapping[str, Any]) -> None:
        declared = declared_of(row)
        # The line has what was declared now, not what was in force before.
        by = replace(caller, context=declared.context(caller.context))
        more = {
            "scopeId": row.scope_id,
            "version": row.version,
            "declaredKeyId": row.key.key_id if row.key else "",
            "printedName": row.printed_name,
            **details,
        }
        self._recorder.record(Event(kind, by, comment, folder=row.scope.path, details=more))


_COPIED = ("at", "purpose", "irb_number", "phi_level", "terms", "printed_name", "meaning")


def declared_of(row: Declaration) -> Declared:
    """Return a declaration as the value that is judged."""
    return Declared(
        number=row.id,
        at=row.at,
        purpose=row.purpose,
        irb_number=row.irb_number,
        phi_level=PhiLevel(row.phi_level) if row.phi_level is not None else None,
        terms=tuple(AcceptedTerms(each["folder"], each["version"], each["digest"]) for each in row.terms),
        printed_name=row.printed_name,
        is_of_key=row.key_id is not None,
    )


def _next_version(holder: Holder, scope_id: int) -> int:
    same = Declaration.objects.filter(scope_id=scope_id, key=holder.key)
    if holder.key is None:
        same = same.filter(session_id=holder.session_id)
    return int(same.aggregate(latest=Max("version"))["latest"] or 0) + 1


def _stored(terms: AcceptedTerms) -> dict[str, Any]:
    return {"folder": terms.place, "version": terms.version, "digest": terms.digest}
