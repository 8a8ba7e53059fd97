"""Scripts that fetch the rows as a file: curl, Julia, Stata and DuckDB. What was chosen stands in the URL alone."""

from keyhouse.scripts.quoting import julia, shell
from keyhouse.scripts.selection import Selection, commented


def write_url(rows: Selection) -> str:
    """Write the address that shows these rows for as long as the query is there."""
    return f"The address below shows these rows, with their columns, filters and sort:\n{rows.page_url}\n"


def write_curl(rows: Selection) -> str:
    """Write a shell script that saves the rows as CSV."""
    head = commented(rows.preface(), "#")
    return "\n".join(["#!/bin/sh", *head, "", _curl(rows, "csv", "rows.csv"), ""])


def write_duckdb(rows: Selection) -> str:
    """Write a shell script that loads the rows into a table of DuckDB."""
    form = "parquet" if rows.has_arrow else "csv"
    head = commented(rows.preface("Needs curl and duckdb; leaves the table rows in rows.duckdb."), "#")
    command = f"duckdb rows.duckdb \"CREATE OR REPLACE TABLE rows AS FROM 'rows.{form}'; FROM rows LIMIT 10;\""
    return "\n".join(["#!/bin/sh", *head, "", "set -e", _curl(rows, form, f"rows.{form}"), command, ""])


def write_julia(rows: Selection) -> str:
    """Write a script for Julia: Downloads, of its standard library, reads the netrc file by itself."""
    head = commented(rows.preface("Once, after pressing ]: add CSV DataFrames"), "#")
    fetch = f"file = Downloads.download({julia(rows.file_url('csv'))})"
    read = "labkey_data = CSV.read(file, DataFrame)"
    return "\n".join([*head, "", "using CSV, DataFrames, Downloads", "", fetch, read, "first(labkey_data, 10)", ""])


def write_stata(rows: Selection) -> str:
    """Write a do-file: curl fetches the rows, as Stata itself reads no netrc file; no shell sees the address."""
    head = commented(rows.preface("Needs curl, which Windows, macOS and Linux have."), "//")
    lines = [
        "version 16",
        "tempfile request rows",
        "tempname file",
        "file open `file' using `\"`request'\"', write text",
        f'file write `file\' `"url = "{rows.file_url("csv")}""\' _n',
        "file close `file'",
        'shell curl --netrc --fail --silent --show-error --config "`request\'" --output "`rows\'"',
        'import delimited using "`rows\'", clear varnames(1) case(preserve) bindquote(strict) encoding(utf-8)',
        "list in 1/10",
    ]
    return "\n".join([*head, "", *lines, ""])


def _curl(rows: Selection, form: str, file: str) -> str:
    return f"curl --netrc --fail --silent --show-error --output {file} \\\n  {shell(rows.file_url(form))}"
