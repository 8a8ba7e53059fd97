"""What the audit log says of files: read before the first byte leaves, changed before anybody can see it."""

import os
from dataclasses import dataclass
from typing import Any

from keyhouse.audit import Event, Kind
from keyhouse.web.call import Call
from keyhouse.webdav.tree import Spot


@dataclass
class Trail:
    """The trail of one request; `of_call` is the call that it belongs to."""

    of_call: Call

    def read(self, spot: Spot, status: os.stat_result | None) -> None:
        """Write down that a file is about to be served."""
        details: dict[str, Any] = {"file": _name(spot), "bytes": status.st_size if status else 0}
        if asked := self.of_call.request.headers.get("Range"):
            details["range"] = asked[:100]
        self._record(Kind.FILE_READ, spot, "read", details)

    def changed(self, what: str, spot: Spot, target: Spot | None = None, size: int | None = None) -> None:
        """Write down that a file is about to be changed."""
        details: dict[str, Any] = {"file": _name(spot)}
        if target is not None:
            details |= {"to": target.path}
        if size is not None:
            details |= {"bytes": size}
        self._record(Kind.FILE_CHANGED, spot, what, details)

    def _record(self, kind: Kind, spot: Spot, what: str, details: dict[str, Any]) -> None:
        comment = f"File {_name(spot)} {what}."
        # In the name of what was declared there: the address of all files is in the root folder.
        there = self.of_call.in_folder(spot.folder)
        there.site.recorder.record(Event(kind, there.caller, comment, folder=spot.folder.path, details=details))


def _name(spot: Spot) -> str:
    return "/".join(spot.place.parts) if spot.place else ""
