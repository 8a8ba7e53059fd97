"""XML from providers and from whoever pretends to be one: bounded, without DTD, signed in the one shape that is safe.

The library checks signatures; what it leaves open is closed here, before it sees a document: a document has one shape
in which "the element that was verified" and "the element that is read" cannot be two (Somorovsky et al., "On Breaking
SAML: Be Whoever You Want to Be", USENIX Security 2012, which names the eight wrappings of the tests).
"""

import base64
import binascii
import zlib
from collections import Counter
from typing import Any
from xml.parsers import expat

from lxml import etree
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from keyhouse.signin.saml.refusal import Refused

MOST_BYTES = 512 * 1024
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
XENC = "{http://www.w3.org/2001/04/xmlenc#}"
_IDS = ("ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id")
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
_ENC11 = "http://www.w3.org/2009/xmlenc11#"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_SIGNATURES = {f"{_MORE}{key}-sha{bits}" for key in ("rsa", "ecdsa") for bits in (256, 384, 512)}
_DIGESTS = {f"{_ENC}sha256", f"{_ENC}sha512", f"{_MORE}sha384"}
_BLOCK = {f"{_ENC}aes{bits}-cbc" for bits in (128, 192, 256)}
_AUTHENTICATED = {f"{_ENC11}aes{bits}-gcm" for bits in (128, 192, 256)}
_TRANSPORT = {f"{_ENC}rsa-oaep-mgf1p", f"{_ENC11}rsa-oaep"}


def decoded(text: str, most: int = MOST_BYTES) -> bytes:
    """Return what Base64 stands for. Raises `Refused`."""
    if len(text) > most * 3 // 2:
        raise Refused(f"the message has more than {most:,} bytes")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error):
        raise Refused("the message is not Base64") from None


def inflated(text: str, most: int = MOST_BYTES) -> bytes:
    """Return what deflated Base64 stands for, and stop before it swells. Raises `Refused`."""
    reader = zlib.decompressobj(-15)
    try:
        xml = reader.decompress(decoded(text, most), most + 1)
    except zlib.error:
        raise Refused("the message is not deflated") from None
    if len(xml) > most:
        raise Refused(f"the message inflates to more than {most:,} bytes")
    if not reader.eof:
        raise Refused("the message ends before its end")
    return xml


def parsed(xml: bytes, most: int = MOST_BYTES) -> Any:
    """Return the root of a document, read as the library reads it. Raises `Refused`."""
    if len(xml) > most:
        raise Refused(f"the document has more than {most:,} bytes")
    _refuse_dtd(xml)
    try:
        return OneLogin_Saml2_XML.to_etree(xml)
    except (etree.LxmlError, ValueError) as error:
        raise Refused(f"the document is not well-formed XML: {error}") from None


def check_signatures(root: Any, *tags: str) -> None:
    """Refuse a message whose signatures are not exactly in their places. Raises `Refused`.

    `tags` are the elements that may be signed: the root, and a child of it. Each is named by one reference, to itself,
    its id is the only one of its kind, and nothing but the safe algorithms is named.
    """
    _refuse_same_ids(root)
    for signature in root.iter(f"{DS}Signature"):
        signed = signature.getparent()
        is_in_place = signed is not None and (signed is root or signed.getparent() is root)
        if not is_in_place or signed.tag not in tags:
            raise Refused(f"a signature is where none belongs, in {_name(signed)}")
        if len(signed.findall(f"{DS}Signature")) != 1:
            raise Refused(f"{_name(signed)} has several signatures")
        _check_signature(signature, signed)


def check_encryption(root: Any) -> bool:
    """Refuse weak encryption; tell whether the cipher also proves that nobody changed the text. Raises `Refused`.

    Whoever decrypts what anybody may have changed tells by its errors what is inside (Jager and Somorovsky, "How to
    Break XML Encryption", CCS 2011).
    """
    for name, allowed in ((f"{XENC}EncryptedKey", _TRANSPORT), (f"{XENC}EncryptedData", _BLOCK | _AUTHENTICATED)):
        for each in root.iter(name):
            if (algorithm := _algorithm(each.find(f"{XENC}EncryptionMethod"))) not in allowed:
                raise Refused(f"the encryption {algorithm or 'of an unnamed kind'} is not accepted")
            if each.find(f".//{XENC}CipherReference") is not None:
                raise Refused("what is encrypted lies elsewhere")
    methods = {_algorithm(each.find(f"{XENC}EncryptionMethod")) for each in root.iter(f"{XENC}EncryptedData")}
    return methods <= _AUTHENTICATED


def text_of(element: Any) -> str:
    """Return the whole text of an element that has no elements inside, trimmed; empty where it is missing.

    Comments are gone since the document was parsed, so that none of them can cut a name short.
    """
    if element is None or len(element):
        return ""
    return "".join(element.itertext()).strip()


def _check_signature(signature: Any, signed: Any) -> None:
    for name in ("Object", "Manifest", "RetrievalMethod", "HMACOutputLength"):
        if signature.find(f".//{DS}{name}") is not None:
            raise Refused(f"a signature contains {name}")
    info = signature.find(f"{DS}SignedInfo")
    references = list(signature.iter(f"{DS}Reference"))
    if info is None or len(references) != 1 or references[0].getparent() is not info:
        raise Refused("a signature must have exactly one reference")
    [reference] = references
    if not signed.get("ID") or reference.get("URI") != f"#{signed.get('ID')}":
        raise Refused(f"the signature in {_name(signed)} is of {reference.get('URI')!r}")
    _check_algorithms(info, reference)


def _check_algorithms(info: Any, reference: Any) -> None:
    method = _algorithm(info.find(f"{DS}SignatureMethod"))
    if method not in _SIGNATURES:
        raise Refused(f"the signature algorithm {method or '(none)'} is not accepted")
    digest = _algorithm(reference.find(f"{DS}DigestMethod"))
    if digest not in _DIGESTS:
        raise Refused(f"the digest algorithm {digest or '(none)'} is not accepted")
    if _algorithm(info.find(f"{DS}CanonicalizationMethod")) != _EXCLUSIVE:
        raise Refused("the signature is not of the exclusive canonical form")
    transforms = [_algorithm(each) for each in reference.iter(f"{DS}Transform")]
    if transforms not in ([_ENVELOPED, _EXCLUSIVE], [_ENVELOPED]):
        raise Refused("the signature transforms what it signs in an unusual way")


def _refuse_same_ids(root: Any) -> None:
    ids = Counter(value for each in root.iter() for name in _IDS if (value := each.get(name)) is not None)
    if repeated := [value for value, count in ids.items() if count > 1]:
        raise Refused(f"the id {repeated[0]!r} is there twice")


def _refuse_dtd(xml: bytes) -> None:
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise Refused("the document has a DTD")

    # Called when the declaration begins: no entity is ever declared, and none expanded.
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Refused(f"the document is not well-formed XML: {error}") from None


def _algorithm(element: Any) -> str:
    return "" if element is None else str(element.get("Algorithm") or "")


def _name(element: Any) -> str:
    return "nothing" if element is None else etree.QName(element).localname
