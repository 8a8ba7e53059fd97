"""The export menu of a grid: its rows as files, and scripts that read them."""

from dataclasses import dataclass
from urllib.parse import urlencode

from keyhouse.console.grid_address import GridAddress
from keyhouse.scripts.languages import LANGUAGES
from keyhouse.tabular import write_arrow
from keyhouse.tabular.forms import FORMS
from keyhouse.web.call import Call

_FILES = (
    ("Excel workbook", "xlsx", ()),
    ("CSV", "csv", ()),
    ("CSV for Excel", "csv", (("guardFormulas", "1"), ("byteOrderMark", "1"))),
    ("TSV", "tsv", ()),
    ("JSON", "json", ()),
    ("NDJSON", "ndjson", ()),
    ("Parquet", "parquet", ()),
    ("Arrow", "arrow", ()),
)


@dataclass(frozen=True)
class MenuLink:
    """One way to take the rows along."""

    title: str
    url: str


@dataclass(frozen=True)
class ExportMenu:
    """All that the menu offers."""

    files: list[MenuLink]
    scripts: list[MenuLink]


def export_menu(call: Call, address: GridAddress) -> ExportMenu:
    """Return the menu of a grid; forms that this server cannot write are left out."""
    return ExportMenu(
        [
            MenuLink(title, _url(call, address, "query-exportRows.view", ("format", form), *more))
            for title, form, more in _FILES
            if write_arrow.is_available() or not FORMS[form].needs_arrow
        ],
        [MenuLink(each.title, script_url(call, address, each.type)) for each in LANGUAGES.values()],
    )


def script_url(call: Call, address: GridAddress, script_type: str, action: str = "query-showScript.view") -> str:
    """Write the address of the page that shows a script, or of the script alone."""
    return _url(call, address, action, ("scriptType", script_type))


def _url(call: Call, address: GridAddress, action: str, *more: tuple[str, str]) -> str:
    return f"{call.url(action)}?{urlencode([*address.selection, *more])}"
