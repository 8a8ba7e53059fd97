"""A site with data: the published studies in a folder that analysts may read."""

from typing import Any

import pytest

from keyhouse.demo_data import database
from tests.site import OPERATOR

STUDY = "/home/Liver study"


@pytest.fixture
def study(site: Any) -> Any:
    """The folder with the source ``clinical``; it inherits from /home, which everybody signed in may read."""
    folder = site.folders.add(STUDY, OPERATOR, description="Published studies")
    path = site.boot.data / "clinical.sqlite3"
    database.build(path)
    site.sources.add("clinical", f"sqlite:///{path}", folder, OPERATOR)
    return folder


@pytest.fixture
def closed(site: Any) -> Any:
    """A folder that nobody but administrators may see."""
    folder = site.folders.add("/Shared/Closed", OPERATOR)
    site.folders.set_inheritance(folder, False, OPERATOR)
    return folder
