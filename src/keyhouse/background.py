"""What a worker process does beside answering: a thread that runs small tasks at their intervals."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, connection

log = logging.getLogger("keyhouse.background")


@dataclass(frozen=True)
class Task:
    """Something to do again and again; it must do no harm when two workers do it at once."""

    name: str
    seconds: float
    run: Callable[[], object]


class Background:
    """Runs tasks until it is stopped; stopping runs each once more, so that nothing noted is lost."""

    def __init__(self, *tasks: Task) -> None:
        self._due = {task: time.monotonic() + task.seconds for task in tasks}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="keyhouse-background", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Run each task once more and end."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _work(self) -> None:
        while not self._stopped.wait(max(0.0, min(self._due.values()) - time.monotonic())):
            for task in [task for task, due in self._due.items() if due <= time.monotonic()]:
                self._due[task] = time.monotonic() + task.seconds
                _run(task)
        for task in self._due:
            _run(task)
        connection.close()


def _run(task: Task) -> None:
    try:
        task.run()
    except DatabaseError:
        log.warning("%s: the database could not be reached; trying again in %.0f seconds", task.name, task.seconds)
        connection.close()
    except Exception:
        log.exception("%s failed; trying again in %.0f seconds", task.name, task.seconds)
