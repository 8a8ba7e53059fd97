"""Progress for people: what was done, and how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def step(text: str) -> Iterator[None]:
    """Print a line when a step is done, with its seconds."""
    started_at = time.monotonic()
    yield
    click.echo(f"  {time.monotonic() - started_at:4.1f} s  {text}")
