"""Recovery codes, on the one page that shows them."""

from base64 import b64encode

from django.http import HttpResponseBase

from keyhouse.console.second_factor_person import person_of
from keyhouse.console.show import lead_to, show
from keyhouse.console.signin_pages import after
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.urls import is_local

actions = ActionTable()


@actions.add(
    "login-recoveryCodes", methods=("GET",), is_page=True, tolerates_missing_folder=True, ignores_declarations=True
)
def recovery_codes(call: Call) -> HttpResponseBase:
    """Show new recovery codes, once."""
    person = person_of(call)
    codes = call.site.second_factors.recovery.take_unseen(person.user.id)
    if not codes:
        return lead_to(call, "login-secondFactors.view", "/", said="codes-shown")
    text = f"Recovery codes of {person.user.email} at {call.settings.site_name}\n{call.site.boot.url}\n\n"
    goes_on = is_local(call.parameters.text("returnUrl"), call.context_path)
    return show(
        call,
        "second_factor_codes.html",
        "Recovery codes",
        is_folder_page=True,
        codes=codes,
        email=person.user.email,
        site_url=call.site.boot.url,
        text="\n".join(codes),
        download=b64encode((text + "\n".join(codes) + "\n").encode()).decode(),
        next_url=after(call) if goes_on else call.url("login-secondFactors.view", "/"),
    )
