"""Many requests at the same moment, each on a thread with a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

T = TypeVar("T")
R = TypeVar("R")


def at_once(do: Callable[[T], R], what: Sequence[T]) -> list[R]:
    """Do something with each at the same moment; return what came of it, in order."""
    start = Barrier(len(what))

    def one(each: T) -> R:
        start.wait(30)
        try:
            return do(each)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(what)) as threads:
        return list(threads.map(one, what))
