"""Site settings: in the database, edited in the console or by command, every change audited."""

from keyhouse.siteconfig.options import OPTIONS, SiteOption, SiteSettingError, SiteSettings

__all__ = ["OPTIONS", "SiteOption", "SiteSettingError", "SiteSettings"]
