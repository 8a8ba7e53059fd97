"""A script for Perl with the module LabKey::Query."""

from keyhouse.scripts.quoting import perl as text
from keyhouse.scripts.selection import Selection, commented

_PRINT = """\
# Tab-delimited, with the names of the columns above
my @fields = map { $_->{name} } @{$results->{metaData}->{fields}};
print join("\\t", @fields), "\\n";

foreach my $row (@{$results->{rows}}) {
    my @line;
    foreach my $field (@fields) {
        my $cell = $row->{$field};
        my $value = ref($cell) eq 'HASH' ? $cell->{value} : $cell;
        push @line, defined($value) ? $value : '';
    }
    print join("\\t", @line), "\\n";
}
"""


def write_perl(rows: Selection) -> str:
    """Write the script."""
    head = commented(rows.preface("Once: cpan LabKey::Query", *rows.lacks), "#")
    opening = ["#!/usr/bin/perl", *head, "", "use strict;", "use warnings;", "use LabKey::Query;", ""]
    unicode = "binmode(STDOUT, ':encoding(UTF-8)');"
    return "\n".join([*opening, unicode, "", *_call(rows), "", _PRINT])


def _call(rows: Selection) -> list[str]:
    arguments = [
        f"-baseUrl => {text(rows.place.base_url)}",
        f"-containerPath => {text(rows.place.folder)}",
        f"-schemaName => {text(rows.schema)}",
        f"-queryName => {text(rows.query)}",
        *([f"-viewName => {text(rows.view)}"] if rows.view else []),
        *([f"-columns => {text(','.join(rows.columns))}"] if rows.columns else []),
        *_list(
            "-filterArray", [f"[{text(each.column)}, {text(each.op)}, {text(each.value)}]" for each in rows.filters]
        ),
        *([f"-sort => {text(rows.sort)}"] if rows.sort else []),
        *([f"-containerFilterName => {text(rows.container_filter)}"] if rows.container_filter else []),
        *_list("-parameters", [f"[{text(name)}, {text(value)}]" for name, value in rows.parameters]),
        "-requiredVersion => 9.1",
    ]
    return ["my $results = LabKey::Query::selectRows(", *(f"    {each}," for each in arguments), ");"]


def _list(name: str, items: list[str]) -> list[str]:
    return [f"{name} => [\n" + "".join(f"        {item},\n" for item in items) + "    ]"] if items else []
