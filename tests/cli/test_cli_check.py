"""Insecure and broken settings are found, each by its id."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keyhouse.cli.checks.files import check_files
from keyhouse.cli.checks.network import check_network
from keyhouse.cli.checks.rules import RULES, Severity
from keyhouse.settings import BootSettings
from tests.cli.program import ADMIN, run
from tests.cli.tls import write_certificate

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SOUND = BootSettings(data=Path("/nonexistent"), smtp_url="smtps://u:p@mail.example.org")


def _network(**values: object) -> set[str]:
    return {found.rule.id for found in check_network(replace(SOUND, **values), NOW)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({}, set()),
        ({"host": "localhost"}, set()),
        ({"host": "0.0.0.0"}, {"KH010", "KH011", "KH012"}),
        ({"host": "0.0.0.0", "base_url": "http://data.example.org"}, {"KH010", "KH011"}),
        ({"host": "0.0.0.0", "base_url": "https://data.example.org"}, {"KH010"}),
        ({"base_url": "https://data.example.org", "trusted_proxies": ("127.0.0.1",)}, set()),
        ({"trusted_proxies": ("127.0.0.1",)}, {"KH011", "KH012"}),
        ({"base_url": "https://x.org", "trusted_proxies": ("0.0.0.0/0",)}, {"KH013"}),
        ({"base_url": "https://x.org", "trusted_proxies": ("::/0",)}, {"KH013"}),
        ({"workers": 2}, {"KH018"}),
        ({"workers": 2, "database_url": "postgresql://u@h/n"}, set()),
        ({"smtp_url": ""}, {"KH019"}),
        ({"smtp_url": "smtp://u:p@mail.example.org"}, {"KH020"}),
        ({"smtp_url": "smtp://u:p@mail.example.org:587?tls=1"}, set()),
        ({"smtp_url": "smtp://mail.example.org"}, set()),
        ({"tls_cert": "/nonexistent/c.pem", "tls_key": "/nonexistent/k.pem"}, {"KH015"}),
    ],
)
def test_network_settings_have_these_findings(values: dict[str, object], ids: set[str]) -> None:
    assert _network(**values) == ids


@pytest.mark.parametrize(("days", "ids"), [(90, set()), (10, {"KH016"}), (-1, {"KH015"})])
def test_certificate_that_ends_is_found_early(tmp_path: Path, days: int, ids: set[str]) -> None:
    cert, key = write_certificate(tmp_path, NOW + timedelta(days=days))
    assert _network(tls_cert=str(cert), tls_key=str(key)) == ids
    key.chmod(0o644)
    assert _network(tls_cert=str(cert), tls_key=str(key)) == ids | {"KH017"}


def test_files_that_others_can_read_are_found(data: Path) -> None:
    boot = BootSettings(data=data)
    assert list(check_files(boot)) == []
    for path, rule in ((data, "KH003"), (data / "secret.key", "KH004"), (data / "keyhouse.sqlite3", "KH005")):
        path.chmod(path.stat().st_mode | 0o040)
        assert rule in {found.rule.id for found in check_files(boot)}


def _ids(data: Path, **variables: str) -> dict[str, str]:
    rows = run("check", "--json", "--data", data, **variables).json
    assert all(set(row) == {"id", "severity", "about", "what", "remedy"} for row in rows)
    return {row["id"]: row["remedy"] for row in rows}


def _tamper(data: Path, statement: str) -> None:
    with sqlite3.connect(data / "keyhouse.sqlite3") as database:
        assert database.execute(statement).rowcount != 0


_WRONG: dict[str, Callable[[Path], object]] = {
    "KH001": lambda data: (data / "keyhouse.toml").write_text("half ="),
    "KH002": lambda data: (data / "secret.key").unlink(),
    "KH003": lambda data: data.chmod(0o755),
    "KH006": lambda data: (data / "keyhouse.sqlite3").write_bytes(b"none" * 1000),
    "KH007": lambda data: _tamper(data, "DELETE FROM django_migrations WHERE app = 'keys'"),
    "KH008": lambda data: (data / "keyhouse.toml").chmod(0o644),
    "KH030": lambda data: run("group", "remove-member", "Administrators", ADMIN, "--data", data),
    "KH031": lambda data: run("user", "deactivate", ADMIN, "--data", data),
    "KH032": lambda data: run("role", "assign", "editor", "Guests", "--folder", "/home", "--data", data),
    "KH040": lambda data: run("settings", "set", "allowApiKeys", "true", "--data", data),
    "KH041": lambda data: run("settings", "set", "refuseAllApiKeys", "true", "--data", data),
    "KH042": lambda data: run("settings", "set", "sessionIdleSeconds", "7200", "--data", data),
    "KH043": lambda data: run("settings", "set", "sessionAbsoluteSeconds", "604800", "--data", data),
    "KH044": lambda data: (
        run("key", "issue", ADMIN, "--data", data),
        run("settings", "set", "apiKeyExpirationSeconds", "604800", "--data", data),
    ),
    "KH050": lambda data: run("source", "add", "s", "sqlite:///none.db", "--folder", "/home", "--data", data),
    "KH051": lambda data: (
        run("source", "add", "s", "sqlite:///none.db", "--folder", "/home", "--data", data),
        (data / "secret.key").write_text("another secret that is long enough to be one\n"),
    ),
    "KH052": lambda data: run(
        "source", "add", "s", "sqlite:///n.db", "--folder", "/home", "--writable", "--data", data
    ),
}


@pytest.mark.parametrize("rule", _WRONG)
def test_what_is_wrong_is_found_with_a_remedy(data: Path, rule: str) -> None:
    _WRONG[rule](data)
    assert _ids(data)[rule]


def test_sound_site_has_no_error_and_says_so(data: Path) -> None:
    result = run("check", "--data", data, KEYHOUSE_SMTP_URL="smtps://u:hunter2secret@mail.example.org")
    assert (result.code, result.out) == (0, "Nothing insecure or broken was found.\n")


def test_error_is_exit_1_and_warning_is_0(data: Path) -> None:
    assert run("check", "--data", data).code == 0, "mail to a folder is a warning"
    data.chmod(0o755)
    result = run("check", "--data", data)
    assert (result.code, "error    KH003" in result.out, "Do: chmod 700" in result.out) == (1, True, True)


def test_every_rule_is_tested_here() -> None:
    by_value = {
        "KH004",
        "KH005",
        "KH010",
        "KH011",
        "KH012",
        "KH013",
        "KH015",
        "KH016",
        "KH017",
        "KH018",
        "KH019",
        "KH020",
    }
    assert set(RULES) == set(_WRONG) | by_value
    assert {rule.severity for rule in RULES.values()} == set(Severity)
