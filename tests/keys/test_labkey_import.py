"""Keys of a LabKey Server come along as digests, and every script keeps working."""

import hashlib

import pytest
from tests.site import OPERATOR

KEY = "0f" * 32
CRYPT = "sha256:" + hashlib.sha256(KEY.encode()).hexdigest()


@pytest.fixture
def bring(site, tmp_path):
    from keyhouse.keys.labkey_import import import_labkey_keys

    def run(text: str, encoding: str = "utf-8"):
        file = tmp_path / "keys.csv"
        file.write_bytes(text.encode(encoding))
        return import_labkey_keys(file, OPERATOR, site.recorder, site.clock)

    return run


def test_an_imported_key_lets_its_owner_in(site, client, analyst, bring):
    report = bring(
        f"Email,Crypt,Created,Expiration,Description\r\nAnalyst@Example.org,{CRYPT},2024/01/01 10:00,,R scripts\r\n"
    )
    assert (report.imported, report.known_already) == (1, 0)
    assert client.get("/login-whoAmI.api", {"apikey": KEY}).json["email"] == analyst.email


def test_importing_again_changes_nothing(site, analyst, bring):
    text = f"Email,Crypt\n{analyst.email},{CRYPT}\n"
    bring(text)
    report = bring(text)
    assert (report.imported, report.known_already) == (0, 1)


def test_an_expired_key_stays_expired(site, client, analyst, bring):
    bring(f"Email,Crypt,Expiration\n{analyst.email},{CRYPT},2024-01-01 10:00:00\n")
    assert client.get("/login-whoAmI.api", {"apikey": KEY}).json["reason"] == "key_expired"


def test_keys_of_unknown_owners_are_left_out_and_named(site, bring):
    report = bring(f"Email,Crypt\nnobody@example.org,{CRYPT}\n")
    assert (report.imported, report.unknown_owners) == (0, {"nobody@example.org"})


@pytest.mark.parametrize(
    "line", ["x,md5:00", "analyst@example.org,", f"analyst@example.org,{CRYPT}0", f"analyst@example.org,{CRYPT},soon"]
)
def test_a_bad_line_is_named_and_nothing_is_imported(site, analyst, bring, line):
    from keyhouse.keys.labkey_import import ImportFailed
    from keyhouse.keys.models import ApiKey

    good = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(ImportFailed, match="Line 3"):
        bring(f"Email,Crypt,Expiration\n{analyst.email},sha256:{good},\n{line}\n")
    assert not ApiKey.objects.exists()


def test_a_file_that_is_no_csv_is_refused_with_a_sentence(site, bring):
    from keyhouse.keys.labkey_import import ImportFailed

    with pytest.raises(ImportFailed, match="no CSV file in UTF-8"):
        bring("Email,Crypt\nü,x\n", encoding="utf-16")
