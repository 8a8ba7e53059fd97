"""What Django is told, derived from the boot settings: the one place that knows Django's names."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from keyhouse.settings.boot import BootSettings, SettingsError

APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "keyhouse.accounts",
    "keyhouse.audit",
    "keyhouse.siteconfig",
    "keyhouse.authz",
    "keyhouse.sessions",
    "keyhouse.keys",
    "keyhouse.declarations",
    "keyhouse.compliance",
    "keyhouse.sources",
    "keyhouse.lists",
    "keyhouse.queries",
    "keyhouse.signin",
    "keyhouse.scim",
]


def django_values(boot: BootSettings, secret: str) -> dict[str, Any]:
    """Return Django's settings for this site."""
    return {
        "SECRET_KEY": secret,
        "DEBUG": False,
        "ALLOWED_HOSTS": ["*"],  # No link is made from a Host header: mail uses base_url, redirects are relative.
        "INSTALLED_APPS": APPS,
        "MIDDLEWARE": [
            "keyhouse.web.middleware.attach_call",
            "allauth.account.middleware.AccountMiddleware",
        ],
        "ROOT_URLCONF": "keyhouse.web.urlconf",
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [Path(__file__).parent.parent / "console" / "templates"],
                "APP_DIRS": False,
                "OPTIONS": {
                    "context_processors": ["django.template.context_processors.request"],
                    "libraries": {"keyhouse_assets": "keyhouse.console.template_tags"},
                },
            }
        ],
        "DATABASES": {"default": _database(boot)},
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "keyhouse_cache"}},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": False,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": boot.maximum_body_bytes,
        "FILE_UPLOAD_HANDLERS": [],  # Actions that take files set their own: nobody else may fill the disk with them.
        "LOGGING_CONFIG": None,
        **_accounts(),
        **_mail(boot),
    }


def _accounts() -> dict[str, Any]:
    return {
        "AUTH_USER_MODEL": "accounts.User",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {
                "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
                "OPTIONS": {"user_attributes": ("email", "display_name")},
            },
        ],
        "PASSWORD_RESET_TIMEOUT": 24 * 3600,
        "SESSION_ENGINE": "keyhouse.sessions.engine",
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "home",
        "ACCOUNT_ADAPTER": "keyhouse.signin.passwords.adapter.KeyhouseAdapter",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_USER_MODEL_EMAIL_FIELD": "email",
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,
        "ACCOUNT_SESSION_REMEMBER": False,
        "MFA_ADAPTER": "keyhouse.signin.factors.adapter.FactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes", "webauthn"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_RECOVERY_CODE_DIGITS": 10,
        "ACCOUNT_RATE_LIMITS": {
            "login": "60/m/ip",
            "login_failed": "20/m/ip,10/300s/key",
            "reset_password": "20/m/ip,5/m/key",
            "signup": "10/m/ip,3/m/key",
        },
    }


def _database(boot: BootSettings) -> dict[str, Any]:
    if not boot.database_url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(boot.data / "keyhouse.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # IMMEDIATE: two writers wait for each other instead of failing half-way. FULL: a commit survives a
                # power cut, which is what "durable before the answer" means.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(boot.database_url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise SettingsError("database_url must look like postgresql://user@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parse_qs(parts.query).get("host", [parts.hostname or ""])[0],
        "PORT": str(parse_qs(parts.query).get("port", [parts.port or ""])[0]),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def _mail(boot: BootSettings) -> dict[str, Any]:
    common = {"DEFAULT_FROM_EMAIL": boot.mail_from, "SERVER_EMAIL": boot.mail_from}
    if not boot.smtp_url:
        folder = str(boot.data / "mail")
        return {
            **common,
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": folder,
        }
    parts = urlsplit(boot.smtp_url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SettingsError("smtp_url must look like smtp://user:password@host:587?tls=1.")
    return {
        **common,
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parse_qs(parts.query).get("tls", ["0"])[0] == "1",
        "EMAIL_TIMEOUT": 20,
    }
