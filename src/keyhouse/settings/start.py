"""Start Django with the settings of one site; a process serves one site."""

import django
from django.conf import settings

from keyhouse.settings.boot import BootSettings, SettingsError
from keyhouse.settings.django_values import django_values
from keyhouse.settings.secret import read_secret


def start(boot: BootSettings) -> None:
    """Configure Django for this site.

    Raises `SettingsError` where the data directory has not been made by `keyhouse init`.
    """
    if settings.configured:
        return
    try:
        secret = read_secret(boot.data)
    except FileNotFoundError:
        raise SettingsError(
            f"{boot.data} is no data directory of Keyhouse. Make one with: keyhouse init --data {boot.data}"
        ) from None
    except OSError as error:
        raise SettingsError(f"{boot.data} cannot be read: {error.strerror}. Check its owner and permissions.") from None
    settings.configure(**django_values(boot, secret))
    django.setup()
