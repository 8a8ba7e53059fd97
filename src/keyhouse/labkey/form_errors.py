"""Errors of a form, in the shape that LabKey gives them (labkey-server.md, section 11.4)."""

from keyhouse.web.errors import WireError


class FormError(WireError):
    """One field of a form is wrong; `_form` stands for the form as a whole."""

    status = 400

    def __init__(self, text: str, field: str = "_form") -> None:
        one = {"id": field, "field": field, "msg": text, "message": text, "severity": "ERROR", "help": None}
        super().__init__(text, {"errors": [one]})
