"""Debian's slapd as a process of the tests' own: a directory with people and groups, and a CA that the tests make.

Everything lies in a temporary directory; the machine's own directory, if it has one, is not touched.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.providers.authority import Authority
from tests.site import OPERATOR

BASE = "dc=example,dc=org"
PEOPLE = f"ou=people,{BASE}"
GROUPS = f"ou=groups,{BASE}"
MANAGER = f"cn=manager,{BASE}"
READER = f"cn=reader,{BASE}"
READER_PASSWORD = "the reader's password"
PASSWORD = "right donkey clip"
_SCHEMA = Path("/etc/ldap/schema")
_NAMES = ("core", "cosine", "inetorgperson", "nis")
# What is read of a person in Active Directory; Debian's msuser.schema has it too, and takes memberOf from its overlay.
_LIKE_ACTIVE_DIRECTORY = """
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.159 NAME 'accountExpires' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.1 NAME 'adPerson' SUP top AUXILIARY
  MAY ( sAMAccountName $ userPrincipalName $ userAccountControl $ accountExpires $ objectGUID ) )
"""


@dataclass
class Directory:
    """A running directory; `stop` and `start` make it go away and come back at the same ports."""

    folder: Path
    authority: Authority
    has_tls: bool = True
    host: str = "127.0.0.1"
    port: int = 0
    tls_port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"ldap://{self.host}:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://{self.host}:{self.tls_port}"

    def settings(self, **changed: Any) -> dict[str, Any]:
        """What a configuration says of this directory; by StartTLS, as the reader."""
        return {
            "servers": self.url,
            "ca_certificate": self.authority.pem,
            "bind_dn": READER,
            "search_base": PEOPLE,
            **changed,
        }

    def start(self) -> None:
        listens = [self.url, *([self.tls_url] if self.has_tls else [])]
        # The same process by another address, which no certificate names.
        listens.append(self.url.replace(self.host, "127.0.0.2"))
        command = ["/usr/sbin/slapd", "-f", str(self.folder / "slapd.conf"), "-h", " ".join(listens), "-d", "0"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(20)

    def modify(self, dn: str, **values: str | None) -> None:
        """Change attributes of an entry as its manager; None takes one away."""
        import ldap

        changes = [(ldap.MOD_REPLACE, name, value.encode() if value else None) for name, value in values.items()]
        with self._managing() as connection:
            connection.modify_s(dn, changes)

    def add(self, dn: str, **values: Any) -> None:
        """Add an entry as its manager."""
        lists = {name: [value] if isinstance(value, str | bytes) else value for name, value in values.items()}
        coded = [(name, [v if isinstance(v, bytes) else v.encode() for v in vs]) for name, vs in lists.items()]
        with self._managing() as connection:
            connection.add_s(dn, coded)

    def delete(self, dn: str) -> None:
        """Delete an entry as its manager."""
        with self._managing() as connection:
            connection.delete_s(dn)

    @contextmanager
    def _managing(self) -> Iterator[Any]:
        import ldap

        connection = ldap.initialize(self.url)
        connection.simple_bind_s(MANAGER, PASSWORD)
        yield connection
        connection.unbind_s()

    def _wait(self) -> None:
        for _ in range(500):
            assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()
            try:
                socket.create_connection((self.host, self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("slapd does not listen")


@contextmanager
def running(has_tls: bool = True) -> Iterator[Directory]:
    """A directory of its own, as new."""
    if not Path("/usr/sbin/slapd").exists():
        pytest.skip("Debian's package slapd is not installed")
    pytest.importorskip("ldap", reason="the library python-ldap is not installed")
    folder = Path(tempfile.mkdtemp(prefix="keyhouse-slapd-"))
    directory = Directory(folder, Authority("Directory tests"), has_tls, port=_free_port(), tls_port=_free_port())
    try:
        _prepare(directory)
        directory.start()
        try:
            yield directory
        finally:
            directory.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(directory: Directory) -> None:
    folder = directory.folder
    (folder / "data").mkdir()
    certificate, key = directory.authority.issue(directory.host)
    (folder / "certificate.pem").write_text(certificate)
    (folder / "key.pem").write_text(key)
    (folder / "slapd.conf").write_text(_configuration(folder, directory.has_tls))
    (folder / "entries.ldif").write_text(_entries(), "utf-8")
    command = ["/usr/sbin/slapadd", "-q", "-f", str(folder / "slapd.conf"), "-l", str(folder / "entries.ldif")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _configuration(folder: Path, has_tls: bool) -> str:
    schemas = "\n".join(f"include {_SCHEMA / name}.schema" for name in _NAMES)
    tls = f"TLSCertificateFile {folder}/certificate.pem\nTLSCertificateKeyFile {folder}/key.pem" if has_tls else ""
    return f"""{schemas}
{_LIKE_ACTIVE_DIRECTORY}
pidfile {folder}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
{tls}
database mdb
suffix "{BASE}"
rootdn "{MANAGER}"
rootpw "{PASSWORD}"
directory {folder}/data
maxsize 10485760
dbnosync
index uid,mail,member eq
overlay memberof
overlay ppolicy
ppolicy_default "cn=policy,{BASE}"
ppolicy_use_lockout
access to attrs=userPassword by self write by anonymous auth by * none
access to * by dn.exact="{READER}" read by self read by * none
"""


def _person(uid: str, name: str = "", dn: str = "", **more: str) -> str:
    given = {"cn": name or uid, "sn": name or uid, "uid": uid, "mail": f"{uid}@example.org", "userPassword": PASSWORD}
    lines = "".join(f"{attribute}: {value}\n" for attribute, value in {**given, **more}.items())
    return f"dn: {dn or f'uid={uid},{PEOPLE}'}\nobjectClass: inetOrgPerson\n{lines}\n"


def _group(name: str, *members: str, kind: str = "groupOfNames", attribute: str = "member") -> str:
    lines = "".join(f"{attribute}: {member}\n" for member in members)
    return f"dn: cn={name},{GROUPS}\nobjectClass: {kind}\ncn: {name}\n{lines}\n"


def _entries() -> str:
    long_ago = (datetime.now(UTC) - timedelta(days=4000)).strftime("%Y%m%d%H%M%SZ")
    erika, odd = f"uid=erika,{PEOPLE}", f"cn=Müller\\, Jörg (100%) \\+ \\#1*,{PEOPLE}"
    memberof = "memberOf: cn=scientists," + GROUPS
    parts = [
        f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n",
        f"dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n",
        f"dn: {GROUPS}\nobjectClass: organizationalUnit\nou: groups\n",
        f"dn: {READER}\nobjectClass: person\ncn: reader\nsn: reader\nuserPassword: {READER_PASSWORD}\n",
        f"dn: cn=policy,{BASE}\nobjectClass: person\nobjectClass: pwdPolicy\ncn: policy\nsn: policy\n"
        "pwdAttribute: userPassword\npwdLockout: TRUE\n",
        f"dn: cn=strict,{BASE}\nobjectClass: person\nobjectClass: pwdPolicy\ncn: strict\nsn: strict\n"
        "pwdAttribute: userPassword\npwdMaxAge: 86400\n",
        _person("erika", "Erika Mustermann", displayName="Erika Mustermann").rstrip() + f"\n{memberof}\n",
        _person("max", "Max Muster"),
        _person("locked", pwdAccountLockedTime="000001010000Z"),
        _person("expired", pwdPolicySubentry=f"cn=strict,{BASE}", pwdChangedTime=long_ago),
        # Two people with one address.
        _person("twin1", mail="twins@example.org"),
        _person("twin2", mail="twins@example.org"),
        _person("nomail").replace("mail: nomail@example.org\n", ""),
        _person("jörg", "Müller, Jörg (100%) + #1*", odd, mail="joerg@example.org").rstrip() + f"\n{memberof}\n",
        _person("ad.person", sAMAccountName="adp", userAccountControl="512").replace(
            "Person\n", "Person\nobjectClass: adPerson\n"
        ),
        _person("ad.disabled", sAMAccountName="add", userAccountControl="514").replace(
            "Person\n", "Person\nobjectClass: adPerson\n"
        ),
        _group("scientists", erika, odd),
        _group("staff", f"cn=scientists,{GROUPS}"),
        # Each is a member of the other.
        _group("everybody", f"cn=staff,{GROUPS}", f"cn=around,{GROUPS}"),
        _group("around", f"cn=everybody,{GROUPS}"),
        _group("unique", f"uid=max,{PEOPLE}", kind="groupOfUniqueNames", attribute="uniqueMember"),
        _group("unix", "max", kind="posixGroup\ngidNumber: 4711", attribute="memberUid"),
    ]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def configured(site: Any, directory: Directory, description: str = "Campus directory", **how: Any) -> Any:
    """Add this directory to a site; settings by their names, and the rest of what a configuration has."""
    from keyhouse.signin.configurations import Draft

    rest = {name: how.pop(name) for name in ("domains", "creates_accounts", "links_accounts") if name in how}
    secrets = {"bind_password": how.pop("bind_password", READER_PASSWORD)}
    draft = Draft(description, directory.settings(**how), secrets, **rest)
    return site.configurations.add("ldap", draft, OPERATOR)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def directory() -> Iterator[Directory]:
    """A directory for the whole run: a test that changes it puts it back."""
    with running() as made:
        yield made


@pytest.fixture(scope="session")
def directory_without_tls() -> Iterator[Directory]:
    """A directory that knows no TLS, as one behind somebody who strips it looks."""
    with running(has_tls=False) as made:
        yield made
