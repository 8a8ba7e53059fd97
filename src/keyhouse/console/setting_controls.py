"""Site settings as the controls of a form: what each shows, and what was entered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keyhouse.console.show import Problems
from keyhouse.core.expiry import CHOICES, in_words
from keyhouse.siteconfig import OPTIONS, SiteOption, SiteSettingError, store
from keyhouse.web.call import Call

LIFE = "apiKeyExpirationSeconds"
_KNOWN = {option.name: option for option in OPTIONS}


@dataclass(frozen=True)
class Control:
    """One setting on the form. `kind` is ``flag``, ``choice``, ``number`` or ``text``."""

    option: SiteOption
    kind: str
    value: Any
    problem: str
    choices: tuple[tuple[int | str, str], ...] = ()

    @property
    def help(self) -> str:
        """What the setting means; for a number of seconds, how long that is."""
        if self.option.name == LIFE:
            return "The longest life of a new key; its owner may choose less. Existing keys keep their expiry."
        is_time = self.option.name.endswith("Seconds") and isinstance(self.value, int)
        long = in_words(self.value) if is_time else ""
        return (
            f"{self.option.doc} Now: {long}." if long and not long.endswith(("second", "seconds")) else self.option.doc
        )


def values_now(call: Call, names: Iterable[str]) -> dict[str, Any]:
    """Return the values of these settings at this moment."""
    return {name: getattr(call.settings, _KNOWN[name].field) for name in names}


def entered(call: Call, before: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return what a form says of the settings in `before`, and what is wrong with it."""
    values: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for name, old in before.items():
        # An unchecked box is absent from a form; any other absent setting stays as it is.
        is_flag = isinstance(_KNOWN[name].default, bool)
        text = call.parameters.raw(name)
        if text is None and not is_flag:
            values[name] = old
            continue
        try:
            values[name] = store.parse(name, str(text) if text is not None else "false")
        except SiteSettingError as error:
            values[name] = text
            problems.append((name, str(error)))
    return values, problems


def controls_of(names: Sequence[str], values: Mapping[str, Any], problems: Problems = ()) -> list[Control]:
    """Return the controls of these settings, in this order."""
    faults = dict(problems)
    return [_control(_KNOWN[name], values[name], faults.get(name, "")) for name in names]


def _control(option: SiteOption, value: Any, problem: str) -> Control:
    if option.name == LIFE:
        return Control(option, "choice", value, problem, tuple(_lives(value)))
    if option.choices:
        return Control(option, "choice", value, problem, tuple((each, each) for each in option.choices))
    kinds = {bool: "flag", int: "number", str: "text"}
    return Control(option, kinds[type(option.default)], value, problem)


def _lives(value: Any) -> Iterable[tuple[int, str]]:
    # A life that was set by command and is none of the usual ones is offered as it is.
    yield from CHOICES.items()
    if isinstance(value, int) and value not in CHOICES:
        yield value, in_words(value)
