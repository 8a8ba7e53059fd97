"""People with second factors, for tests: codes come from oathtool, an implementation that is not ours."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.site import Answer, Client, sign_in

SET_UP, SHOW = "/login-setUpTotp.view", "/login-secondFactor.view"
_STEP = timedelta(seconds=30)


@dataclass(frozen=True)
class App:
    """An authenticator app that has a secret."""

    secret: str

    def code(self, at: datetime, ahead: int = 0) -> str:
        """Return the code that the app shows at a moment, or so many steps later."""
        if not shutil.which("oathtool"):
            pytest.skip("Debian's package oathtool is not installed")
        moment = int((at + ahead * _STEP).timestamp())
        line = ["oathtool", "--totp", "--base32", self.secret, f"--now=@{moment}"]
        return subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()


def app_on(page: Answer) -> App:
    """Read the secret from the page that sets an app up, as a person types it."""
    assert page.status == 200, page.text[-2000:]
    found = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page.text)
    assert found, page.text
    return App(found[1].replace(" ", ""))


def set_up_app(site: Any, client: Client) -> App:
    """Set an app up in a browser that may; the code of the step before is used for it, and time stands still."""
    now = site.clock()
    object.__setattr__(site, "clock", lambda: now)
    site.second_factors.totp._clock = site.clock
    app = app_on(client.get(SET_UP))
    answer = client.post(SET_UP, form={"code": app.code(site.clock(), -1)})
    assert answer.status == 303, answer.text[-2000:]
    return app


def with_app(site: Any, front: Any, user: Any) -> tuple[App, Client]:
    """Give a user an app; return it and the browser in which that was done."""
    client = Client(front)
    sign_in(client, user.email)
    return set_up_app(site, client), client


def codes_in(client: Client) -> list[str]:
    """Read the recovery codes from the page that shows them once."""
    return re.findall(r"\d{5}-\d{5}", client.get("/login-recoveryCodes.view").text)


def begin(front: Any, user: Any, **how: Any) -> Client:
    """Return a browser in which the password was right, and the second factor is asked for."""
    client = Client(front, **how)
    answer = sign_in(client, user.email)
    assert "user" not in answer.json and "login-secondFactor.view" in answer.json["returnUrl"]
    return client


def show(client: Client, code: str, way: str = "totp", **more: Any) -> Answer:
    """Show a second factor."""
    return client.post(SHOW, form={"way": way, "code": code, **more})


def who(client: Client) -> str:
    """Return who is signed in."""
    return str(client.get("/login-whoAmI.api").json["email"])


def forget_used_codes() -> None:
    """Let codes be used again, so that a test need not wait for the next one."""
    from keyhouse.signin.models import TotpStep

    TotpStep.objects.update(step=0)
