"""A folder whose PHI is for those who hold a role for it: a writable database, lists, a doctor and a clerk.

The clerk may change every row and design no list; the doctor may see Restricted PHI. Columns `ssn`, `born`, `dose`,
`is_carrier` and `ward` of `patients` are marked, and so are field `Diagnosis` of list `Notes`.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keyhouse.core.permissions import Role
from keyhouse.core.phi import PhiColumns, PhiLevel
from tests.site import OPERATOR, PASSWORD, Answer, Client, issue

SECRETS = ("SECRET-0451", "SECRET-1984", "SECRET-2001", "SECRET-8086")
ROWS = [
    (1, "Ada", "Oslo", SECRETS[0], "1815-12-10", 93.25, 1, 7),
    (2, "Bob", "Bergen", SECRETS[1], "1942-05-17", 17.75, 0, 8),
    (3, "Cid", "Oslo", SECRETS[2], "1099-07-10", 55.125, 1, 7),
    (4, "Dot", "Bodø", SECRETS[3], "1977-02-03", 20.5, 0, 9),
]
HIDDEN = ("ssn", "born", "dose", "is_carrier", "ward")
TOLD = (*SECRETS, "1815-12-10", "1942-05-17", "1815/12/10", "93.25", "55.125", "Nightingale", "Paracelsus")
SCHEMA = """
CREATE TABLE wards (id INTEGER PRIMARY KEY, chief TEXT);
CREATE TABLE patients (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, ssn TEXT UNIQUE, born TIMESTAMP, dose DOUBLE,
    is_carrier BOOLEAN, ward INTEGER REFERENCES wards(id), UNIQUE (city, ssn));
CREATE INDEX by_secret ON patients (ssn, name);
CREATE INDEX by_dose ON patients (dose DESC, city, name);
CREATE TABLE visits (id INTEGER PRIMARY KEY, patient INTEGER REFERENCES patients(id), reason TEXT);
CREATE TABLE vault (code TEXT PRIMARY KEY, label TEXT) WITHOUT ROWID;
CREATE TABLE loans (id INTEGER PRIMARY KEY, vault TEXT REFERENCES vault(code));
CREATE TABLE stays (id INTEGER PRIMARY KEY, patient TEXT REFERENCES patients(ssn));
CREATE TABLE samples (shelf INTEGER, place INTEGER, kind TEXT, finding INTEGER, PRIMARY KEY (shelf, place));
CREATE INDEX by_finding ON samples (shelf, finding, kind);
INSERT INTO samples VALUES (1, 1, 'a', 3), (1, 2, 'b', 1), (1, 3, 'c', 2);
INSERT INTO wards VALUES (7, 'Nightingale'), (8, 'Paracelsus'), (9, 'Semmelweis');
INSERT INTO visits VALUES (1, 1, 'cough'), (2, 3, 'fall'), (3, 3, 'check'), (4, 2, 'cough');
"""
MARKS = {
    "patients": {
        "ssn": PhiLevel.RESTRICTED,
        "born": PhiLevel.FULL,
        "dose": PhiLevel.LIMITED,
        "is_carrier": PhiLevel.FULL,
        "ward": PhiLevel.LIMITED,
    },
    "vault": {"code": PhiLevel.RESTRICTED},
    "samples": {"finding": PhiLevel.RESTRICTED},
    "wards": {"chief": PhiLevel.LIMITED},
}


@dataclass
class PhiLab:
    """The folder /home as clerk and doctor see it."""

    site: Any
    front: Any
    behaviour: PhiColumns
    path: Path
    keys: dict[str, str] = field(default_factory=dict)

    def as_(self, who: str) -> "Keyed":
        """Return a client that sends the key of `clerk`, `doctor` or `designer`."""
        return Keyed(self.front, keeps_cookies=False, key=self.keys[who])

    @property
    def clerk(self) -> "Keyed":
        """Who holds no role for PHI."""
        return self.as_("clerk")

    @property
    def doctor(self) -> "Keyed":
        """Who may see all of it."""
        return self.as_("doctor")

    @property
    def is_blank(self) -> bool:
        """Whether guarded columns are shown without values."""
        return self.behaviour is PhiColumns.BLANK

    def replace_rows(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Let the table of patients have exactly these rows, inserted in this order."""
        with sqlite3.connect(self.path) as connection:
            connection.execute("DELETE FROM patients")
            connection.executemany("INSERT INTO patients VALUES (?, ?, ?, ?, ?, ?, ?, ?)", list(rows))
        connection.close()


@dataclass
class Keyed(Client):
    """A client with an API key and ways to ask."""

    key: str = ""

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, **how: Any) -> Answer:
        return super().request(method, path, {"apikey": self.key, **(headers or {})}, **how)

    def rows(self, query: str = "patients", schema: str = "trial", **parameters: Any) -> Answer:
        """Select rows; names of parameters have their `query.` already."""
        names = {"schemaName": schema, "query.queryName": query}
        return self.get("/home/query-selectRows.api", **names, **parameters)

    def sql(self, text: str, schema: str = "trial", **parameters: Any) -> Answer:
        """Run a statement."""
        return self.post("/home/query-executeSql.api", json={"schemaName": schema, "sql": text, **parameters})

    def values(self, answer: Answer) -> list[dict[str, Any]]:
        """Return the rows of an answer as bare values."""
        assert answer.status == 200, answer.text
        found = answer.json["rows"]
        return [
            {name: cell.get("value") if isinstance(cell, dict) else cell for name, cell in row.items()} for row in found
        ]


def lab_of(site: Any, front: Any, behaviour: PhiColumns, path: Path) -> PhiLab:
    """Make the folder."""
    from keyhouse.authz.folders import find
    from keyhouse.declarations.models import FolderDemand

    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
        connection.execute("INSERT INTO vault VALUES ('SECRET-0451', 'z first'), ('SECRET-1984', 'a last')")
    connection.close()
    home, lab = find("/home"), PhiLab(site, front, behaviour, path)
    lab.replace_rows(ROWS)
    FolderDemand.objects.create(folder=home, requires_phi_roles=True, phi_columns=behaviour.value)
    site.sources.add("trial", f"sqlite:///{path}", home, OPERATOR, is_writable=True)
    for table, levels in MARKS.items():
        site.table_marks.set_table(home, "trial", table, levels, "", OPERATOR)
    for name, roles in {
        "clerk": (Role.EDITOR,),
        "doctor": (Role.FOLDER_ADMINISTRATOR, Role.RESTRICTED_PHI_READER),
        "designer": (Role.FOLDER_ADMINISTRATOR,),
    }.items():
        user = site.users.add(f"{name}@example.org", OPERATOR, PASSWORD)
        lab.keys[name] = issue(site, user)
        for role in roles:
            site.assignments.assign(role, user, str(user), home, OPERATOR)
    _make_list(lab)
    return lab


def _make_list(lab: PhiLab) -> None:
    fields = [
        {"name": "Name", "rangeURI": "string"},
        {"name": "Diagnosis", "rangeURI": "string", "PHI": "Restricted"},
        {"name": "Patient", "rangeURI": "int", "lookupSchema": "trial", "lookupQuery": "patients"},
    ]
    design = {"name": "Notes", "fields": fields}
    body = {"kind": "IntList", "domainDesign": design, "options": {"keyName": "Key"}}
    made = lab.doctor.post("/home/property-createDomain.api", json=body)
    assert made.status == 200, made.text
    rows = [{"Name": f"note {each}", "Diagnosis": secret, "Patient": each} for each, secret in enumerate(SECRETS, 1)]
    sent = {"schemaName": "lists", "queryName": "Notes", "rows": rows}
    filled = lab.doctor.post("/home/query-insertRows.api", json=sent)
    assert filled.status == 200, filled.text


def is_silent(answer: Answer) -> bool:
    """Tell whether no secret is in an answer, in its headers or in its body."""
    whole = answer.body + repr(answer.headers).encode()
    return not any(text.encode() in whole for text in TOLD)


def named(rows: list[Mapping[str, Any]]) -> set[str]:
    """Return the names of all columns of rows."""
    return {name for row in rows for name in row}
