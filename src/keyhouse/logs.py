"""Logging, and levels that an administrator changes while the server runs.

Changed levels live in a file of the data directory until the next start, so that every worker process has them: each
request looks at the file's time, which costs a microsecond.
"""

import json
import logging
import logging.handlers
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from keyhouse.core.tokens import redacted

LEVELS = ("OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL")
_NUMBERS = {
    "OFF": logging.CRITICAL + 10,
    "FATAL": logging.CRITICAL,
    "ERROR": logging.ERROR,
    "WARN": logging.WARNING,
    "INFO": logging.INFO,
    "DEBUG": logging.DEBUG,
    "TRACE": logging.DEBUG,
    "ALL": logging.DEBUG,
}
NOTES = {
    "org.labkey.api.security.SecurityManager.Authentication": "Every step of every authentication attempt, at DEBUG",
    "keyhouse.web": "Errors while answering requests",
    "keyhouse.data": "Attached databases and their queries",
    "keyhouse.signin": "Mail with reset links that could not be sent",
    "keyhouse.background": "Tasks beside answering: last uses, expired keys, dead sessions",
    "django.db.backends": "Statements on Keyhouse's own database",
    "django.request": "Requests that the framework refused",
    "allauth": "The sign-in library",
}


@dataclass(frozen=True)
class LoggerLine:
    """One logger as the page and the API show it."""

    name: str
    parent: str
    level: str
    is_inherited: bool
    notes: str


class LogLevels:
    """The levels in force in this process, kept in step with the file that all workers share."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._seen: float | None = None
        self._changed: set[str] = set()

    def refresh(self) -> None:
        """Take over what another worker changed; called on each request."""
        try:
            changed_at: float | None = self._file.stat().st_mtime_ns
        except OSError:
            changed_at = None
        if changed_at == self._seen:
            return
        with self._lock:
            self._seen = changed_at
            self._apply(self._read())

    def change(self, name: str, level: str) -> LoggerLine:
        """Set the level of one logger in all workers; raises ValueError for an unknown level or name."""
        if level.upper() not in LEVELS:
            raise ValueError(f"There is no level '{level[:20]}'. Levels: {', '.join(LEVELS)}.")
        if name not in self._names():
            raise ValueError(f"There is no logger '{name[:100]}'.")
        with self._lock:
            self._write({**self._read(), name: level.upper()})
        self.refresh()
        return self._line(name)

    def reset(self) -> None:
        """Forget every change, in all workers."""
        with self._lock:
            self._write({})
        self.refresh()

    def lines(self, contains: str = "", level: str = "", with_inherited: bool = True) -> list[LoggerLine]:
        """Return all loggers, those with notes among them even before their first use."""
        lines = [self._line(name) for name in sorted(self._names(), key=str.lower)]
        return [
            line
            for line in lines
            if contains.lower() in line.name.lower()
            and (not level or line.level == level.upper())
            and (with_inherited or not line.is_inherited)
        ]

    def _names(self) -> set[str]:
        existing = {
            name for name, found in logging.Logger.manager.loggerDict.items() if isinstance(found, logging.Logger)
        }
        return existing | set(NOTES)

    def _line(self, name: str) -> LoggerLine:
        logger = logging.getLogger(name)
        named = self._read().get(name)
        level = named or _name_of(logger.getEffectiveLevel())
        parent = logger.parent.name if logger.parent else ""
        return LoggerLine(name, parent, level, logger.level == logging.NOTSET, NOTES.get(name, ""))

    def _apply(self, levels: dict[str, str]) -> None:
        for name in self._changed - set(levels):
            logging.getLogger(name).setLevel(logging.NOTSET)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(_NUMBERS.get(level, logging.INFO))
        self._changed = set(levels)

    def _read(self) -> dict[str, str]:
        try:
            levels = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(levels, dict):
            return {}
        return {name: level for name, level in levels.items() if isinstance(level, str) and level in LEVELS}

    def _write(self, levels: dict[str, str]) -> None:
        beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        beside.write_text(json.dumps(levels, indent=2), "utf-8")
        beside.replace(self._file)


class OneLine(logging.Formatter):
    """Writes each event as lines that only Keyhouse can have begun, and without keys, whatever was logged."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line, with control characters spelt out: a name with a line end must not forge a second line."""
        return "".join(
            character if character.isprintable() else character.encode("unicode_escape").decode()
            for character in super().formatMessage(record)
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the line and, where there is one, the traceback."""
        return redacted(super().format(record))


def start_logging(folder: Path) -> None:
    """Log to the terminal and to ``keyhouse.log``; the file may be moved away while the server runs."""
    folder.mkdir(mode=0o700, exist_ok=True)
    form = OneLine("%(asctime)s %(levelname)-7s %(name)s  %(message)s")
    handlers: list[logging.Handler] = [
        logging.StreamHandler(sys.stderr),
        logging.handlers.WatchedFileHandler(folder / "keyhouse.log", encoding="utf-8"),
    ]
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers = handlers
    for handler in handlers:
        handler.setFormatter(form)


def _name_of(number: int) -> str:
    return next((name for name, value in _NUMBERS.items() if value <= number), "ALL")
