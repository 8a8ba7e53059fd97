"""Leaked keys are found where they are, and nothing else is."""

import io
import os
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.cli import leaks
from keyhouse.core.tokens import TokenKind, mint
from tests.cli.program import run

KEY = mint(TokenKind.API_KEY, secrets.token_bytes)
SESSION_KEY = mint(TokenKind.SESSION_KEY, secrets.token_bytes)
_NOISE = st.text(alphabet="khk_s\n aZ9", max_size=80)


def _found(text: bytes) -> list[leaks.Leak]:
    found = leaks.leaks_in(io.BytesIO(text), Path("f"), False)
    assert found is not None
    return found


@given(_NOISE, _NOISE)
def test_key_is_found_in_any_surroundings_with_its_place(before: str, after: str) -> None:
    found = _found(f"{before}{KEY.text}{after}".encode())
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert leaks.Leak(Path("f"), line, column, "API key", KEY.key_id) in found


@given(st.integers(0, 300), st.integers(1, 120))
def test_key_across_two_blocks_is_found_once(offset: int, block: int) -> None:
    usual = leaks._BLOCK
    leaks._BLOCK = block
    try:
        found = _found(b"x" * offset + b"\n" + KEY.text.encode() + b"\n" + SESSION_KEY.text.encode())
    finally:
        leaks._BLOCK = usual
    assert [(one.line, one.column, one.kind) for one in found] == [(2, 1, "API key"), (3, 1, "session key")]


@given(st.integers(0, len(KEY.text) - 1), st.sampled_from("0aZ_"))
def test_key_with_a_changed_character_is_no_hit(place: int, character: str) -> None:
    changed = KEY.text[:place] + character + KEY.text[place + 1 :]
    assert bool(_found(changed.encode())) == (changed == KEY.text)


def test_false_hit_does_not_hide_the_key_that_begins_inside_it() -> None:
    false = f"khk_{'A' * 12}_{'B' * 35}"
    assert [one.key_id for one in _found((false + KEY.text).encode())] == [KEY.key_id]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "script.py").write_text(f"import x\nkey = '{KEY.text}'\n")
    (tmp_path / "in" / "wide.txt").write_bytes(f"a\n{KEY.text}".encode("utf-16"))
    (tmp_path / "in" / "program").write_bytes(b"\0\0" + KEY.text.encode())
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    os.mkfifo(tmp_path / "in" / "pipe")
    return tmp_path / "in"


def test_scan_prints_places_and_public_ids_and_never_the_key(folder: Path) -> None:
    result = run("scan", folder)
    assert result.code == 1
    assert result.out.splitlines() == [
        f"{folder / 'script.py'}:2:8: API key {KEY.key_id}",
        f"{folder / 'wide.txt'}:2:1: API key {KEY.key_id}",
    ]
    assert "1 files are no text" in result.err
    assert f"keyhouse key revoke {KEY.key_id}" in result.err
    assert KEY.text not in result.out + result.err


def test_scan_searches_binaries_when_told(folder: Path) -> None:
    rows = run("scan", "--binary", "--json", folder).json
    assert {Path(row["file"]).name for row in rows} == {"script.py", "wide.txt", "program"}


def test_scan_reads_standard_input(folder: Path) -> None:
    result = run("scan", "-", stdin=f"diff\n+{KEY.text}\n")
    assert (result.code, result.out) == (1, f"(standard input):2:2: API key {KEY.key_id}\n")


def test_scan_of_clean_files_is_0_and_of_missing_ones_2(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing here")
    assert run("scan", tmp_path).code == 0
    assert run("scan", tmp_path / "none").code == 2
