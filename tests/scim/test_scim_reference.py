"""The reference says what the service says of itself."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "scim.md").read_text()


def section(title):
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.fixture
def service(site):
    from keyhouse.scim import discovery

    return discovery


def test_every_attribute_is_in_the_reference_and_no_other(service):
    published = {
        f"{schema.name}.{attribute.name}" for schema in service.PROVIDER.schemas for attribute in schema.attributes
    }
    rows = re.findall(r"^\| `([A-Z][A-Za-z]+\.[A-Za-z]+)`", section("Attributes"), re.M)
    common = {f"{kind}.{name}" for kind in ("User", "Group") for name in ("id", "externalId", "meta", "schemas")}
    assert set(rows) == published - common
    assert len(rows) == len(set(rows))


def test_the_bounds_are_in_the_reference(service):
    from keyhouse.scim.body import MOST_BYTES
    from keyhouse.scim.finding import LONGEST_FILTER

    assert f"at most {service.MOST_RESULTS} resources" in section("Lists").replace("\n", " ")
    assert f"up to {LONGEST_FILTER} characters" in section("Lists")
    assert f"{MOST_BYTES // 2**20} MiB" in section("Changes")


def test_every_endpoint_and_method_of_the_reference_answers(directory):
    person, group = directory.add("ana@example.org"), directory.add_group("Analysts")
    for line in re.findall(r"^\| (`/.*) \| ([A-Z].*) \|$", section("Endpoints"), re.M):
        methods = {method.strip() for method in re.sub(r"\(.*?\)", "", line[1]).split(",")}
        for path in re.findall(r"`([^`]+)`", line[0]):
            number = (person if path.startswith("/Users") else group)["id"]
            for method in ("GET", "POST", "PUT", "PATCH"):
                status = directory.send(method, path.replace("{id}", number), {} if method != "GET" else None).status
                assert (status == 405) is (method not in methods), (path, method, status)
