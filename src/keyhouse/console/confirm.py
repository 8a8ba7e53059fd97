"""The question before something that cannot be undone, as a page: it works without a script."""

from collections.abc import Sequence

from django.http import HttpResponse

from keyhouse.console.show import show
from keyhouse.web.call import Call


def is_confirmed(call: Call) -> bool:
    """Tell whether the question was answered with yes."""
    return call.parameters.text("confirmed") == "1"


def confirm(
    call: Call,
    title: str,
    question: str,
    action_url: str,
    fields: Sequence[tuple[str, str]],
    yes: str,
    cancel_url: str,
    details: Sequence[str] = (),
) -> HttpResponse:
    """Ask; "yes" sends these fields again, with the confirmation."""
    return show(
        call,
        "confirm.html",
        title,
        question=question,
        action_url=action_url,
        fields=fields,
        yes=yes,
        cancel_url=cancel_url,
        details=details,
    )
