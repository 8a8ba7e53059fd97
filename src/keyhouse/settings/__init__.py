"""Boot settings: what the process must know before it has a database. Site settings are another type (`siteconfig`)."""

from keyhouse.settings.boot import OPTIONS, BootSettings, Option, SettingsError, load
from keyhouse.settings.start import start

__all__ = ["OPTIONS", "BootSettings", "Option", "SettingsError", "load", "start"]
