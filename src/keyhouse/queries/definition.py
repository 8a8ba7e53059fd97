"""What a custom view says, read from the JSON that clients send (`saveQueryViews`) and from the store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MOST_COLUMNS, _MOST_FILTERS, _MOST_SORTS, _MOST_AGGREGATES = 2000, 200, 50, 500
_LONGEST_KEY, _LONGEST_TITLE, _LONGEST_VALUE = 1000, 500, 100_000
_DESCENDING = {"-", "desc", "descending"}


class ViewError(ValueError):
    """A view cannot be saved as asked; the text names the member that is wrong."""


@dataclass(frozen=True)
class ViewColumn:
    """One column of a view; an empty title leaves the column's own."""

    field_key: str
    title: str = ""


@dataclass(frozen=True)
class ViewFilter:
    """One filter of a view: a field key, an operator of filters, and its value as text."""

    field_key: str
    op: str
    value: str = ""


@dataclass(frozen=True)
class ViewDefinition:
    """Columns, filters and sort. Aggregates are kept for the clients that draw them; no rows depend on them."""

    columns: tuple[ViewColumn, ...] = ()
    filters: tuple[ViewFilter, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    aggregates: tuple[Mapping[str, str], ...] = ()
    container_filter: str = ""

    def as_json(self) -> dict[str, Any]:
        """Write it for the store, in the form that `read` takes."""
        return {
            "columns": [
                {"fieldKey": each.field_key, **({"title": each.title} if each.title else {})} for each in self.columns
            ],
            "filter": [{"fieldKey": each.field_key, "op": each.op, "value": each.value} for each in self.filters],
            "sort": [{"fieldKey": name, "dir": "-" if descending else "+"} for name, descending in self.sort],
            "aggregates": [dict(each) for each in self.aggregates],
            "containerFilter": self.container_filter,
        }


def read(view: Mapping[str, Any], where: str = "view") -> ViewDefinition:
    """Read a view's JSON; `where` is how messages call it. Raises `ViewError`."""
    columns = tuple(_column(each, at) for each, at in _items(view, "columns", where, _MOST_COLUMNS))
    if not columns:
        raise ViewError("You must select at least one field to display in the grid.")
    providers = _items(view, "analyticsProviders", where, _MOST_AGGREGATES)
    aggregates = [*_items(view, "aggregates", where, _MOST_AGGREGATES), *providers]
    return ViewDefinition(
        columns=columns,
        filters=tuple(_filter(each, at) for each, at in _items(view, "filter", where, _MOST_FILTERS)),
        sort=tuple(_sort(each, at) for each, at in _items(view, "sort", where, _MOST_SORTS)),
        aggregates=tuple(_aggregate(each, at) for each, at in aggregates),
        container_filter=text(view, "containerFilter", where, 100),
    )


def text(members: Mapping[str, Any], name: str, where: str, longest: int = _LONGEST_KEY) -> str:
    """Return a text member, empty where there is none. Raises `ViewError` for another type, NUL or too long a text."""
    return _text(members.get(name), f"{where}.{name}", longest)


def flag(members: Mapping[str, Any], name: str, where: str, default: bool = False) -> bool:
    """Return a boolean member; ``"true"`` and ``"false"`` count as well. Raises `ViewError`."""
    value = members.get(name, default)
    if isinstance(value, str):
        value = {"true": True, "false": False, "": False, "1": True, "0": False}.get(value.strip().lower())
    if value is None and members.get(name) is None:
        return default
    if not isinstance(value, bool):
        raise ViewError(f"'{where}.{name}' must be true or false.")
    return value


def _items(view: Mapping[str, Any], name: str, where: str, most: int) -> Iterator[tuple[Any, str]]:
    items = view.get(name)
    if items is None or items == "":
        return
    if not isinstance(items, Sequence) or isinstance(items, str | bytes):
        raise ViewError(f"'{where}.{name}' must be an array.")
    if len(items) > most:
        raise ViewError(f"'{where}.{name}' has {len(items)} items; at most {most} are kept.")
    yield from ((item, f"{where}.{name}[{place}]") for place, item in enumerate(items))


def _column(item: Any, where: str) -> ViewColumn:
    if isinstance(item, str):
        return ViewColumn(_required(item, where))
    members = _object(item, where)
    return ViewColumn(_field_key(members, where), text(members, "title", where, _LONGEST_TITLE).strip())


def _filter(item: Any, where: str) -> ViewFilter:
    members = _object(item, where)
    op = text(members, "op", where, 100).strip()
    return ViewFilter(_field_key(members, where), op, text(members, "value", where, _LONGEST_VALUE))


def _sort(item: Any, where: str) -> tuple[str, bool]:
    members = _object(item, where)
    return _field_key(members, where), text(members, "dir", where, 20).strip().lower() in _DESCENDING


def _aggregate(item: Any, where: str) -> Mapping[str, str]:
    members = _object(item, where)
    names = ("type", "name", "label")
    kept = {name: text(members, name, where, _LONGEST_TITLE) for name in names if members.get(name) is not None}
    return {"fieldKey": _field_key(members, where), **kept}


def _field_key(members: Mapping[str, Any], where: str) -> str:
    """Clients send back what they were given, where the same key stands under three names."""
    for name in ("fieldKey", "key", "name"):
        if members.get(name) is not None:
            value = members[name]
            return _required("/".join(map(str, value)) if isinstance(value, list) else value, f"{where}.{name}")
    raise ViewError(f"'{where}.fieldKey' is missing.")


def _object(item: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(item, Mapping):
        raise ViewError(f"'{where}' must be an object.")
    return item


def _required(value: Any, where: str) -> str:
    found = _text(value, where, _LONGEST_KEY).strip()
    if not found:
        raise ViewError(f"'{where}' must name a column.")
    return found


def _text(value: Any, where: str, longest: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ViewError(f"'{where}' must be a text.")
    found = str(value)
    if "\0" in found:
        raise ViewError(f"'{where}' contains a NUL character.")
    if len(found) > longest:
        raise ViewError(f"'{where}' has {len(found)} characters; at most {longest} are kept.")
    return found
