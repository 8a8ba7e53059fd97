"""What each of the two endpoints can do, whatever its resources are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from scim2_models import Resource


class Endpoint(Protocol):
    """People or groups, for one call. A row is an account with what the directory says of it."""

    @property
    def name(self) -> str:
        """The last part of its address."""
        ...

    @property
    def model(self) -> type[Resource[Any]]:
        """What its resources are."""
        ...

    def rows(self, must_be: Mapping[str, str]) -> Any:
        """Return a query for the accounts that a directory may see, narrowed by what a filter says outright."""
        ...

    def told(self, accounts: Iterable[Any], without: Sequence[str] = ()) -> Sequence[Resource[Any]]:
        """Return accounts as resources, without what is costly and was excluded: then without a version."""
        ...

    def create(self, wanted: Any) -> Any:
        """Make an account and return it."""
        ...

    def change(self, account: Any, wanted: Any) -> None:
        """Let an account be as wanted."""
        ...

    def delete(self, account: Any) -> None:
        """Take an account away."""
        ...
