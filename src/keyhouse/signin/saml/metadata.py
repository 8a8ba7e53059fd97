"""What is known of a SAML provider: read from its metadata, or from settings typed by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyhouse.signin.fetching import MOST_BYTES, address_problem
from keyhouse.signin.saml.keys import Certificate, Unreadable, certificate_of, certificates_in
from keyhouse.signin.saml.refusal import Refused
from keyhouse.signin.saml.xml import parsed, text_of

_MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


class MetadataProblem(ValueError):
    """Metadata, or settings in its place, that cannot be used; `field` is the setting to look at."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Idp:
    """A provider as messages name it. Every certificate is accepted: while keys change there are two."""

    entity_id: str
    sso_url: str
    slo_url: str
    slo_response_url: str
    certificates: tuple[Certificate, ...]
    valid_until: datetime | None = None

    def usable(self, now: datetime) -> tuple[Certificate, ...]:
        """Return the certificates that may be used at this moment."""
        return tuple(each for each in self.certificates if each.is_valid_at(now))


def idp_of(settings: Mapping[str, Any]) -> Idp:
    """Read what settings say of the provider; what is typed by hand comes before metadata. Raises `MetadataProblem`."""
    given = {name: str(settings.get(name) or "").strip() for name in ("entity_id", "sso_url", "slo_url", "metadata")}
    try:
        by_hand = certificates_in(str(settings.get("certificates") or ""))
    except Unreadable as error:
        raise MetadataProblem("certificates", str(error)) from None
    read = read_metadata(given["metadata"].encode(), given["entity_id"]) if given["metadata"] else None
    slo = given["slo_url"] or (read.slo_url if read else "")
    idp = Idp(
        entity_id=read.entity_id if read else given["entity_id"],
        sso_url=given["sso_url"] or (read.sso_url if read else ""),
        slo_url=slo,
        slo_response_url=slo if given["slo_url"] or not read else read.slo_response_url,
        certificates=(*(read.certificates if read else ()), *by_hand),
        valid_until=read.valid_until if read else None,
    )
    _check(idp, "metadata" if read else "")
    return idp


def read_metadata(xml: bytes, entity_id: str = "") -> Idp:
    """Read the metadata of one provider, or of the one of this name among many. Raises `MetadataProblem`."""
    try:
        root = parsed(xml, MOST_BYTES)
    except Refused as error:
        raise MetadataProblem("metadata", f"The metadata cannot be read: {error}.") from None
    entity = _entity(root, entity_id)
    [descriptor, *_] = entity.findall(f"{_MD}IDPSSODescriptor")
    slo = _endpoint(descriptor, "SingleLogoutService")
    slo_url = slo.get("Location", "") if slo is not None else ""
    sso = _endpoint(descriptor, "SingleSignOnService")
    return Idp(
        entity_id=entity.get("entityID", ""),
        sso_url=sso.get("Location", "") if sso is not None else "",
        slo_url=slo_url,
        slo_response_url=(slo.get("ResponseLocation") if slo is not None else "") or slo_url,
        certificates=_signing(descriptor),
        valid_until=_moment(entity.get("validUntil") or root.get("validUntil")),
    )


def difference(kept: Idp, published: Idp) -> list[str]:
    """Say what a provider has changed in its metadata since it was kept."""
    ours, theirs = ({each.fingerprint: each for each in idp.certificates} for idp in (kept, published))
    changes = [f"new: {theirs[key].words}" for key in theirs if key not in ours]
    changes += [f"gone: {ours[key].words}" for key in ours if key not in theirs]
    for name in ("entity_id", "sso_url", "slo_url"):
        was, now = getattr(kept, name), getattr(published, name)
        changes += [f"{name} is {now or 'gone'}, and was {was or 'missing'}"] if was != now else []
    return changes


def _entity(root: Any, entity_id: str) -> Any:
    found = [each for each in root.iter(f"{_MD}EntityDescriptor") if each.find(f"{_MD}IDPSSODescriptor") is not None]
    if not found:
        text = "The document is not the metadata of an identity provider: it has no IDPSSODescriptor."
        raise MetadataProblem("metadata", text)
    if entity_id:
        found = [each for each in found if each.get("entityID") == entity_id]
    if len(found) != 1:
        text = f"The metadata has {len(found) or 'no'} providers of this name: write the entity id of yours."
        raise MetadataProblem("entity_id", text)
    return found[0]


def _endpoint(descriptor: Any, name: str) -> Any:
    found = (each for each in descriptor.findall(f"{_MD}{name}") if each.get("Binding") == _REDIRECT)
    return next(found, None)


def _signing(descriptor: Any) -> tuple[Certificate, ...]:
    path = f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate"
    keys = [each for each in descriptor.findall(f"{_MD}KeyDescriptor") if each.get("use") in {None, "", "signing"}]
    texts = dict.fromkeys("".join(text_of(found).split()) for key in keys for found in key.findall(path))
    try:
        return tuple(certificate_of(each) for each in texts)
    except Unreadable as error:
        raise MetadataProblem("metadata", str(error)) from None


def _check(idp: Idp, field: str) -> None:
    if not idp.entity_id:
        raise MetadataProblem(
            field or "metadata", "Upload the provider's metadata, give its address, or its entity id."
        )
    if not idp.sso_url:
        text = "The provider has no HTTP-Redirect address of single sign-on. Write it, or upload other metadata."
        raise MetadataProblem(field or "sso_url", text)
    for name in ("sso_url", "slo_url", "slo_response_url"):
        url = getattr(idp, name)
        if url and (problem := address_problem(url)):
            raise MetadataProblem(field or name.replace("_response", ""), problem)
    if not idp.certificates:
        raise MetadataProblem(field or "certificates", "Give the certificate with which the provider signs.")


def _moment(text: str | None) -> datetime | None:
    try:
        read = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return read if read is not None and read.tzinfo is not None else None
