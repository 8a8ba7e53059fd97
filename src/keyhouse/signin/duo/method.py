"""Duo's Universal Prompt as a second factor: Duo asks the person, and its own library verifies what it says."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from allauth.mfa.models import Authenticator

from keyhouse.core.reasons import Reason
from keyhouse.signin.duo import result, trial
from keyhouse.signin.duo.answer import Answer
from keyhouse.signin.duo.client import CODE, DuoRefused, check_health, plain, prompt_url, token_of
from keyhouse.signin.duo.settings import FIELDS, OPEN, STANDS_IN, name_at_duo, redirect_of, state_of
from keyhouse.signin.factors.shown import Shown
from keyhouse.signin.fetching import authorities_problem
from keyhouse.signin.method import Begun, Field, Finding, Flow, Provider, ProviderDown, SignInFailed
from keyhouse.signin.policy import FACTORS

log = logging.getLogger("keyhouse.signin")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?\Z")
_OWN = "You have set up a second factor here, so that {0} does not stand in for it. Choose yours."
_OTHER = "{0} vouched for another sign-in than this one. Try again, or choose another way."
_DENIED = "{0} did not let you pass. Try again, or choose another way."


class Duo:
    """Leads to Duo's prompt and has it say what it proved."""

    kind = "duo"
    title = "Duo"
    fields: Sequence[Field] = FIELDS

    def problems(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Return what is wrong with settings that somebody wants to save."""
        if len(str(settings.get("client_id") or "").strip()) != 20:
            yield "client_id", "A client ID of Duo has 20 characters. Copy it from the Duo Admin Panel."
        if (secret := secrets.get("client_secret")) and len(secret.strip()) != 40:
            yield "client_secret", "A client secret of Duo has 40 characters. Copy it from the Duo Admin Panel."
        if not _HOST.match(str(settings.get("api_host") or "").strip().lower()):
            yield "api_host", "Give the API hostname alone, as api-1234abcd.duosecurity.com, without https://."
        if str(settings.get("user_name") or "") == "local" and not str(settings.get("domain") or "").strip():
            yield "domain", "Say of which domain the addresses lose their ending; those of others stay whole."
        if problem := authorities_problem(str(settings.get("authorities") or "")):
            yield "authorities", problem

    def test(self, provider: Provider) -> Iterable[Finding]:
        """Try client ID, secret and host at Duo, without a person."""
        return trial.findings(provider)

    def begin_for(self, provider: Provider, flow: Flow, login: str) -> Begun:
        """Return Duo's prompt for a person. Raises `SignInFailed`.

        Where Duo is down and the configuration lets people pass then, it is our own page, and the journey, which the
        server keeps, remembers that Duo was down: nobody's browser can claim it.
        """
        self.check_stands_in(provider, login)
        name = name_at_duo(provider, login)
        try:
            check_health(provider)
            return Begun(prompt_url(provider, flow, name), {"name": name})
        except DuoRefused as error:
            if not error.is_down or provider.text("failmode") != OPEN:
                raise ProviderDown(provider.description, str(error)) from None
            log.warning("%s cannot be reached, and its failmode is open: %s", provider.description, error)
            back = f"{redirect_of(provider)}?state={state_of(provider, flow)}"
            return Begun(back, {"name": name, "down": str(error)})

    def check_stands_in(self, provider: Provider, login: str) -> None:
        """Refuse Duo to who has a factor of their own here. Raises `SignInFailed`.

        Many sites let people who are new to Duo enrol themselves at its prompt: whoever has somebody's password would
        enrol a telephone of their own there, and be past the factor that the person set up here.
        """
        is_open = provider.flag(STANDS_IN)
        if not is_open and Authenticator.objects.filter(user__email=login, type__in=FACTORS).exists():
            text, detail = _OWN.format(provider.description), "the account has a second factor of its own"
            raise SignInFailed(Reason.SECOND_FACTOR_WRONG, text, detail)

    def went_down(self, provider: Provider, flow: Flow, login: str) -> str:
        """Say why this person passes without Duo, or nothing where they do not. It is asked anew, at this moment."""
        if provider.text("failmode") != OPEN or flow.extra.get("name") != name_at_duo(provider, login):
            return ""
        if Authenticator.objects.filter(user__email=login, type__in=FACTORS).exists():
            return ""
        return flow.extra.get("down", "")

    def shown(self, provider: Provider, flow: Flow, login: str, answer: Answer) -> Shown:
        """Return what Duo proved of the person of this login. Raises `SignInFailed`."""
        self.check_stands_in(provider, login)
        name = flow.extra.get("name", "")
        if not name or name != name_at_duo(provider, login):
            raise _refused(provider, _OTHER, "the prompt was shown to another person")
        if answer.error:
            raise _refused(provider, _DENIED, f"Duo said {plain(answer.error)}")
        if not CODE.match(answer.code):
            raise _refused(provider, _DENIED, "there is no code in the answer")
        try:
            return result.shown(token_of(provider, flow, name, answer.code))
        except DuoRefused as error:
            if error.is_down:
                raise ProviderDown(provider.description, str(error)) from None
            raise _refused(provider, _OTHER, f"the code was refused: {error}") from None
        except result.NotAllowed as error:
            raise _refused(provider, _DENIED, str(error)) from None


def _refused(provider: Provider, text: str, detail: str) -> SignInFailed:
    return SignInFailed(Reason.SECOND_FACTOR_WRONG, text.format(provider.description), detail)


method = Duo()
