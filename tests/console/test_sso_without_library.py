"""A way to sign in whose library is gone: visitors read what they can do, the log what the administrator must."""

from tests.providers.made_up import configured
from tests.site import Client


def test_visitor_learns_of_another_way_and_the_log_of_the_command(front, site, monkeypatch):
    from keyhouse.audit.models import AuditEvent
    from keyhouse.console import sso
    from keyhouse.signin.methods import NotInstalled

    def missing(kind):
        raise NotInstalled("Install it with: pip install 'keyhouse[oidc]'")

    monkeypatch.setattr(sso, "redirect_method_of", missing)
    page = Client(front).get("/login-ssoRedirect.view", configuration=configured().id)
    assert page.status == 503
    assert "University SSO cannot be used here at present. Sign in another way" in page.text
    assert "pip install" not in page.text
    assert "pip install" in AuditEvent.objects.get(kind="sign-in failed").comment
