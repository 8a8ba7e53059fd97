"""Names as directories have them: what was typed put into filters and DNs, and DNs compared.

Whatever was typed is escaped by the library (RFC 4515 for filters, RFC 4514 for DNs): it stays a value.
"""

import re

from ldap.dn import dn2str, escape_dn_chars, is_dn, str2dn
from ldap.filter import escape_filter_chars

from keyhouse.signin.passwords.login_names import Typed, canonical

_PLACE = re.compile(r"\{(login|user)\}")
_TERM = re.compile(r"\(([A-Za-z][\w.;-]*)=([^()*]*\{(?:login|user)\}[^()*]*)\)")


def filter_for(template: str, name: Typed) -> str:
    """Return the filter that looks for what was typed."""
    return _PLACE.sub(lambda place: escape_filter_chars(getattr(name, place[1])), template)


def filter_for_anybody(template: str) -> str:
    """Return the filter that finds everybody whom it could find by some name."""
    return _PLACE.sub("*", template)


def terms_of(template: str) -> list[tuple[str, str]]:
    """Return what the filter compares with what was typed: attributes, and the values with the place in them."""
    return [(match[1], match[2]) for match in _TERM.finditer(template)]


def is_named(values: dict[str, list[str]], template: str, name: Typed) -> bool:
    """Tell whether an entry has the typed name letter for letter, not only in the directory's opinion.

    Active Directory takes é for e: such a spelling would find the entry and have a limit of its own.
    """
    return any(
        canonical(value) == canonical(_PLACE.sub(lambda place: getattr(name, place[1]), term))
        for attribute, term in terms_of(template)
        for value in values.get(attribute.lower(), [])
    )


def bind_name_for(template: str, name: Typed) -> str | None:
    """Return the name by which somebody binds who is not looked for first; None where this can be no name."""
    if "=" in template:
        return _PLACE.sub(lambda place: escape_dn_chars(getattr(name, place[1])), template)
    _, _, domain = template.partition("@")
    user = name.user.removesuffix("@" + domain.lower())
    return f"{user}@{domain}" if re.fullmatch(r"[\w.'!#^~$-]{1,64}", user, re.ASCII) else None


def template_problem(template: str) -> str | None:
    """Say what is wrong with the name by which people bind, or None."""
    if len(_PLACE.findall(template)) != 1:
        return "{user} must stand in it once: it is what was typed."
    if "=" in template:
        return None if is_dn(_PLACE.sub("x", template)) else "This is not a DN."
    return None if re.match(r"\{(login|user)\}@[\w.-]+$", template) else "Write a DN, or {user}@ and the domain."


def normal(dn: str) -> str:
    """Return a DN in one spelling, by which DNs are compared; what is no DN never equals one."""
    try:
        parts = str2dn(dn)
    except Exception:  # The library's own errors, and those of decoding.
        return f"\0{dn}"
    lower = [sorted((name.lower(), " ".join(value.split()).lower(), 1) for name, value, _ in rdn) for rdn in parts]
    return str(dn2str(lower))


def is_below(dn: str, base: str) -> bool:
    """Tell whether an entry is below another one, or is it."""
    return normal(dn) == normal(base) or normal(dn).endswith("," + normal(base))
