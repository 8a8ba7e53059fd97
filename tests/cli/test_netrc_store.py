"""A netrc file that a command changes is as it was before when the command does not come to its end."""

from pathlib import Path
from typing import Any

import pytest

from keyhouse.cli import netrc_store
from keyhouse.cli.failure import Unusable
from keyhouse.cli.netrc_store import NetrcStore

OLD = b"machine h.test login apikey password old\n"
HOST = "h.test"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "netrc"


def stop_after_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Control-C come when the new file is in place, the first time."""
    write = netrc_store.write

    def interrupted(*given: Any, **named: Any) -> None:
        monkeypatch.setattr(netrc_store, "write", write)
        write(*given, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(netrc_store, "write", interrupted)


@pytest.mark.parametrize("old", [OLD, None])
def test_change_interrupted_after_the_file_is_in_place_is_undone(
    file: Path, old: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if old is not None:
        file.write_bytes(old)
    store = NetrcStore(file)
    stop_after_writing(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        store.put(HOST, "apikey", "new")
    assert b"new" in file.read_bytes()
    store.restore()
    assert (file.read_bytes() if file.exists() else None) == old


def test_change_interrupted_before_the_file_is_written_leaves_nothing_to_undo(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    file.write_bytes(OLD)
    store = NetrcStore(file)
    monkeypatch.setattr(netrc_store, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.put(HOST, "apikey", "new")
    store.restore()
    assert file.read_bytes() == OLD


def test_what_somebody_else_wrote_since_is_kept(file: Path) -> None:
    file.write_bytes(OLD)
    store = NetrcStore(file)
    store.put(HOST, "apikey", "new")
    file.write_bytes(b"machine h.test login apikey password theirs\n")
    with pytest.raises(Unusable):
        store.restore()
    assert b"theirs" in file.read_bytes()
