"""An action: one controller-action name, who may call it and how, and the function that answers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponseBase

from keyhouse.core.permissions import Permission

if TYPE_CHECKING:
    from keyhouse.web.call import Call

Handler = Callable[["Call"], "HttpResponseBase | dict[str, Any]"]


@dataclass(frozen=True)
class Action:
    """How one action is guarded.

    `permission` is needed in the folder of the URL, and one of `any_of`; `site_permission` in the root. An action that
    `is_page` answers with HTML and sends guests to the sign-in page; one that `is_file` does so for browsers alone.
    `is_csrf_exempt` is for what changes nothing, and for sign-in. Only an action that `takes_files` has those of a
    multipart body kept, and may be sent the larger bodies. One that `streams_body` reads the body itself: its
    parameters are those of the query string alone. One that `ignores_declarations` is answered before the caller has
    declared what the folder demands: it shows no data, or leads to the declaration. What is sent to one that
    `needs_fresh_sign_in` changes what matters for security; to look at its page is free. One that `is_from_elsewhere`
    is posted to by an identity provider or through the browser from its page: it proves by its own signature what a
    token of ours proves elsewhere.
    """

    name: str
    handler: Handler
    methods: frozenset[str]
    permission: Permission | None
    site_permission: Permission | None
    needs_sign_in: bool
    is_page: bool
    is_file: bool
    is_csrf_exempt: bool
    tolerates_missing_folder: bool
    takes_files: bool = False
    streams_body: bool = False
    any_of: tuple[Permission, ...] = ()
    ignores_declarations: bool = False
    needs_fresh_sign_in: bool = False
    is_from_elsewhere: bool = False


class ActionTable:
    """All actions by name; the console and the client API each fill one, the composition root joins them."""

    def __init__(self, *tables: "ActionTable") -> None:
        self._actions: dict[str, Action] = {}
        for table in tables:
            for action in table:
                self._put(action)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def find(self, name: str) -> Action | None:
        """Return the action of this name in lower case."""
        return self._actions.get(name)

    def has_controller(self, controller: str) -> bool:
        """Tell whether any action belongs to this controller."""
        return any(name.rpartition("-")[0] == controller for name in self._actions)

    def add(
        self,
        *names: str,
        methods: Iterable[str] = ("GET", "POST"),
        permission: Permission | None = None,
        site_permission: Permission | None = None,
        needs_sign_in: bool = False,
        is_page: bool = False,
        is_file: bool = False,
        is_csrf_exempt: bool = False,
        tolerates_missing_folder: bool = False,
        takes_files: bool = False,
        streams_body: bool = False,
        any_of: tuple[Permission, ...] = (),
        ignores_declarations: bool = False,
        needs_fresh_sign_in: bool = False,
        is_from_elsewhere: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register the decorated function under these names (``controller-action``, in any case)."""

        def register(handler: Handler) -> Handler:
            for name in names:
                self._put(
                    Action(
                        name.lower(),
                        handler,
                        frozenset(methods) | ({"HEAD"} if "GET" in methods else frozenset()),
                        permission,
                        site_permission,
                        needs_sign_in,
                        is_page,
                        is_file,
                        is_csrf_exempt,
                        tolerates_missing_folder,
                        takes_files,
                        streams_body,
                        any_of,
                        ignores_declarations,
                        needs_fresh_sign_in,
                        is_from_elsewhere,
                    )
                )
            return handler

        return register

    def _put(self, action: Action) -> None:
        assert action.name not in self._actions, f"two actions are named {action.name}"
        self._actions[action.name] = action
