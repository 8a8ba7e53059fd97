"""Answers of a provider taken apart and put together again, signed anew or not: what an attacker's workshop has."""

import copy
from pathlib import Path
from typing import Any

import xmlsec
from lxml import etree

from tests.providers.saml_idp import IdentityProvider

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


def tree(xml: str) -> Any:
    return etree.fromstring(xml.encode())


def text(root: Any) -> str:
    return etree.tostring(root, encoding="unicode")


def assertion(root: Any) -> Any:
    return root.find(f"{SAML}Assertion")


def changed(xml: str, path: str, value: str | None = None, **attributes: str | None) -> str:
    """Change the text of an element, or attributes of it (None takes one away); `path` is one of ElementPath."""
    root = tree(xml)
    found = root if path == "." else root.find(path.replace("saml:", SAML).replace("samlp:", SAMLP))
    if value is not None:
        found.text = value
    for name, given in attributes.items():
        if given is None:
            found.attrib.pop(name, None)
        else:
            found.set(name, given)
    return text(root)


def without_signatures(xml: str) -> str:
    """Take every signature away."""
    root = tree(xml)
    for signature in list(root.iter(f"{DS}Signature")):
        signature.getparent().remove(signature)
    return text(root)


def add_attribute(xml: str, name: str, *values: str) -> str:
    """Add an attribute to what is said of the person."""
    root = tree(xml)
    statement = assertion(root).find(f"{SAML}AttributeStatement")
    added = etree.SubElement(statement, f"{SAML}Attribute", Name=name)
    for value in values:
        etree.SubElement(added, f"{SAML}AttributeValue").text = value
    return text(root)


def signed_anew(
    provider: IdentityProvider,
    xml: str,
    key: tuple[str, str] | None = None,
    what: str = "Assertion",
    algorithm: Any = xmlsec.Transform.RSA_SHA256,
    digest: Any = xmlsec.Transform.SHA256,
) -> str:
    """Sign the assertion (or the ``Response``) of an answer with xmlsec, with the provider's key or another one."""
    root = tree(without_signatures(xml))
    target = root if what == "Response" else assertion(root)
    template = xmlsec.template.create(target, xmlsec.Transform.EXCL_C14N, algorithm, ns="ds")
    target.find(f"{SAML}Issuer").addnext(template)
    reference = xmlsec.template.add_reference(template, digest, uri=f"#{target.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(template))
    key_file, certificate_file = key or provider.key
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(Path(key_file).read_bytes(), xmlsec.KeyFormat.PEM, None)
    context.key.load_cert_from_memory(Path(certificate_file).read_bytes(), xmlsec.KeyFormat.PEM)
    context.sign(template)
    return text(root)


def forged(xml: str, name: str = "id-of-admin", address: str = "admin@example.org") -> Any:
    """Return an assertion like the signed one, about somebody else and under another id, without a signature."""
    evil = copy.deepcopy(assertion(tree(xml)))
    signature = evil.find(f"{DS}Signature")
    if signature is not None:
        evil.remove(signature)
    evil.set("ID", "_evil")
    evil.find(f"{SAML}Subject/{SAML}NameID").text = name
    for value in evil.iter(f"{SAML}AttributeValue"):
        if "@" in (value.text or ""):
            value.text = address
    return evil
