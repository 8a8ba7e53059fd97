"""Boot settings: file, environment, command line; wrong ones are refused with a sentence."""

import contextlib
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.settings.boot import OPTIONS, BootSettings, SettingsError, load
from keyhouse.settings.prepare import make_data_directory
from keyhouse.settings.secret import FILE_NAME, read_secret, write_secret


def test_command_line_beats_environment_beats_file_beats_default(tmp_path):
    (tmp_path / "keyhouse.toml").write_text('port = 1\nhost = "file"\nmail_from = "file@x"\n')
    settings = load(tmp_path, {"port": 3}, {"KEYHOUSE_PORT": "2", "KEYHOUSE_HOST": "environment"})
    assert (settings.port, settings.host, settings.mail_from, settings.workers) == (3, "environment", "file@x", 1)
    origins = [settings.origins[name] for name in ("port", "host", "mail_from", "workers")]
    assert origins == ["command line", "KEYHOUSE_HOST", str(tmp_path / "keyhouse.toml"), "default"]


@pytest.mark.parametrize(
    "text",
    [
        "port = ",
        "port = 'x'",
        "port = 0",
        "port = 70000",
        "port = 1.5",
        "port = true",
        "host = 5",
        "nonsense = 1",
        "workers = 0",
        "trusted_proxies = 5",
        "trusted_proxies = ['nonsense']",
        "context_path = 'labkey'",
        "context_path = '/labkey/'",
        "context_path = '/a//b'",
        "context_path = '/..'",
        "context_path = '/a b'",
        "context_path = '/a?b'",
        "base_url = 'data.example.org'",
        "base_url = 'https://evil@data.example.org'",
        "base_url = 'https://x/?a'",
        "tls_cert = 'x'",
    ],
)
def test_wrong_settings_are_refused_with_a_sentence(tmp_path, text):
    (tmp_path / "keyhouse.toml").write_text(text)
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, environ={})
    assert str(refused.value).endswith(".")


def test_a_half_written_file_is_refused_by_name(tmp_path):
    (tmp_path / "keyhouse.toml").write_bytes(b'base_url = "https://exam\xff')
    with pytest.raises(SettingsError, match=r"keyhouse\.toml is not valid TOML"):
        load(tmp_path, environ={})


def test_a_directory_in_the_files_place_is_refused(tmp_path):
    (tmp_path / "keyhouse.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, environ={})


@given(st.sampled_from([option.variable for option in OPTIONS]), st.text())
def test_any_environment_is_read_or_refused(tmp_path_factory, variable, value):
    with contextlib.suppress(SettingsError):
        assert isinstance(load(tmp_path_factory.getbasetemp(), environ={variable: value}), BootSettings)


def test_secrets_are_not_in_the_repr(tmp_path):
    environ = {"KEYHOUSE_DATABASE_URL": "postgresql://u:hunter2@h/d", "KEYHOUSE_SMTP_URL": "smtp://u:hunter2@h"}
    assert "hunter2" not in repr(load(tmp_path, environ=environ))


def test_a_data_directory_is_its_owners_alone(tmp_path):
    data = tmp_path / "data"
    make_data_directory(data)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [data, *data.iterdir()]}
    assert modes == {"data": 0o700, "mail": 0o700, "logs": 0o700, FILE_NAME: 0o600, "keyhouse.toml": 0o600}


def test_making_a_data_directory_again_keeps_its_secret(tmp_path):
    make_data_directory(tmp_path / "data")
    before = read_secret(tmp_path / "data")
    make_data_directory(tmp_path / "data")
    assert read_secret(tmp_path / "data") == before


@pytest.mark.parametrize("content", ["", "\n", "short", "\xff"])
def test_a_damaged_secret_is_refused_instead_of_used(tmp_path, content):
    (tmp_path / FILE_NAME).write_text(content, "utf-8")
    with pytest.raises(SettingsError, match="is damaged"):
        read_secret(tmp_path)


def test_of_two_processes_that_write_a_secret_one_wins(tmp_path):
    write_secret(tmp_path, "a" * 40)
    write_secret(tmp_path, "b" * 40)
    assert read_secret(tmp_path) == "a" * 40
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_place_where_nothing_can_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="Choose another place"):
        make_data_directory(tmp_path / "file" / "data")


@pytest.mark.parametrize("url", ["mysql://h/d", "postgresql://h", "nonsense"])
def test_a_wrong_database_url_is_refused(tmp_path, url):
    from keyhouse.settings.django_values import django_values

    with pytest.raises(SettingsError, match="database_url"):
        django_values(load(tmp_path, environ={"KEYHOUSE_DATABASE_URL": url}), "x" * 40)


def test_the_framework_gets_safe_values(tmp_path):
    from keyhouse.settings.django_values import django_values

    values = django_values(load(tmp_path, environ={}), "x" * 40)
    assert values["DEBUG"] is False
    assert values["PASSWORD_HASHERS"] == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert "db.DatabaseCache" in values["CACHES"]["default"]["BACKEND"]
    assert "synchronous=FULL" in values["DATABASES"]["default"]["OPTIONS"]["init_command"]
    assert values["FILE_UPLOAD_HANDLERS"] == []


def test_the_address_people_type_is_known(tmp_path):
    assert load(tmp_path, {"host": "::", "port": 81, "context_path": "/l"}, {}).url == "http://127.0.0.1:81/l"
    assert load(tmp_path, {"base_url": "https://x.org/l/"}, {}).url == "https://x.org/l"
    assert load(tmp_path, {"base_url": "https://x.org/l"}, {}).is_tls
