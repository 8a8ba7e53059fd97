"""LabKey SQL for sqlglot: what its lexer and its parser understand. What it means, and what is refused, is elsewhere.

No function is known here by name: each call stays a call (`exp.Anonymous`) until `functions.py` allows it, so nothing
that sqlglot knows of other databases gets in.
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp, parser, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokenizer_core import TokenType


class LabKeySql(Dialect):
    """Texts stand in single quotes, names in double ones; either doubles its quote inside."""

    TYPED_DIVISION = True  # 7 / 2 is 3
    SAFE_DIVISION = True

    class Tokenizer(tokens.Tokenizer):
        QUOTES: ClassVar = ["'"]
        IDENTIFIERS: ClassVar = ['"']
        STRING_ESCAPES: ClassVar = ["'"]
        COMMENTS: ClassVar = ["--", ("/*", "*/")]

    class Parser(parser.Parser):
        COLUMN_OPERATORS: ClassVar = {TokenType.DOT: None}  # no casts by colons, no arrows into JSON
        FUNCTIONS: ClassVar = {}
        FUNCTION_PARSERS: ClassVar = {"CAST": parser.Parser.FUNCTION_PARSERS["CAST"]}
        NO_PAREN_FUNCTIONS: ClassVar = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {"CASE": parser.Parser.NO_PAREN_FUNCTION_PARSERS["CASE"]}
        ODBC_DATETIME_LITERALS: ClassVar = {"d": exp.Date, "t": exp.Time, "ts": exp.Timestamp}
