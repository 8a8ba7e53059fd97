"""Names without a domain: they are of the site's default e-mail domain, where it has one."""

from keyhouse.siteconfig import store


def completed(typed: str) -> str:
    """Return what somebody typed as an address where it is a name alone; an address stays as it is."""
    name, domain = typed.strip(), "" if "@" in typed else store.read().default_domain
    return f"{name}@{domain}" if name and domain else name
