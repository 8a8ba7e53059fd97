"""``keyhouse sign-in``: configurations without a page, secrets never on the command line."""

import pytest

from tests.cli.program import run

SECRET = "hunter2-hunter2"
CAS = ("--set", "server_url=http://127.0.0.1:1/cas", "--set", "email_domain=example.org")


@pytest.fixture
def keyhouse(data):
    return lambda *arguments, **more: run("sign-in", *arguments, "--data", data, **more)


def test_a_configuration_lives_from_add_to_remove(keyhouse):
    added = keyhouse("add", "cas", "--description", "Our CAS", *CAS, "--domain", "example.org", "--disabled")
    assert added.code == 0, added.err
    assert keyhouse("add", "cas", "--description", "Second", *CAS).code == 0
    assert keyhouse("move", "Second", "up").code == 0
    rows = keyhouse("list", "--json").json
    assert [(row["description"], row["state"]) for row in rows] == [("Second", "on"), ("Our CAS", "off")]
    assert keyhouse("change", "our cas", "--description", "CAS", "--create-accounts", "yes").code == 0
    shown = {row["setting"]: row["value"] for row in keyhouse("show", "CAS", "--json").json}
    assert (shown["creates accounts"], shown["domains"], shown["email_domain"]) == ("yes", "example.org", "example.org")
    assert keyhouse("enable", "CAS").code == 0
    assert "--yes" in keyhouse("disable", "CAS").err
    assert keyhouse("disable", "CAS", "--yes").code == 0
    assert keyhouse("remove", "CAS", "--yes").code == 0
    assert [row["description"] for row in keyhouse("list", "--json").json] == ["Second"]


def test_a_table_has_words_in_one_line_and_of_a_document_its_length(keyhouse):
    pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
    keyhouse("add", "cas", "--description", "CAS", *CAS, "--set", "two_factor_values=mfa-duo\nmfa-gauth")
    keyhouse("change", "CAS", "--set", f"authorities={pem}")
    shown = keyhouse("show", "CAS").out
    assert "mfa-duo, mfa-gauth" in shown
    assert "\N{REPLACEMENT CHARACTER}" not in shown
    assert "MIIB" not in shown


def test_a_test_prints_what_failed_and_ends_with_one(keyhouse):
    keyhouse("add", "cas", "--description", "Our CAS", *CAS)
    tested = keyhouse("test", "Our CAS")
    assert tested.code == 1
    assert "FAILED" in tested.out
    assert not all(row["well"] for row in keyhouse("test", "Our CAS", "--json").json)


def test_secrets_come_from_files_the_environment_or_standard_input_and_are_never_shown(keyhouse, data, tmp_path):
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    oidc = ("add", "oidc", "--set", "issuer=https://id.example.org", "--set", "client_id=x")
    ways = {
        "file": (("--secret-file", f"client_secret={file}"), {}),
        "standard input": (("--secret-file", "client_secret=-"), {"stdin": SECRET}),
        "environment": (("--secret-env", "client_secret=THE_SECRET"), {"THE_SECRET": SECRET}),
    }
    for name, (options, more) in ways.items():
        added = keyhouse(*oidc, "--description", name, *options, **more)
        assert added.code == 0, added.err
        shown = keyhouse("show", name)
        assert "(set, not shown)" in shown.out
        assert SECRET not in added.out + added.err + shown.out
    files = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert [path for path, content in files.items() if SECRET.encode() in content] == []
    refused = keyhouse(*oidc, "--description", "open", "--set", f"client_secret={SECRET}")
    assert refused.code == 2
    assert "--secret-env" in refused.err
    assert SECRET not in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "telepathy", "--description", "x"), "Kinds: ldap, saml"),
        (("add", "cas", "--description", "x", "--set", "nothing"), "NAME=VALUE"),
        (("add", "cas", "--description", "x", "--set", "colour=red"), "no setting 'colour'"),
        (("add", "cas", "--description", "x"), "server_url"),
        (("add", "cas", "--description", "x", "--set-file", "server_url=/nowhere"), "cannot be read"),
        (("add", "oidc", "--description", "x", "--secret-env", "client_secret=NOT_THERE"), "NOT_THERE"),
        (("show", "nothing"), "keyhouse sign-in list"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(keyhouse, arguments, said):
    refused = keyhouse(*arguments)
    assert refused.code == 2
    assert said in refused.err


def test_the_kinds_and_their_settings_are_listed(keyhouse):
    assert {row["kind"] for row in keyhouse("kinds", "--json").json} == {"saml", "oidc", "cas", "ldap", "duo"}
    settings = {row["name"]: row for row in keyhouse("kinds", "oidc", "--json").json}
    assert settings["client_secret"]["kind"] == "secret"
