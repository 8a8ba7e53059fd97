"""An answer whose assertion is encrypted, opened so that the signature inside still fits.

The library moves the decrypted element into the response, and lxml then gives it the prefixes of its new place: what
was signed under other prefixes no longer verifies. Here the text is put in its place instead, and read once more.
"""

from typing import Any

from lxml import etree
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from keyhouse.signin.saml.refusal import Refused
from keyhouse.signin.saml.xml import DS, SAML, XENC, parsed

_PLACE = "keyhouse-decrypted"


class Response(OneLogin_Saml2_Response):  # type: ignore[misc]
    """The library's response, with its way of decrypting replaced."""

    def _decrypt_assertion(self, xml: Any) -> Any:
        """Return the document with the one encrypted assertion in clear. Raises `Refused`."""
        key = self._settings.get_sp_key()
        if not key:
            raise Refused("the assertion is encrypted, and this site has no key")
        wrapper = xml.find(f"{SAML}EncryptedAssertion")
        data = wrapper.find(f"{XENC}EncryptedData")
        info = None if data is None else data.find(f"{DS}KeyInfo")
        if info is None:
            raise Refused("the encrypted assertion has no key information")
        for each in wrapper.findall(f"{XENC}EncryptedKey"):
            # Some providers put the key beside the data, where libxmlsec does not look.
            info.append(each)
        opened = OneLogin_Saml2_Utils.decrypt_element(data, key, inplace=True)
        if getattr(opened, "tag", None) != f"{SAML}Assertion":
            raise Refused("what was encrypted is no assertion")
        plain = etree.tostring(opened, with_tail=False)
        place = etree.Element(_PLACE)
        xml.replace(wrapper, place)
        whole = etree.tostring(xml)
        mark = etree.tostring(etree.Element(_PLACE))
        if whole.count(mark) != 1:
            raise Refused("the place of the assertion is not plain")
        return parsed(whole.replace(mark, plain))
