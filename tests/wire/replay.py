"""Golden pairs: a request as a client sends it, and the answer that it got, with volatile values made constant."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.site import Answer, Client

PAIRS = Path(__file__).parent / "pairs"
_HEADERS = ("Content-Type", "Cache-Control", "Location", "Allow", "X-Robots-Tag")
_VOLATILE = (
    (re.compile(r'("transactionAuditId": ?)\d+'), r"\g<1>1"),
    (re.compile(r"[0-9a-f]{64}"), "<token>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"kh[ks]_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}"), "<key>"),
    (re.compile(r"20[2-9]\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"), "<moment>"),
    (re.compile(r'(SecondsLeft": ?)\d+'), r"\g<1>1"),
    (re.compile(r'("at": ?)"20[^"]*"'), r'\g<1>"<moment>"'),
    (re.compile(r"Made on 20[2-9]\d-\d\d-\d\d"), "Made on <day>"),
)


def names() -> list[str]:
    """Return the names of all pairs."""
    return sorted(file.stem for file in PAIRS.glob("*.json"))


def read(name: str) -> dict[str, Any]:
    """Return one pair."""
    return json.loads((PAIRS / f"{name}.json").read_text("utf-8"))


def write(name: str, pair: Mapping[str, Any]) -> None:
    """Store one pair."""
    (PAIRS / f"{name}.json").write_text(json.dumps(pair, indent=2, ensure_ascii=False) + "\n", "utf-8")


def ask(front: Any, request: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """Send the request of a pair as its caller (`as`: a name in `keys`, or nobody) and return the normalised answer."""
    client = Client(front, keeps_cookies=False)
    headers = dict(request.get("headers", {}))
    if request["as"] != "guest":
        headers["apikey"] = keys[request["as"]]
    how = {name: request[name] for name in ("json", "form") if name in request}
    answer = client.request(request["method"], request["path"], headers, **how)
    return normal(answer, [key.split("_")[1] for key in keys.values()])


def normal(answer: Answer, key_ids: list[str]) -> dict[str, Any]:
    """Return an answer with its volatile values made constant."""
    headers = {name: value for name in _HEADERS if (value := answer.header(name)) is not None}
    challenges = answer.all("WWW-Authenticate")
    shown = {**headers, **({"WWW-Authenticate": challenges} if challenges else {})}
    text = answer.text
    for key_id in key_ids:
        text = text.replace(key_id, "<key id>")
    for pattern, constant in _VOLATILE:
        text = pattern.sub(constant, text)
    return {"status": answer.status, "headers": shown, "body": _body(answer.header("Content-Type") or "", text)}


def _body(kind: str, text: str) -> Any:
    if "json" in kind:
        return json.loads(text)
    is_text = kind.startswith("text/") and "html" not in kind
    return text if is_text else None
