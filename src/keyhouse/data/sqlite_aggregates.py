"""Aggregates that SQLite lacks, as PostgreSQL has them. Nulls are passed over."""

from __future__ import annotations

import math
import statistics
from typing import Any, ClassVar, Protocol


class Aggregate(Protocol):
    """What SQLite calls for each row of a group, and at its end."""

    def step(self, *values: Any) -> None: ...

    def finalize(self) -> Any: ...


class _Collected:
    """An aggregate over all numbers of a group."""

    least: ClassVar[int] = 1

    def __init__(self) -> None:
        self._values: list[float] = []

    def step(self, value: float | None) -> None:
        if value is not None:
            self._values.append(float(value))

    def finalize(self) -> float | None:
        return float(self.result(self._values)) if len(self._values) >= self.least else None

    def result(self, values: list[float]) -> float:
        return statistics.median(values)


class _Spread(_Collected):
    """The spread of a group: deviation, variance and error of the mean."""

    least = 2

    def result(self, values: list[float]) -> float:
        return statistics.stdev(values)


class _Variance(_Spread):
    def result(self, values: list[float]) -> float:
        return statistics.variance(values)


class _Error(_Spread):
    def result(self, values: list[float]) -> float:
        return statistics.stdev(values) / math.sqrt(len(values))


class _PopulationSpread(_Collected):
    def result(self, values: list[float]) -> float:
        return statistics.pstdev(values)


class _PopulationVariance(_Collected):
    def result(self, values: list[float]) -> float:
        return statistics.pvariance(values)


class _Joined:
    """The texts of a group, sorted, with a separator between; null where they are none, or too long together."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._separator = ""

    def step(self, value: Any, separator: str) -> None:
        self._separator = separator
        if value is not None:
            self._texts.append(str(value))

    def finalize(self) -> str | None:
        texts = self.chosen(self._texts)
        return self._separator.join(sorted(texts)) if texts else None

    def chosen(self, texts: list[str]) -> list[str]:
        return texts


class _JoinedDistinct(_Joined):
    def chosen(self, texts: list[str]) -> list[str]:
        return list(set(texts))


AGGREGATES: dict[str, tuple[type[Aggregate], int]] = {
    "keyhouse_median": (_Collected, 1),
    "keyhouse_stddev": (_Spread, 1),
    "keyhouse_stddev_pop": (_PopulationSpread, 1),
    "keyhouse_stderr": (_Error, 1),
    "keyhouse_variance": (_Variance, 1),
    "keyhouse_var_pop": (_PopulationVariance, 1),
    "keyhouse_group_concat": (_Joined, 2),
    "keyhouse_group_concat_distinct": (_JoinedDistinct, 2),
}
