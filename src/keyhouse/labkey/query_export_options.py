"""How an exported file is to look: its form, its header, and how a text file quotes (parameters as the original's)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from keyhouse.data import Column, find_column
from keyhouse.tabular.forms import CSV, FORMS, TSV, Form
from keyhouse.tabular.write_text import TextForm
from keyhouse.web.errors import BadRequest
from keyhouse.web.parameters import Parameters

_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_QUOTES = {"double": '"', "single": "'"}
_HEADERS = ("none", "caption", "displayfieldkey", "fieldkey", "importfield", "name")
_ALIAS = "exportalias."


@dataclass(frozen=True)
class ExportOptions:
    """All that a request says of the file; `header` is one of the original's header types, in lower case."""

    form: Form
    text: TextForm
    header: str
    aliases: dict[str, str]
    excluded: tuple[str, ...]

    def kept(self, columns: Sequence[Column]) -> list[int]:
        """Give the places of the columns that are not excluded; where that leaves none, the request is refused."""
        excluded = {column.name for name in self.excluded if (column := find_column(columns, name))}
        places = [place for place, column in enumerate(columns) if column.name not in excluded]
        if not places:
            raise BadRequest("excludeColumn leaves no column to export.")
        return places

    def titles(self, columns: Sequence[Column]) -> list[str] | None:
        """Give the header, or None where there is to be none."""
        if self.header == "none":
            return None
        renamed = {column.name: title for name, title in self.aliases.items() if (column := find_column(columns, name))}
        uses_captions = self.header == "caption"
        return [renamed.get(each.name, each.caption if uses_captions else each.name) for each in columns]


def read(parameters: Parameters, form_name: str | None, default_header: str) -> ExportOptions:
    """Read the options; `form_name` is what the action says, else the parameter `format` does. Raise `BadRequest`."""
    form = _form(form_name or parameters.text("format", default="csv"))
    text = _text(parameters, form)
    if form.name == "tsv" and text.delimiter != "\t":
        form = FORMS["csv"]
    header = parameters.text("headerType", default=default_header).strip().lower() or default_header
    if header not in _HEADERS:
        raise BadRequest(f"Could not parse parameter 'headerType': it is one of {', '.join(_HEADERS)}.")
    excluded = tuple(_names(parameters.all("excludeColumn", "query.excludeColumn")))
    return ExportOptions(form, text, header, dict(_aliases(parameters)), excluded)


def _form(name: str) -> Form:
    form = FORMS.get(name.strip().lower())
    if form is None:
        raise BadRequest(f"There is no format '{name[:30]}'. Formats are {', '.join(FORMS)}.")
    return form


def _text(parameters: Parameters, form: Form) -> TextForm:
    text = TSV if form.name == "tsv" else CSV
    delimiter = _choice(parameters, "delim", _DELIMITERS, text.delimiter)
    return replace(
        text,
        delimiter=delimiter,
        quote=_choice(parameters, "quote", _QUOTES, text.quote),
        line_end="\n" if delimiter == "\t" else "\r\n",
        is_guarded=parameters.flag("guardFormulas"),
        has_mark=parameters.flag("byteOrderMark"),
    )


def _choice(parameters: Parameters, name: str, choices: dict[str, str], default: str) -> str:
    word = parameters.text(name).strip().lower()
    if not word:
        return default
    if word not in choices:
        raise BadRequest(f"Could not parse parameter '{name}': it is one of {', '.join(choices).upper()}.")
    return choices[word]


def _names(values: Sequence[object]) -> Iterator[str]:
    for value in values:
        yield from (name.strip() for name in str(value).split(",") if name.strip())


def _aliases(parameters: Parameters) -> Iterator[tuple[str, str]]:
    for name, value in parameters:
        if name.lower().startswith(_ALIAS) and isinstance(value, str) and value.strip():
            yield name[len(_ALIAS) :], value
