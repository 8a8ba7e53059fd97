"""The package's own face: load, the drop-in class, secrets that stay hidden, and a cheap import."""

import ast
import io
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import keyhouse.netrc as package
from keyhouse.netrc import NetrcParseError, Secret, load, netrc

FILE = b"machine h.test login alice password s3cret\nmacdef m\nbin\n\ndefault login d account x password e\n"


def test_the_drop_in_answers_like_the_standard_library(tmp_path):
    path = tmp_path / "netrc"
    path.write_bytes(FILE)
    ours = netrc(path)
    assert ours.authenticators("h.test") == ("alice", "", "s3cret")
    assert ours.authenticators("elsewhere") == ("d", "x", "e")
    assert ours.macros == {"m": ["bin\n"]}
    assert set(ours.hosts) == {"h.test", "default"}


def test_the_drop_in_has_no_secret_in_its_repr():
    assert "s3cret" not in repr(netrc.from_bytes(FILE))


def test_what_clients_read_differently_is_refused_with_its_line():
    with pytest.raises(NetrcParseError) as refused:
        netrc.from_bytes(b"machine h login a password T0p Secret\n")
    assert refused.value.lineno == 1
    assert "Secret" not in str(refused.value)


def test_a_comment_never_speaks():
    assert netrc.from_bytes(FILE + b"\n# machine o.test login a password b\n").authenticators("o.test")[0] == "d"


def test_files_and_streams_load_alike(tmp_path):
    path = tmp_path / "netrc"
    path.write_bytes(FILE)
    assert load(path) == load(str(path)) == load(io.BytesIO(FILE))


def test_a_secret_shows_length_and_fingerprint_only():
    secret = Secret("T0pSecret")
    assert str(secret) == f"9 bytes, fingerprint {secret.fingerprint}"
    assert "T0p" not in f"{secret!r} {secret} {[secret]}"
    assert secret == Secret(b"T0pSecret") != Secret(b"other")
    assert secret.reveal() == b"T0pSecret"


def test_a_secret_is_not_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(Secret("x"))


def test_the_package_imports_the_standard_library_only():
    for path in Path(package.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names, path


def test_every_public_name_can_be_had():
    assert {name for name in package.__all__ if getattr(package, name, None) is None} == set()
    with pytest.raises(AttributeError):
        _ = package.no_such_name


def test_importing_the_package_loads_nothing_of_it_and_nothing_else_of_keyhouse():
    code = "import sys, keyhouse.netrc; print([m for m in sys.modules if m.startswith('keyhouse.')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "['keyhouse.netrc']"


def test_asking_for_one_client_loads_that_family_alone():
    code = (
        "import sys; from keyhouse.netrc import lookup\n"
        "lookup('https://h.test/', 'curl', b'machine h.test login a password b')\n"
        "print(*sorted(m.rpartition('.')[2] for m in sys.modules if m.startswith('keyhouse.netrc.dialects.')))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["curl_lexer", "curl_lines", "curl_profiles", "curl_scan", "curl_words", "reading"]
