"""A text becomes a tree, within bounds that hold before and while it is parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from keyhouse.data.columns import Kind
from keyhouse.data.sql.dialect import LabKeySql
from keyhouse.data.sql.errors import BadStatement
from keyhouse.data.sql.types import kind_named

LONGEST = 100_000
MOST_TOKENS = 20_000
DEEPEST = 24
_OPENING = {TokenType.L_PAREN, TokenType.CASE, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.END, TokenType.R_BRACE}
_PREFIXES = {TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE}
Trees: TypeAlias = Sequence[exp.Expr | None]
TOO_DEEP = "This statement is nested too deeply; write it with a WITH clause or as several queries."


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: `PARAMETERS (MinTemp DECIMAL DEFAULT 37)`. `default` is the text of its value."""

    name: str
    kind: Kind
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement as a tree of the parser's, with nothing resolved yet."""

    text: str
    parameters: tuple[Parameter, ...]
    tree: exp.Expr


def parse_statement(text: str) -> Parsed:
    """Parse one SELECT, with the parameters that it declares. Raise BadStatement."""
    tokens = _tokens(text)
    parameters, tokens = _parameters(tokens)
    return Parsed(text, parameters, _tree(tokens, text))


def parse_expression(text: str) -> exp.Expr:
    """Parse one expression, as in a WHERE clause. Raise BadStatement."""
    tokens = _tokens(text)
    trees = _guarded(lambda: _parser().parse_into(exp.Condition, tokens, text))
    return _single(trees, tokens)


def _tokens(text: str) -> list[Token]:
    if len(text) > LONGEST:
        raise BadStatement(f"A statement has at most {LONGEST} characters, this one has {len(text)}.")
    if any("\ud800" <= character <= "\udfff" or character == "\0" for character in text):
        raise BadStatement("The statement has a character that no database can hold.")
    try:
        tokens = list(LabKeySql().tokenize(text))
    except TokenError as error:
        raise _unfinished(text, error) from None
    if len(tokens) > MOST_TOKENS:
        raise BadStatement(f"A statement has at most {MOST_TOKENS} words and signs, this one has {len(tokens)}.")
    _check_depth(tokens)
    if not tokens:
        raise BadStatement("The statement is empty; a SELECT was expected.")
    return tokens


def _unfinished(text: str, error: TokenError) -> BadStatement:
    line = text.count("\n") + 1
    column = len(text) - text.rfind("\n")
    reason = "a quote or a comment is not closed" if "issing" in str(error) or "rror" in str(error) else "it ends early"
    return BadStatement(f"Syntax error: {reason}.", line, max(column - 1, 1))


def _check_depth(tokens: Sequence[Token]) -> None:
    """Bound what the parser, and all who walk its tree, must recurse into."""
    depth = prefixes = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        prefixes = prefixes + 1 if token.token_type in _PREFIXES else 0
        if depth > DEEPEST or prefixes > DEEPEST:
            raise BadStatement(TOO_DEEP, token.line, token.col)


def _tree(tokens: list[Token], text: str) -> exp.Expr:
    return _single(_guarded(lambda: _parser().parse(tokens, text)), tokens)


def _single(trees: Sequence[exp.Expr | None], tokens: Sequence[Token]) -> exp.Expr:
    found = [tree for tree in trees if tree is not None]
    if len(found) != 1:
        token = next((each for each in tokens if each.token_type is TokenType.SEMICOLON), tokens[-1])
        raise BadStatement("One statement is expected, nothing may follow it.", token.line, token.col)
    return found[0]


def _parser() -> LabKeySql.Parser:
    return LabKeySql.Parser(error_level=ErrorLevel.IMMEDIATE, dialect=LabKeySql())


def _guarded(parse: Callable[[], Trees]) -> Trees:
    try:
        return parse()
    except ParseError as error:
        found = error.errors[0] if error.errors else {}
        near = str(found.get("highlight") or "").strip()[:100]
        said = _said(str(found.get("description") or ""))
        expected = f" ({said})" if said else ""
        text = f"Syntax error near '{near}'{expected}." if near else f"Syntax error{expected}."
        line, column = int(found.get("line") or 0), int(found.get("col") or 0)
        raise BadStatement(text, line, max(column - len(near) + 1, 1)) from None
    except RecursionError:
        raise BadStatement(TOO_DEEP) from None


def _said(description: str) -> str:
    """Say what the parser expected, in words that are not its own program's."""
    if description.startswith("Required keyword"):
        return "something is missing here"
    said = re.split(r"<|sqlglot| but got ", description)[0].strip().rstrip(".")
    return "" if said.startswith("Invalid expression") else said


def _parameters(tokens: list[Token]) -> tuple[tuple[Parameter, ...], list[Token]]:
    if tokens[0].text.upper() != "PARAMETERS" or len(tokens) < 2 or tokens[1].token_type is not TokenType.L_PAREN:
        return (), tokens
    reader = _Declarations(tokens)
    return reader.read(), tokens[reader.place :]


class _Declarations:
    """Reads `PARAMETERS (name TYPE [DEFAULT constant], ...)`."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self.place = 2

    def read(self) -> tuple[Parameter, ...]:
        found: dict[str, Parameter] = {}
        while True:
            parameter = self._declaration()
            if parameter.name.casefold() in found:
                raise self._error(f"Parameter '{parameter.name}' is declared twice")
            found[parameter.name.casefold()] = parameter
            token = self._next("',' or ')'")
            if token.token_type is TokenType.R_PAREN:
                break
            if token.token_type is not TokenType.COMMA:
                raise self._error("Syntax error in PARAMETERS: ',' or ')' was expected")
        if self.place >= len(self._tokens):
            raise self._error("A SELECT was expected after PARAMETERS")
        return tuple(found.values())

    def _declaration(self) -> Parameter:
        name = self._next("a name").text
        kind = kind_named(self._next("a type").text)
        if kind is None:
            raise self._error(f"Unknown type '{self._tokens[self.place - 1].text[:50]}' of parameter '{name[:100]}'")
        if self._peek(TokenType.L_PAREN):
            self.place += 1
            self._next("a length")
            if self._next("')'").token_type is not TokenType.R_PAREN:
                raise self._error("Syntax error in PARAMETERS: ')' was expected")
        return Parameter(name, kind, self._default())

    def _default(self) -> str | None:
        if not self._peek(TokenType.DEFAULT):
            return None
        self.place += 1
        token = self._next("a constant")
        sign = ""
        if token.token_type is TokenType.DASH:
            sign, token = "-", self._next("a number")
        if token.token_type is TokenType.NULL:
            return None
        if token.token_type not in {TokenType.STRING, TokenType.NUMBER, TokenType.TRUE, TokenType.FALSE}:
            raise self._error("Syntax error in PARAMETERS: a constant was expected after DEFAULT")
        return sign + token.text

    def _peek(self, type_: TokenType) -> bool:
        return self.place < len(self._tokens) and self._tokens[self.place].token_type is type_

    def _next(self, what: str) -> Token:
        if self.place >= len(self._tokens):
            raise self._error(f"Syntax error in PARAMETERS: {what} was expected")
        self.place += 1
        return self._tokens[self.place - 1]

    def _error(self, text: str) -> BadStatement:
        token = self._tokens[min(self.place, len(self._tokens)) - 1]
        return BadStatement(text + ("" if text.endswith(".") else "."), token.line, token.col)
