"""Django's settings as a module, for tools that want one (type checking, making migrations): no real site's."""

from pathlib import Path

from keyhouse.settings.boot import BootSettings
from keyhouse.settings.django_values import django_values

globals().update(django_values(BootSettings(data=Path.cwd()), secret="for tools only"))  # noqa: S106
