"""How people can sign in, at rest: configurations, the identities that providers vouch for, and what is used up."""

from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from django.db import models

from keyhouse.accounts.models import User
from keyhouse.sessions.models import BrowserSession


class Configuration(models.Model):
    """One configured way to sign in; people and the log know it by its description.

    `settings` may be read by administrators; `sealed` are its secrets, sealed JSON that is never shown again.
    `domains` are the e-mail domains that lead straight to it. `creates_accounts` None is what the site says.
    `links_accounts`: this provider is trusted to say whose address is whose, so that a person whom an administrator
    added is known at the first sign-in; without it they confirm the link by signing in the other way once.
    """

    kind = models.CharField(max_length=20)
    description = models.CharField(max_length=100, unique=True)
    is_enabled = models.BooleanField(default=False)
    position = models.IntegerField(default=0)
    settings = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    domains = models.JSONField(default=list)
    creates_accounts = models.BooleanField(null=True)
    links_accounts = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "keyhouse_signin_configuration"
        ordering: ClassVar[list[str]] = ["position", "id"]


class ExternalIdentity(models.Model):
    """A person as one provider names them, and whose account that is.

    `subject` never changes at the provider, unlike the address; `subject_digest` is what it is found by.
    """

    configuration = models.ForeignKey(Configuration, on_delete=models.CASCADE, related_name="identities")
    subject = models.TextField()
    subject_digest = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    email = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "keyhouse_external_identity"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["configuration", "subject_digest"], name="one_identity_of_a_subject"),
        ]


class ProviderSession(models.Model):
    """The provider's own session behind a browser session, so that the end of either can end the other.

    `name` is what the provider calls it (SessionIndex, sid, ticket), found by `name_digest`; `subject_digest` is the
    identity's. `sealed` is what signing out there needs, as a NameID or an ID token: sealed JSON.
    """

    session = models.OneToOneField(BrowserSession, on_delete=models.CASCADE, related_name="provider_session")
    configuration = models.ForeignKey(Configuration, on_delete=models.CASCADE, related_name="+")
    name_digest = models.CharField(max_length=64, blank=True, db_index=True)
    subject_digest = models.CharField(max_length=64, db_index=True)
    sealed = models.TextField(blank=True)

    class Meta:
        db_table = "keyhouse_provider_session"


class Spent(models.Model):
    """Something that works once (an assertion, a ticket, a logout token) and was used: the row is the proof."""

    configuration_id = models.IntegerField()
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "keyhouse_spent"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["configuration_id", "digest"], name="spent_once"),
        ]


class HandedOver(models.Model):
    """What a provider posted across sites, kept for the moment until the browser comes back for it with its cookie."""

    digest = models.CharField(max_length=64, unique=True)
    configuration = models.ForeignKey(Configuration, on_delete=models.CASCADE, related_name="+")
    payload = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "keyhouse_handed_over"


class TotpStep(models.Model):
    """The newest time step whose code was used: no worker accepts that code, or an older one, again (RFC 6238, 5.2)."""

    authenticator = models.OneToOneField(Authenticator, on_delete=models.CASCADE, related_name="+")
    step = models.BigIntegerField()

    class Meta:
        db_table = "keyhouse_totp_step"


class TrustedBrowser(models.Model):
    """A browser that a person trusts: a cookie of which only the digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="trusted_browsers")
    digest = models.CharField(max_length=64, unique=True)
    generation = models.IntegerField()
    user_agent = models.CharField(max_length=512, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "keyhouse_trusted_browser"


class FactorBypass(models.Model):
    """An emergency: until then no second factor is asked for, of one person or of everybody.

    Only the command line writes this.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    until = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "keyhouse_factor_bypass"
