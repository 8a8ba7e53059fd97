"""What the frame of each page says of declarations: what was declared for this folder, and where to change it."""

from dataclasses import dataclass

from keyhouse.compliance.declaring import Declared
from keyhouse.web.call import Call


@dataclass(frozen=True)
class DeclaringFrame:
    """What was declared here, in words; the URL leads to the page that changes it, where anything is demanded."""

    words: list[tuple[str, str]]
    change_url: str = ""
    is_complete: bool = False


def frame_of(call: Call) -> DeclaringFrame | None:
    """Return what the frame says, to people who have signed in."""
    if call.principal.is_guest:
        return None
    standing = call.standing
    if standing.demand.is_nothing:
        return DeclaringFrame([])
    leads_back = call.request.method == "GET" and not call.action.ignores_declarations
    query = {"returnUrl": call.request.get_full_path()} if leads_back else {}
    return DeclaringFrame(
        words=_words(standing.declared) if standing.declared and standing.is_complete else [],
        change_url=call.url("login-declare.view", **query),
        is_complete=standing.is_complete,
    )


def _words(declared: Declared) -> list[tuple[str, str]]:
    level = declared.phi_level.label if declared.phi_level is not None else ""
    said = [("Purpose", declared.purpose), ("IRB", declared.irb_number), ("PHI", level)]
    return [(name, words) for name, words in said if words]
