"""The CSV files are the published data, complete, and what we do to them is written down."""

import re
from collections import Counter
from importlib import resources

import pytest

from keyhouse.demo_data.tables import PATIENTS, TABLES, VISITS, Table, read_csv

SHIPPED = ["pbc.csv", "pbcseq.csv", "lung.csv", "schema.sql", "SOURCES.md", "LICENSE.LGPL-2"]


@pytest.mark.parametrize("file_name", SHIPPED)
def test_the_package_ships_what_the_database_is_made_of(file_name: str) -> None:
    assert resources.files("keyhouse.demo_data").joinpath(file_name).read_bytes()


def test_pbc_has_the_published_numbers_of_patients_deaths_and_transplants() -> None:
    patients = list(read_csv("pbc.csv"))
    assert [patient["id"] for patient in patients] == [str(number) for number in range(1, 419)]
    assert Counter(patient["status"] for patient in patients) == {"0": 232, "1": 25, "2": 161}
    assert Counter(patient["trt"] for patient in patients) == {"1": 158, "2": 154, "": 106}
    assert Counter(patient["sex"] for patient in patients) == {"f": 374, "m": 44}


def test_the_first_312_patients_are_the_randomised_ones() -> None:
    randomised = {int(patient["id"]) for patient in read_csv("pbc.csv") if patient["trt"]}
    assert randomised == set(range(1, 313))


def test_pbcseq_has_the_published_number_of_visits_and_all_randomised_patients() -> None:
    visits = list(read_csv("pbcseq.csv"))
    assert len(visits) == 1945
    assert {int(visit["id"]) for visit in visits} == set(range(1, 313))
    last_status = {visit["id"]: visit["status"] for visit in visits}
    assert Counter(last_status.values()) == {"0": 143, "1": 29, "2": 140}


def test_lung_has_the_published_numbers_of_patients_and_deaths() -> None:
    patients = list(read_csv("lung.csv"))
    assert len(patients) == 228
    assert Counter(patient["status"] for patient in patients) == {"1": 63, "2": 165}
    assert Counter(patient["sex"] for patient in patients) == {"1": 138, "2": 90}


@pytest.mark.parametrize(
    ("file_name", "column", "mean"),
    [
        ("pbc.csv", "age", 50.74),
        ("pbc.csv", "bili", 3.221),
        ("pbc.csv", "chol", 369.5),
        ("pbc.csv", "alk.phos", 1982.7),
        ("pbcseq.csv", "bili", 3.672),
        ("pbcseq.csv", "platelet", 233.7),
        ("lung.csv", "time", 305.2),
        ("lung.csv", "wt.loss", 9.832),
    ],
)
def test_means_are_those_that_the_r_package_summarises(file_name: str, column: str, mean: float) -> None:
    values = [float(field) for record in read_csv(file_name) if (field := record[column])]
    assert sum(values) / len(values) == pytest.approx(mean, rel=2e-4)


def test_what_visits_leave_out_of_pbcseq_is_said_by_patients() -> None:
    patients = {patient["id"]: patient for patient in read_csv("pbc.csv")}
    arm_in_pbc = {"1": "1", "0": "2"}
    for visit in read_csv("pbcseq.csv"):
        patient = patients[visit["id"]]
        assert (visit["sex"], visit["age"], arm_in_pbc[visit["trt"]]) == (
            patient["sex"],
            patient["age"],
            patient["trt"],
        )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_of_a_file_is_read_or_its_absence_is_explained(table: Table) -> None:
    explained = {"visits": {"trt", "age", "sex"}}.get(table.name, set())
    in_file = set(next(read_csv(table.file_name)))
    assert {column.source for column in table.columns} == in_file - explained


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_described_in_the_sources_page(table: Table) -> None:
    page = resources.files("keyhouse.demo_data").joinpath("SOURCES.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))
    assert set(table.column_names) <= described


@pytest.mark.parametrize("citation", ["Therneau", "Grambsch", "Fleming", "Harrington", "Murtaugh", "Loprinzi", "LGPL"])
def test_the_sources_page_names_authors_and_licence(citation: str) -> None:
    assert citation in resources.files("keyhouse.demo_data").joinpath("SOURCES.md").read_text(encoding="utf-8")


def test_a_code_that_is_not_in_the_codebook_is_refused() -> None:
    readers = {column.name: column.read for column in (*PATIENTS.columns, *VISITS.columns)}
    for name in ("sex", "treatment", "status", "ascites", "followup_status"):
        with pytest.raises(KeyError):
            readers[name]("9")
