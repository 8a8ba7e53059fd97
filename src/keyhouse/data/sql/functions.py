"""The functions of LabKey SQL, each with what it becomes in PostgreSQL and in SQLite. No other function passes.

In SQLite most become functions of ours (`sqlite_functions.py`), which behave as PostgreSQL's do. `a0`, `a1`, ... are
the arguments; dots are all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyhouse.data.columns import Kind

S, I, F, B, D = Kind.STRING, Kind.INT, Kind.FLOAT, Kind.BOOLEAN, Kind.DATE  # noqa: E741


@dataclass(frozen=True, slots=True)
class Function:
    """`kinds` are those of the arguments, the last one for all that follow; None there takes any kind, all the same.

    `result` None is the kind of the arguments. `most` None has no end.
    """

    postgres: str
    sqlite: str
    kinds: tuple[Kind | None, ...]
    result: Kind | None
    least: int
    most: int | None
    meaning: str

    def kind_of(self, place: int) -> Kind | None:
        """Return the kind of an argument."""
        return self.kinds[min(place, len(self.kinds) - 1)] if self.kinds else None


def _function(
    postgres: str,
    sqlite: str,
    kinds: str,
    result: Kind | None,
    meaning: str,
    least: int | None = None,
    endless: bool = False,
) -> Function:
    letters = {"s": S, "i": I, "f": F, "b": B, "d": D, "*": None}
    taken = tuple(letters[letter] for letter in kinds)
    return Function(
        postgres,
        sqlite,
        taken,
        result,
        len(kinds) if least is None else least,
        None if endless else len(kinds),
        meaning,
    )


def _number(postgres: str, sqlite: str, meaning: str) -> Function:
    return _function(postgres, sqlite, "f", F, meaning)


def _part(name: str, meaning: str, postgres: str = "") -> Function:
    text = postgres or f"cast(date_part('{name}', a0) as bigint)"
    return _function(text, f"keyhouse_part('{name}', a0)", "d", I, meaning)


_LONGEST_TEXT = 1_000_000
_MONTHS = "cast(date_part('year', age(a1, a0)) * 12 + date_part('month', age(a1, a0)) as bigint)"

FUNCTIONS: dict[str, Function] = {
    # numbers
    "ABS": _number("abs(a0)", "abs(a0)", "the number without its sign"),
    "ACOS": _number("acos(a0)", "keyhouse_math('acos', a0)", "arc cosine, in radians"),
    "ASIN": _number("asin(a0)", "keyhouse_math('asin', a0)", "arc sine, in radians"),
    "ATAN": _number("atan(a0)", "keyhouse_math('atan', a0)", "arc tangent, in radians"),
    "ATAN2": _function("atan2(a0, a1)", "keyhouse_math('atan2', a0, a1)", "ff", F, "arc tangent of y/x, in radians"),
    "CEILING": _number("ceil(a0)", "keyhouse_math('ceil', a0)", "the next whole number that is not smaller"),
    "COS": _number("cos(a0)", "keyhouse_math('cos', a0)", "cosine"),
    "COT": _number("cot(a0)", "keyhouse_math('cot', a0)", "cotangent"),
    "DEGREES": _number("degrees(a0)", "keyhouse_math('degrees', a0)", "radians as degrees"),
    "EXP": _number("exp(a0)", "keyhouse_math('exp', a0)", "e to the power of the number"),
    "FLOOR": _number("floor(a0)", "keyhouse_math('floor', a0)", "the next whole number that is not greater"),
    "LOG": _number("ln(a0)", "keyhouse_math('log', a0)", "natural logarithm"),
    "LOG10": _number("log(a0)", "keyhouse_math('log10', a0)", "logarithm to the base 10"),
    "MOD": _function(
        "cast(mod(cast(a0 as decimal), nullif(cast(a1 as decimal), 0)) as double)",
        "keyhouse_math('mod', a0, a1)",
        "ff",
        F,
        "what remains of a division; null for a division by 0",
    ),
    "PI": _function("pi()", "keyhouse_math('pi')", "", F, "3.14159..."),
    "POWER": _function("power(a0, a1)", "keyhouse_math('power', a0, a1)", "ff", F, "a number to a power"),
    "RADIANS": _number("radians(a0)", "keyhouse_math('radians', a0)", "degrees as radians"),
    "ROUND": _function(
        "cast(round(cast(a0 as decimal), cast(a1 as int)) as double)",
        "keyhouse_round(a0, a1)",
        "fi",
        F,
        "rounded to a number of decimals (by default none), halves away from 0",
        least=1,
    ),
    "SIGN": _number("sign(a0)", "keyhouse_math('sign', a0)", "-1, 0 or 1"),
    "SIN": _number("sin(a0)", "keyhouse_math('sin', a0)", "sine"),
    "SQRT": _number("sqrt(a0)", "keyhouse_math('sqrt', a0)", "square root"),
    "TAN": _number("tan(a0)", "keyhouse_math('tan', a0)", "tangent"),
    "TRUNCATE": _function(
        "cast(trunc(cast(a0 as decimal), cast(a1 as int)) as double)",
        "keyhouse_truncate(a0, a1)",
        "fi",
        F,
        "cut off after a number of decimals",
    ),
    # texts
    "CONCAT": _function("a0 || a1", "a0 || a1", "ss", S, "one text after the other; null if one is null"),
    "LCASE": _function("lower(a0)", "keyhouse_lower(a0)", "s", S, "in lower case"),
    "LEFT": _function(
        "left(a0, cast(greatest(a1, 0) as int))", "keyhouse_left(a0, a1)", "si", S, "the first characters"
    ),
    "LENGTH": _function("cast(length(a0) as bigint)", "length(a0)", "s", I, "how many characters"),
    "LOCATE": _function(
        "cast(case when a2 <= 1 then strpos(a1, a0) when strpos(substr(a1, cast(a2 as int)), a0) > 0 then"
        " strpos(substr(a1, cast(a2 as int)), a0) + a2 - 1 else 0 end as bigint)",
        "keyhouse_locate(a0, a1, a2)",
        "ssi",
        I,
        "where the first text stands in the second (from a place on), 0 for nowhere",
        least=2,
    ),
    "LOWER": _function("lower(a0)", "keyhouse_lower(a0)", "s", S, "in lower case"),
    "LTRIM": _function("ltrim(a0)", "ltrim(a0)", "s", S, "without blanks in front"),
    "REPEAT": _function(
        f"case when length(a0) * a1 <= {_LONGEST_TEXT} then repeat(a0, cast(a1 as int)) end",
        "keyhouse_repeat(a0, a1)",
        "si",
        S,
        f"a text several times; null beyond {_LONGEST_TEXT} characters",
    ),
    "REPLACE": _function(
        f"case when cast(length(a0) as bigint) * length(a2) <= {_LONGEST_TEXT} then replace(a0, a1, a2) end",
        "keyhouse_replace(a0, a1, a2)",
        "sss",
        S,
        "each second text in the first as the third; null where that could be too long",
    ),
    "RIGHT": _function(
        "right(a0, cast(greatest(a1, 0) as int))", "keyhouse_right(a0, a1)", "si", S, "the last characters"
    ),
    "RTRIM": _function("rtrim(a0)", "rtrim(a0)", "s", S, "without blanks behind"),
    "STARTSWITH": _function(
        "starts_with(lower(a0), lower(a1))", "keyhouse_startswith(a0, a1)", "ss", B, "begins with, in any letter case"
    ),
    "SUBSTRING": _function(
        "substr(a0, cast(a1 as int), cast(greatest(a2, 0) as int))",
        "keyhouse_substring(a0, a1, a2)",
        "sii",
        S,
        "from a place on (1 is the first), at most so many characters",
        least=2,
    ),
    "UCASE": _function("upper(a0)", "keyhouse_upper(a0)", "s", S, "in upper case"),
    "UPPER": _function("upper(a0)", "keyhouse_upper(a0)", "s", S, "in upper case"),
    # dates
    "AGE_IN_MONTHS": _function(
        _MONTHS, "keyhouse_months(a0, a1)", "dd", I, "whole months from the first date to the second"
    ),
    "AGE_IN_YEARS": _function(
        "cast(date_part('year', age(a1, a0)) as bigint)",
        "keyhouse_months(a0, a1) / 12",
        "dd",
        I,
        "whole years from the first date to the second",
    ),
    "DAYNAME": _function("to_char(a0, 'FMDay')", "keyhouse_day_name(a0)", "d", S, "Monday, Tuesday, ..."),
    "DAYOFMONTH": _part("day", "the day of the month"),
    "DAYOFWEEK": _part("dow", "the day of the week, 1 is Sunday", "cast(date_part('dow', a0) + 1 as bigint)"),
    "DAYOFYEAR": _part("doy", "the day of the year"),
    "HOUR": _part("hour", "the hour"),
    "MINUTE": _part("minute", "the minute"),
    "MONTH": _part("month", "the month"),
    "MONTHNAME": _function("to_char(a0, 'FMMonth')", "keyhouse_month_name(a0)", "d", S, "January, February, ..."),
    "QUARTER": _part("quarter", "the quarter of the year"),
    "SECOND": _part("second", "the second", "cast(floor(date_part('second', a0)) as bigint)"),
    "WEEK": _part("week", "the week of the year (ISO 8601)"),
    "YEAR": _part("year", "the year"),
    # choices
    "COALESCE": _function("coalesce(...)", "coalesce(...)", "*", None, "the first that is not null", 1, endless=True),
    "GREATEST": _function(
        "greatest(...)", "keyhouse_greatest(...)", "*", None, "the greatest; nulls are passed over", 1, endless=True
    ),
    "IFNULL": _function("coalesce(a0, a1)", "coalesce(a0, a1)", "**", None, "the second where the first is null"),
    "ISEQUAL": _function("a0 is not distinct from a1", "a0 is not distinct from a1", "**", B, "equal, or both null"),
    "LEAST": _function(
        "least(...)", "keyhouse_least(...)", "*", None, "the least; nulls are passed over", 1, endless=True
    ),
    "NULLIF": _function("nullif(a0, a1)", "nullif(a0, a1)", "**", None, "null where both are equal"),
}

DEFAULTS: dict[str, int] = {"ROUND": 0, "LOCATE": 1, "SUBSTRING": 2**31 - 1}
"""The last argument where it is left out."""

AGGREGATES: dict[str, tuple[str, str, Kind | None, Kind | None, str]] = {
    # PostgreSQL, SQLite, kind of the argument (None: any), kind of the result (None: as the argument), meaning
    "AVG": ("avg(a0)", "avg(a0)", F, F, "the mean"),
    "COUNT": ("count(a0)", "count(a0)", None, I, "how many are not null; `COUNT(*)` counts rows"),
    "MAX": ("max(a0)", "max(a0)", None, None, "the greatest"),
    "MEDIAN": (
        "percentile_cont(0.5) within group (order by a0)",
        "keyhouse_median(a0)",
        F,
        F,
        "the value in the middle",
    ),
    "MIN": ("min(a0)", "min(a0)", None, None, "the least"),
    "STDDEV": ("stddev_samp(a0)", "keyhouse_stddev(a0)", F, F, "the standard deviation of a sample"),
    "STDDEV_POP": ("stddev_pop(a0)", "keyhouse_stddev_pop(a0)", F, F, "the standard deviation of a population"),
    "STDDEV_SAMP": ("stddev_samp(a0)", "keyhouse_stddev(a0)", F, F, "the standard deviation of a sample"),
    "STDERR": (
        "stddev_samp(a0) / sqrt(count(a0))",
        "keyhouse_stderr(a0)",
        F,
        F,
        "the standard error of the mean",
    ),
    "SUM": ("sum(a0)", "sum(a0)", None, None, "the sum"),
    "VARIANCE": ("var_samp(a0)", "keyhouse_variance(a0)", F, F, "the variance of a sample"),
    "VAR_POP": ("var_pop(a0)", "keyhouse_var_pop(a0)", F, F, "the variance of a population"),
    "VAR_SAMP": ("var_samp(a0)", "keyhouse_variance(a0)", F, F, "the variance of a sample"),
}

REFUSED: dict[str, str] = {
    "JAVACONSTANT": "JAVACONSTANT() reads classes of LabKey's own program, which Keyhouse does not have.",
    "MODULEPROPERTY": "MODULEPROPERTY() reads properties of LabKey modules, which Keyhouse does not have.",
    "CURTIME": "CURTIME() tells a time without a day, for which clients have no type; use NOW().",
    "RAND": "RAND() gives other rows at each look, so that pages of an answer would not fit together.",
}
"""Functions that LabKey has and Keyhouse refuses, each with the sentence that says why."""
