"""The languages of "Export, Script"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keyhouse.scripts.files import write_curl, write_duckdb, write_julia, write_stata, write_url
from keyhouse.scripts.java import write_java
from keyhouse.scripts.javascript import write_javascript
from keyhouse.scripts.perl import write_perl
from keyhouse.scripts.python import write_python
from keyhouse.scripts.r import write_r
from keyhouse.scripts.sas import write_sas
from keyhouse.scripts.selection import Selection


@dataclass(frozen=True)
class Language:
    """One language: its `scriptType` in the API, what people call it, and what writes it."""

    type: str
    title: str
    write: Callable[[Selection], str]

    @property
    def has_key_from_netrc(self) -> bool:
        """Tell whether what is written reads a netrc file; an address is opened by a browser."""
        return self.type != "url"


LANGUAGES = {
    language.type: language
    for language in (
        Language("r", "R", write_r),
        Language("py", "Python", write_python),
        Language("js", "JavaScript", write_javascript),
        Language("java", "Java", write_java),
        Language("pl", "Perl", write_perl),
        Language("sas", "SAS", write_sas),
        Language("url", "Stable URL", write_url),
        Language("curl", "curl", write_curl),
        Language("julia", "Julia", write_julia),
        Language("stata", "Stata", write_stata),
        Language("duckdb", "DuckDB", write_duckdb),
    )
}
