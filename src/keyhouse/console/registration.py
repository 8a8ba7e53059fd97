"""Register oneself: ask for a link, and choose a password with it. It is there where the site lets people."""

from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.names import AccountError
from keyhouse.console.password_pages import password_problems
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.reasons import THROTTLED_TEXT
from keyhouse.signin.passwords.registration import Applicant
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound, WireError

actions = ActionTable()
CONFIRM = "login-confirmRegistration.view"


@actions.add("login-register", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def register(call: Call) -> HttpResponseBase:
    """Ask for a name and an address; the answer is the same whether it has an account or not."""
    _check_open(call)
    if not is_post(call):
        return _ask(call)
    email, name = call.parameters.text("email").strip(), call.parameters.text("name")
    if problem := call.site.registrations.problem_of(email):
        return _ask(call, [("email", problem)])
    page_url = f"{call.site.boot.url}/{CONFIRM}"
    if not call.site.registrations.ask(call.request, email, name, page_url, call.caller):
        raise WireError(THROTTLED_TEXT.replace("failed login attempts", "registrations"), status=429)
    in_folder = not call.site.boot.smtp_url
    return show(call, "register_done.html", "Look at your mail", is_folder_page=True, is_mail_in_folder=in_folder)


@actions.add("login-confirmRegistration", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def confirm_registration(call: Call) -> HttpResponseBase:
    """Choose a password with the link of the mail, which makes the account and works once."""
    _check_open(call)
    token = call.parameters.text("key")
    applicant = call.site.registrations.applicant_of(token)
    if applicant is None or not is_post(call):
        return _choose(call, applicant)
    problems = password_problems(call)
    if problems:
        return _choose(call, applicant, problems)
    try:
        user = call.site.registrations.register(token, applicant, call.request.POST["password1"], call.caller)
    except AccountError as error:
        return _choose(call, applicant, [("password1", str(error))])
    return lead_to(call, "login-login.view", "/", said="registered") if user else _choose(call, None)


def _check_open(call: Call) -> None:
    if not call.settings.self_registration:
        raise NotFound("People do not register themselves here. Ask an administrator for an account.")


def _ask(call: Call, problems: Problems = ()) -> HttpResponse:
    return show(
        call,
        "register.html",
        "Register",
        problems=problems,
        is_folder_page=True,
        faults=dict(problems),
        entered={"email": call.parameters.text("email"), "name": call.parameters.text("name")},
        action_url=call.url("login-register.view", "/"),
    )


def _choose(call: Call, applicant: Applicant | None, problems: Problems = ()) -> HttpResponse:
    return show(
        call,
        "register_confirm.html",
        "Choose a password",
        problems=problems,
        is_folder_page=True,
        faults=dict(problems),
        is_link_dead=applicant is None,
        email=applicant.email if applicant else "",
        key=call.parameters.text("key"),
        action_url=call.url(CONFIRM, "/"),
    )
