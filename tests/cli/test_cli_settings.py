"""Settings by command."""

from pathlib import Path

from tests.cli.program import run


def test_site_setting_is_set_by_its_wire_name_in_any_case(data: Path) -> None:
    result = run("settings", "set", "ALLOWAPIKEYS", "on", "--data", data)
    assert result.out == "allowApiKeys is now true; it was false.\n"
    assert run("settings", "set", "allowApiKeys", "true", "--data", data).out == "allowApiKeys is true already.\n"
    values = {row["name"]: row["value"] for row in run("settings", "list", "--json", "--data", data).json}
    assert values["allowApiKeys"] is True


def test_negative_number_is_a_value_and_not_an_option(data: Path) -> None:
    run("settings", "set", "apiKeyExpirationSeconds", "604800", "--data", data)
    result = run("settings", "set", "apiKeyExpirationSeconds", "-1", "--data", data)
    assert (result.code, result.out) == (0, "apiKeyExpirationSeconds is now -1; it was 604800.\n"), result.err


def test_unknown_name_and_wrong_value_change_nothing(data: Path) -> None:
    for name, value in (("allowEverything", "true"), ("allowApiKeys", "perhaps"), ("sessionIdleSeconds", "1")):
        assert run("settings", "set", name, value, "--data", data).code == 2
    assert run("audit", "export", "--kind", "setting changed", "--data", data).out == ""


def test_show_tells_where_each_value_came_from(data: Path) -> None:
    (data / "keyhouse.toml").write_text('mail_from = "desk@example.org"\n')
    run("settings", "set", "siteName", "Lab", "--data", data)
    rows = run("settings", "show", "--json", "--data", data, KEYHOUSE_PORT="9000").json
    seen = {row["name"]: (row["value"], row["from"]) for row in rows}
    assert seen["mail_from"] == ("desk@example.org", str(data / "keyhouse.toml"))
    assert seen["port"] == (9000, "KEYHOUSE_PORT")
    assert seen["host"] == ("127.0.0.1", "default")
    assert seen["siteName"] == ("Lab", "database")
    assert seen["allowApiKeys"] == (False, "default")


def test_show_masks_secrets(data: Path) -> None:
    secret = "smtp://desk:hunter2secret@mail.example.org"
    for arguments in (["--json"], []):
        result = run("settings", "show", *arguments, "--data", data, KEYHOUSE_SMTP_URL=secret)
        assert "hunter2secret" not in result.out + result.err
        assert "(set, not shown)" in result.out
