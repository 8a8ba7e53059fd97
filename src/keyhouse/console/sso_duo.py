"""The way back from Duo's prompt, which is a second factor: for a sign-in that waits, or to prove that one is there."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from django.http import HttpResponseBase

from keyhouse.audit import Event, Kind, Outcome
from keyhouse.console import second_factor
from keyhouse.console.second_factor import Asked, asked_of
from keyhouse.console.show import lead_to
from keyhouse.console.sso import count_failure
from keyhouse.core.assurance import Assurance
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import Reason
from keyhouse.signin import flows
from keyhouse.signin.duo.answer import Answer
from keyhouse.signin.duo.settings import split_state
from keyhouse.signin.entering import caller_of
from keyhouse.signin.factors.shown import Shown
from keyhouse.signin.method import Flow, OutOfOrder, Provider, Purpose, SignInFailed
from keyhouse.signin.methods import NotInstalled, method_of
from keyhouse.signin.spent import spend
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

if TYPE_CHECKING:
    from keyhouse.signin.duo.method import Duo

actions = ActionTable()
_CODE_LIFE = timedelta(hours=1)
"""Longer than any journey, in which alone a code is taken."""
_SKEW = timedelta(seconds=30)
"""By how much the clocks of two nodes of one site may differ."""
_NOT_THIS = "This prompt was not for the sign-in that waits here. Choose again how to show your second factor."
_SPENT = "This answer was used already. Choose again how to show your second factor."
_NO_DUO = "There is no such second factor here, or it is switched off. Choose another way on the sign-in page."


@actions.add("duo-validate", methods=("GET",), is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def validate(call: Call) -> HttpResponseBase:
    """Take back a browser from the prompt."""
    state, number = split_state(call.parameters.text("state"))
    provider = call.site.providers.find(number, "duo") if number is not None else None
    if provider is None:
        raise NotFound(_NO_DUO)
    asked = asked_of(call)
    if asked is None:
        return lead_to(call, "login-login.view", "/", said="sign-in-over")
    try:
        flow = flows.take(call.request, state, provider, call.site.clock())
        _check_is_for(flow, asked)
        shown = _shown(call, provider, flow, asked)
    except NotInstalled as error:
        return _failed(call, provider, asked, OutOfOrder(provider.description, str(error)))
    except SignInFailed as error:
        return _failed(call, provider, asked, error)
    return second_factor.passed(call, replace(asked, return_url=flow.return_url), shown)


def _check_is_for(flow: Flow, asked: Asked) -> None:
    """Refuse the prompt of an earlier sign-in in this browser, whoever approved it, to the one that waits now."""
    waits_since = asked.waiting.proof.how.at if asked.waiting is not None else flow.started_at
    if flow.purpose is not Purpose.SECOND_FACTOR or flow.started_at < waits_since - _SKEW:
        raise SignInFailed(Reason.FLOW_UNKNOWN, _NOT_THIS, "the prompt was of another sign-in")


def _shown(call: Call, provider: Provider, flow: Flow, asked: Asked) -> Shown:
    method, email = cast("Duo", method_of("duo")), asked.user.email
    if why := method.went_down(provider, flow, email):
        return _let_pass(call, provider, asked, why)
    answer = Answer(call.parameters.text("duo_code"), call.parameters.text("error"))
    # Before Duo is asked: of two requests with one code at once, one goes no further.
    if answer.code and not spend(provider.id, f"duo {answer.code}", call.site.clock() + _CODE_LIFE):
        raise SignInFailed(Reason.FLOW_UNKNOWN, _SPENT, "the code was used before")
    return method.shown(provider, flow, email, answer)


def _let_pass(call: Call, provider: Provider, asked: Asked, why: str) -> Shown:
    """Let somebody pass without Duo, as its configuration says; in the log that is as loud as the emergency switch."""
    user, waiting = asked.user, asked.waiting
    who = Principal(user.id, user.email, user.display_name)
    caller = caller_of(call.request, who, waiting.proof.how) if waiting is not None else call.caller
    comment = f"{user.email} was let pass without {provider.description}, whose failmode is open. It is down: {why}."
    details = {"bypass": "failmode", "subjectId": user.id, "configuration": provider.id}
    event = Event(Kind.FACTOR_CHANGED, caller, comment, Outcome.FAILED, Reason.PROVIDER_DOWN.value, details=details)
    call.site.recorder.record(event)
    return Shown((), Assurance.SINGLE)


def _failed(call: Call, provider: Provider, asked: Asked, error: SignInFailed) -> HttpResponseBase:
    count_failure(call)
    comment = f"{provider.description}: {error.detail}"
    call.site.sign_ins.record_failure(call.request, asked.user.email, error.reason, comment)
    return second_factor.ask_again(call, asked, error.text, 503 if error.reason is Reason.PROVIDER_DOWN else 403)
