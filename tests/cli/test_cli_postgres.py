"""A site whose own database is PostgreSQL."""

from pathlib import Path

import pytest

from tests.cli.program import ADMIN, PASSWORD, free_port, run


@pytest.mark.postgres
def test_site_on_postgresql_works_by_command(tmp_path: Path, postgres_url: str) -> None:
    def keyhouse(*arguments: str, stdin: str = "") -> str:
        result = run(*arguments, "--data", tmp_path / "d", stdin=stdin, KEYHOUSE_DATABASE_URL=postgres_url)
        assert result.code == 0, result.err
        return result.out

    keyhouse("init")
    assert "is up to date" in keyhouse("init")
    keyhouse("user", "add", ADMIN, "--site-admin", "--password-stdin", stdin=PASSWORD)
    key = keyhouse("key", "issue", ADMIN).strip()
    assert key[4:16] in keyhouse("key", "list")
    assert "All 2 events are whole" in keyhouse("audit", "verify")
    assert "KH006" not in keyhouse("check")
    assert not (tmp_path / "d" / "keyhouse.sqlite3").exists()


def test_postgresql_that_is_down_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://keyhouse:hunter2secret@127.0.0.1:{free_port()}/keyhouse"
    for command in ("init", "serve", "check"):
        result = run(command, "--data", tmp_path / "d", KEYHOUSE_DATABASE_URL=url)
        assert result.code == (1 if command == "check" else 3), result.err
        assert "refused" in result.err + result.out
        assert "hunter2secret" not in result.err + result.out
