"""Whose account an identity is: known, linked, made anew, or nobody's. Two identities are never merged silently."""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction

from keyhouse.accounts.models import User
from keyhouse.accounts.names import AccountError, email_of
from keyhouse.accounts.users import Users
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.digests import digest
from keyhouse.core.reasons import Reason
from keyhouse.signin.method import Identity, Provider, SignInFailed
from keyhouse.signin.models import Configuration, ExternalIdentity
from keyhouse.signin.providers import Providers
from keyhouse.siteconfig import store

NOT_CREATED = "This server is not configured to create new accounts automatically."
NOT_MADE = "The server could not create your account."
DEACTIVATED = "Your account has been deactivated. Ask an administrator to reactivate it."
_NO_ADDRESS = "{0} did not say your e-mail address. Ask an administrator to check which attribute it is read from."
_UNVERIFIED = "{0} does not vouch for your e-mail address {1}. Confirm it there, or ask an administrator."
_OTHERS = "Addresses of {0} belong to another way of signing in. Choose that one on the sign-in page."
_UNCONFIRMED = (
    "There is an account {1} here that is not linked with {0} yet. Sign in the way you did before; you are then asked "
    "whether to link it. If you have no other way, ask an administrator for a link to set a password."
)

_ANOTHER = "You are linked with another account here at {0} already. Sign in there, and unlink it first."


class Unconfirmed(SignInFailed):
    """The address has an account that this identity is not linked to: its person must prove to be both."""

    def __init__(self, provider: Provider, identity: Identity) -> None:
        super().__init__(Reason.IDENTITY_UNCONFIRMED, _UNCONFIRMED.format(provider.description, identity.email))
        self.provider = provider
        self.identity = identity


class Identities:
    """Finds and links the accounts of identities; built once by the composition root."""

    def __init__(self, recorder: Recorder, users: Users, providers: Providers, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._users = users
        self._providers = providers
        self._clock = clock

    def account_of(self, provider: Provider, identity: Identity, caller: Caller) -> User:
        """Return the account of an identity, made or linked where the site allows it. Raises `SignInFailed`."""
        known = self.find(provider.id, identity.subject)
        if known is not None:
            email = identity.email.strip().lower()[:254]
            # Unlinked since it was found, it is as if it had never been known.
            if ExternalIdentity.objects.filter(id=known.id).update(last_used_at=self._clock(), email=email):
                return known.user
        email = self._address_of(provider, identity)
        user = User.objects.filter(email=email).first()
        if user is None:
            return self._made(provider, identity, email, caller)
        if not user.is_active:
            raise SignInFailed(Reason.ACCOUNT_DEACTIVATED, DEACTIVATED)
        with transaction.atomic():
            # Held until the link is written: two providers that vouch for one address at once are not both the first.
            User.objects.select_for_update().get(id=user.id)
            if known := self.find(provider.id, identity.subject):
                return known.user  # Another first sign-in of this very identity was faster.
            is_trusted = Configuration.objects.filter(id=provider.id, links_accounts=True).exists()
            if user.is_service or not is_trusted or user.identities.exists():
                raise Unconfirmed(provider, identity)
            self.link(provider, identity, user, caller)
        return user

    def find(self, configuration_id: int, subject: str) -> ExternalIdentity | None:
        """Return what is known of the identity with this subject."""
        found = ExternalIdentity.objects.filter(configuration_id=configuration_id, subject_digest=digest(subject))
        return found.select_related("user").first()

    def link(self, provider: Provider, identity: Identity, user: User, caller: Caller) -> None:
        """Let an identity be of an account from now on; recorded. Raises `SignInFailed` where it is another's."""
        try:
            with transaction.atomic():
                ExternalIdentity.objects.create(
                    configuration_id=provider.id,
                    subject=identity.subject,
                    subject_digest=digest(identity.subject),
                    user=user,
                    email=identity.email.strip().lower()[:254],
                    created_at=self._clock(),
                    last_used_at=self._clock(),
                )
                comment = f"{identity.email} at {provider.description} is {user.email} here from now on."
                details = {"subjectId": user.id, "configuration": provider.id, "identity": identity.subject[:200]}
                self._recorder.record(Event(Kind.IDENTITY_LINKED, caller, comment, details=details))
        except IntegrityError:
            known = self.find(provider.id, identity.subject)
            if known is None or known.user_id != user.id:
                raise SignInFailed(Reason.IDENTITY_UNCONFIRMED, _ANOTHER.format(provider.description)) from None

    def unlink(self, known: ExternalIdentity, caller: Caller) -> None:
        """Let an identity be of its account no more; recorded."""
        provider = known.configuration.description
        with transaction.atomic():
            comment = f"{known.email} at {provider} is {known.user.email} here no more."
            details = {"subjectId": known.user_id, "configuration": known.configuration_id}
            told = {**details, "identity": known.subject[:200]}
            self._recorder.record(Event(Kind.IDENTITY_UNLINKED, caller, comment, details=told))
            known.delete()

    def _address_of(self, provider: Provider, identity: Identity) -> str:
        try:
            email = email_of(identity.email)
        except AccountError:
            text = _NO_ADDRESS.format(provider.description)
            raise SignInFailed(Reason.PROVIDER_REFUSED, text, "no e-mail address in the answer") from None
        if not identity.is_email_verified:
            raise SignInFailed(Reason.PROVIDER_REFUSED, _UNVERIFIED.format(provider.description, email))
        claimed = self._providers.of_domain(email)
        if claimed is not None and claimed.id != provider.id:
            # Else any provider could name itself the owner of an address of another one's people.
            text = _OTHERS.format(email.rpartition("@")[2])
            raise SignInFailed(Reason.PROVIDER_REFUSED, text, f"{email} is of {claimed.description}")
        return email

    def _made(self, provider: Provider, identity: Identity, email: str, caller: Caller) -> User:
        own = Configuration.objects.filter(id=provider.id).values_list("creates_accounts", flat=True).first()
        if not (store.read().auto_create_accounts if own is None else own):
            detail = f"{email} signed in at {provider.description}; account creation is switched off"
            raise SignInFailed(Reason.ACCOUNT_NOT_CREATED, NOT_CREATED, detail)
        try:
            with transaction.atomic():
                user = self._users.add(email, caller, display_name=identity.display_name)
                self.link(provider, identity, user, caller)
        except AccountError as error:
            # Two first sign-ins at once: the second one finds what the first has made.
            known = self.find(provider.id, identity.subject)
            if known is not None:
                return known.user
            if User.objects.filter(email=email).exists():
                raise Unconfirmed(provider, identity) from None
            raise SignInFailed(Reason.ACCOUNT_NOT_CREATED, NOT_MADE, str(error)) from None
        return user
