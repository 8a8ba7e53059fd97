"""Real, published clinical data for the demonstration: two trials as CSV files, and the SQLite database made of them.

`SOURCES.md` beside this file says where every number comes from, under which licence, and what was changed.
Standard library only: the demonstration must not depend on the server that it demonstrates.
"""

from keyhouse.demo_data.database import APPLICATION_ID, CONTENT_VERSION, build

__all__ = ["APPLICATION_ID", "CONTENT_VERSION", "build"]
