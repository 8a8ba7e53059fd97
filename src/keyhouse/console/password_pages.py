"""Passwords: ask for a reset, choose a new one with its link, change the one that one has."""

from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.models import User
from keyhouse.accounts.names import AccountError
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.core.digests import digest
from keyhouse.core.reasons import THROTTLED_TEXT, Reason
from keyhouse.sessions.models import BrowserSession
from keyhouse.signin import leaving
from keyhouse.signin.pending import Proof
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import Unauthorized, WireError

actions = ActionTable()
PAGE = "login-setPassword.view"
_IN_BROWSER = "A password is changed in the browser, by the person."
_UNEQUAL = "Your password entries didn't match."


@actions.add("login-resetPassword", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def reset_password(call: Call) -> HttpResponseBase:
    """Ask for a link; the answer is the same whether the account exists or not."""
    if not is_post(call):
        return _ask(call)
    email = call.parameters.text("email").strip()
    if "@" not in email:
        return _ask(call, [("email", "Enter your full e-mail address, for example ada@example.org.")])
    page_url = f"{call.site.boot.url}/{PAGE}"
    if not call.site.resets.ask(call.request, email, page_url, call.settings.site_name, call.caller):
        raise WireError(THROTTLED_TEXT.replace("failed login attempts", "requests for a new password"), status=429)
    in_folder = not call.site.boot.smtp_url
    return show(call, "password_reset_done.html", "Look at your mail", is_folder_page=True, is_mail_in_folder=in_folder)


def _ask(call: Call, problems: Problems = ()) -> HttpResponse:
    return show(
        call,
        "password_reset.html",
        "Reset your password",
        problems=problems,
        is_folder_page=True,
        faults=dict(problems),
        entered={"email": call.parameters.text("email")},
        action_url=call.url("login-resetPassword.view", "/"),
    )


@actions.add("login-setPassword", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def set_password(call: Call) -> HttpResponseBase:
    """Choose a password with the link of the mail, which works once."""
    uid, key = call.parameters.text("uid"), call.parameters.text("key")
    user = call.site.resets.user_of(uid, key)
    if user is None:
        return _choose(call, None)
    if not is_post(call):
        return _choose(call, user)
    problems = password_problems(call)
    if not problems:
        try:
            call.site.resets.reset(user, call.request.POST["password1"], call.caller)
        except AccountError as error:
            problems = [("password1", str(error))]
    return _choose(call, user, problems) if problems else lead_to(call, "login-login.view", "/", said="password-set")


def _choose(call: Call, user: User | None, problems: Problems = ()) -> HttpResponse:
    return show(
        call,
        "password_reset_from_key.html",
        "Choose a new password",
        problems=problems,
        is_folder_page=True,
        faults=dict(problems),
        is_link_dead=user is None,
        uid=call.parameters.text("uid"),
        key=call.parameters.text("key"),
        email=user.email if user else "",
        action_url=call.url(PAGE, "/"),
    )


@actions.add(
    "login-changePassword",
    is_page=True,
    needs_sign_in=True,
    tolerates_missing_folder=True,
    ignores_declarations=True,
    needs_fresh_sign_in=True,
)
def change_password(call: Call) -> HttpResponseBase:
    """Change one's own password; all other browsers are signed out."""
    _check_own(call)
    if not User.objects.get(id=call.principal.id).has_usable_password():
        # What a directory takes would become a password of this site, and outlive its person's leaving there.
        return lead_to(call, "login-mySignIn.view", "/")
    if not is_post(call):
        return _change(call)
    problems = password_problems(call) or _old_password_problems(call)
    if not problems:
        try:
            _store(call, call.request.POST["password1"])
        except AccountError as error:
            problems = [("password1", str(error))]
    return (
        _change(call, problems) if problems else lead_to(call, "project-begin.view", "/home", said="password-changed")
    )


def _check_own(call: Call) -> None:
    if call.allowed.context.impersonator_id is not None:
        call.refused()
        raise Unauthorized("A password cannot be changed while impersonating.")
    if call.allowed.via.method != BROWSER_SESSION:
        # A browser session follows: with a stolen key and the password alone, one past the second factor.
        call.refused()
        raise Unauthorized(_IN_BROWSER)


def _store(call: Call, password: str) -> None:
    user = User.objects.get(id=call.principal.id)
    give = leaving.carrying(call.allowed.via.session_id or "")
    call.site.users.set_password(user, password, call.caller)
    # Every session of the user ended with that, this browser's too: sign it in anew, as it was.
    how = call.allowed.via.how or call.site.sign_ins.how(("pwd",))
    call.site.sign_ins.enter(call.request, Proof(User.objects.get(id=user.id), how))
    if session := BrowserSession.objects.filter(digest=digest(call.request.session.session_key or "")).first():
        give(session)


def _old_password_problems(call: Call) -> list[tuple[str, str]]:
    old = call.request.POST.get("oldpassword", "")
    checked = call.site.passwords.verify(call.request, User.objects.get(id=call.principal.id), old)
    if checked is None:
        return []
    if checked is Reason.THROTTLED:
        return [("oldpassword", THROTTLED_TEXT)]
    return [("oldpassword", "This is not your current password.")]


def password_problems(call: Call) -> list[tuple[str, str]]:
    """Return what is wrong with the two entries of a new password."""
    first, second = call.request.POST.get("password1", ""), call.request.POST.get("password2", "")
    if not first:
        return [("password1", "You must enter a password.")]
    if not second:
        return [("password2", "You must confirm your password.")]
    return [] if first == second else [("password2", _UNEQUAL)]


def _change(call: Call, problems: Problems = ()) -> HttpResponse:
    return show(
        call,
        "password_change.html",
        "Change your password",
        problems=problems,
        faults=dict(problems),
        action_url=call.url("login-changePassword.view", "/"),
    )
