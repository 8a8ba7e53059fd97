"""Which column of which CSV file becomes which column of the database, and how its codes are read.

The CSV files keep the names and codes of their source, so that anyone can compare them with it; every change that we
make stands here and nowhere else.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources

Value = int | float | str | None


@dataclass(frozen=True)
class Column:
    """One column: its name in the database, its name in the CSV file, and the reader of a value that is not missing."""

    name: str
    source: str
    read: Callable[[str], Value]


@dataclass(frozen=True)
class Table:
    """One table and its CSV file. `numbered_by` is a key of ours that counts the rows, where the source has none."""

    name: str
    file_name: str
    columns: tuple[Column, ...]
    numbered_by: str | None = None

    @property
    def column_names(self) -> list[str]:
        """Name the columns in the order of `rows`."""
        numbered = [self.numbered_by] if self.numbered_by else []
        return numbered + [column.name for column in self.columns]

    def rows(self) -> Iterator[list[Value]]:
        """Read the CSV file row by row; a missing value (an empty field) is None whatever its type."""
        for number, record in enumerate(read_csv(self.file_name), start=1):
            values = [column.read(field) if (field := record[column.source]) else None for column in self.columns]
            yield [number, *values] if self.numbered_by else values


def read_csv(file_name: str) -> Iterator[dict[str, str]]:
    """Yield the records of a CSV file of this package as the source has them."""
    text = resources.files(__package__).joinpath(file_name).read_text(encoding="ascii")
    yield from csv.DictReader(text.splitlines(), strict=True)


def _hundredths(text: str) -> float:
    """Round to two decimals: ages are days / 365.25, and their fifteen digits make a grid unreadable."""
    return round(float(text), 2)


# A code that is not listed is a KeyError: better no database than a wrong word in it.
_YES_NO = {"0": 0, "1": 1}.__getitem__
_PBC_SEX = {"f": "female", "m": "male"}.__getitem__
_LUNG_SEX = {"1": "male", "2": "female"}.__getitem__
_PBC_STATUS = {"0": "censored", "1": "transplant", "2": "dead"}.__getitem__
_LUNG_STATUS = {"1": "censored", "2": "dead"}.__getitem__
# pbcseq, which we do not read it from, codes the same two arms 1 and 0.
_PBC_TREATMENT = {"1": "D-penicillamine", "2": "placebo"}.__getitem__

PATIENTS = Table(
    "patients",
    "pbc.csv",
    (
        Column("patient_id", "id", int),
        Column("age", "age", _hundredths),
        Column("sex", "sex", _PBC_SEX),
        Column("treatment", "trt", _PBC_TREATMENT),
        Column("status", "status", _PBC_STATUS),
        Column("time_days", "time", int),
        Column("ascites", "ascites", _YES_NO),
        Column("hepatomegaly", "hepato", _YES_NO),
        Column("spiders", "spiders", _YES_NO),
        Column("edema", "edema", float),
        Column("bilirubin_mg_dl", "bili", float),
        Column("cholesterol_mg_dl", "chol", int),
        Column("albumin_g_dl", "albumin", float),
        Column("copper_ug_day", "copper", int),
        Column("alkaline_phosphatase_u_l", "alk.phos", float),
        Column("ast_u_ml", "ast", float),
        Column("triglycerides_mg_dl", "trig", int),
        Column("platelet_count", "platelet", int),
        Column("prothrombin_time_s", "protime", float),
        Column("histologic_stage", "stage", int),
    ),
)

VISITS = Table(
    "visits",
    "pbcseq.csv",
    (
        Column("patient_id", "id", int),
        Column("day", "day", int),
        Column("followup_days", "futime", int),
        Column("followup_status", "status", _PBC_STATUS),
        Column("ascites", "ascites", _YES_NO),
        Column("hepatomegaly", "hepato", _YES_NO),
        Column("spiders", "spiders", _YES_NO),
        Column("edema", "edema", float),
        Column("bilirubin_mg_dl", "bili", float),
        Column("cholesterol_mg_dl", "chol", int),
        Column("albumin_g_dl", "albumin", float),
        Column("alkaline_phosphatase_u_l", "alk.phos", int),
        Column("ast_u_ml", "ast", float),
        Column("platelet_count", "platelet", int),
        Column("prothrombin_time_s", "protime", float),
        Column("histologic_stage", "stage", int),
    ),
    numbered_by="visit_id",
)

LUNG = Table(
    "lung",
    "lung.csv",
    (
        Column("institution", "inst", int),
        Column("time_days", "time", int),
        Column("status", "status", _LUNG_STATUS),
        Column("age", "age", int),
        Column("sex", "sex", _LUNG_SEX),
        Column("ecog", "ph.ecog", int),
        Column("karnofsky_physician", "ph.karno", int),
        Column("karnofsky_patient", "pat.karno", int),
        Column("meal_calories", "meal.cal", int),
        Column("weight_loss_lb", "wt.loss", int),
    ),
    numbered_by="row_id",
)

TABLES = (PATIENTS, VISITS, LUNG)
