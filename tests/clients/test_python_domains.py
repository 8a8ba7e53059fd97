"""The Python client designs lists on a live server, writes rows into them and reads them back, unmodified."""

import io

import pytest
from labkey.api_wrapper import APIWrapper
from labkey.domain import conditional_format
from labkey.exceptions import QueryNotFoundError, RequestAuthorizationError, ServerContextError
from labkey.query import QueryFilter

LISTS = "lists"
FORMAT = {
    "filter": "format.column~gte=25",
    "textcolor": "ff0000",
    "backgroundcolor": "ffffff",
    "bold": True,
    "italic": False,
    "strikethrough": False,
}


def design(*fields, name="testlist", kind="IntList", **options):
    return {
        "kind": kind,
        "domainDesign": {"name": name, "fields": [{"name": "rowId", "rangeURI": "int"}, *fields]},
        "options": {"keyName": "rowId", **options},
    }


def api_of(live, key):
    host = f"{live.host}:{live.port}"
    return APIWrapper(host, "home", context_path="labkey", use_ssl=False, api_key=key)


@pytest.fixture
def api(live):
    """The client of the administrator."""
    return api_of(live, live.admin)


@pytest.fixture
def testlist(api):
    """A list with a formatted field; it is dropped at the end."""
    made = api.domain.create(design({"name": "formatted", "rangeURI": "int", "conditionalFormats": [FORMAT]}))
    assert made.name == "testlist"
    yield api.domain.get(LISTS, "testlist")
    api.domain.drop(LISTS, "testlist")


def formats(api):
    domain = api.domain.get(LISTS, "testlist")
    return next(field for field in domain.fields if field.name == "formatted").conditional_formats


def save_formats(api, domain, new):
    next(field for field in domain.fields if field.name == "formatted").conditional_formats = new
    api.domain.save(LISTS, "testlist", domain)


def test_details_give_design_and_options_by_name_and_by_id(api, testlist):
    domain, options = api.domain.get_domain_details(LISTS, "testlist")
    assert [field.name for field in domain.fields] == ["rowId", "formatted"]
    assert domain.fields[1].conditional_formats[0].to_json() == FORMAT
    assert (options["keyName"], options["name"]) == ("rowId", "testlist")
    by_id, _options = api.domain.get_domain_details(domain_id=domain.domain_id)
    assert by_id.name == "testlist"


def test_formats_are_added_changed_and_removed(api, testlist):
    less = QueryFilter("column", 10, QueryFilter.Types.LESS_THAN)
    more = QueryFilter("column", 100, QueryFilter.Types.GREATER_THAN)
    save_formats(api, testlist, [conditional_format([less, more], text_color="ff0055")])
    assert [each.filter for each in formats(api)] == ["format.column~lt=10&format.column~gt=100"]
    save_formats(
        api, testlist, [conditional_format("formatted~gte=15"), conditional_format(QueryFilter("formatted", 13))]
    )
    assert [each.filter for each in formats(api)] == ["formatted~gte=15", "format.column~eq=13"]
    save_formats(api, testlist, [])
    assert formats(api) == []


def test_options_are_saved(api, testlist):
    domain, options = api.domain.get_domain_details(LISTS, "testlist")
    options["description"] = "new words"
    api.domain.save(LISTS, "testlist", domain, options=options)
    assert api.domain.get_domain_details(LISTS, "testlist")[1]["description"] == "new words"


def test_field_is_renamed_added_and_retyped_with_its_rows(api, testlist):
    api.query.insert_rows(LISTS, "testlist", [{"formatted": 12}])
    testlist.fields[1].name = "renamed"
    testlist.fields[1].range_uri = "string"
    testlist.add_field({"name": "more", "rangeURI": "double"})
    api.domain.save(LISTS, "testlist", testlist)
    rows = api.query.select_rows(LISTS, "testlist")["rows"]
    assert [(row["renamed"], row["more"]) for row in rows] == [("12", None)]


def test_phi_level_outlives_a_save_of_this_client(api):
    api.domain.create(design({"name": "ssn", "rangeURI": "string", "PHI": "Restricted"}, name="guarded"))
    try:
        domain = api.domain.get(LISTS, "guarded")
        assert domain.fields[1].phi == "Restricted"
        api.domain.save(LISTS, "guarded", domain)
        assert api.domain.get(LISTS, "guarded").fields[1].phi == "Restricted"
    finally:
        api.domain.drop(LISTS, "guarded")


def test_fields_are_inferred_from_a_file(api):
    file = io.StringIO("id,name,score,seen\n1,a,1.5,2020-01-02\n2,b,2,2020-03-04\n")
    found = api.domain.infer_fields(file)
    assert [(field.name, field.range_uri.rpartition("#")[2]) for field in found] == [
        ("id", "int"),
        ("name", "string"),
        ("score", "double"),
        ("seen", "date"),
    ]


def test_inferred_fields_make_a_list(api):
    found = api.domain.infer_fields(io.StringIO("name,score\na,1.5\n"))
    api.domain.create(design(*(field.to_json() for field in found), name="inferred"))
    try:
        api.query.insert_rows(LISTS, "inferred", [{"name": "a", "score": 1.5}])
        assert api.query.select_rows(LISTS, "inferred")["rows"][0]["score"] == 1.5
    finally:
        api.domain.drop(LISTS, "inferred")


def test_taken_name_and_missing_domain_are_told_as_the_original_does(api, testlist):
    with pytest.raises(ServerContextError) as taken:
        api.domain.create(design())
    assert taken.value.message == "500: The name 'testlist' is already in use."
    with pytest.raises(QueryNotFoundError) as missing:
        api.domain.get(LISTS, "nothing")
    assert missing.value.message == "404: Could not find domain for schemaName=lists, queryName=nothing."


def test_reader_sees_a_list_and_cannot_design_one(live, testlist):
    analyst = api_of(live, live.analyst)
    assert analyst.domain.get(LISTS, "testlist").name == "testlist"
    for attempt in (
        lambda: analyst.domain.create(design(name="mine")),
        lambda: analyst.domain.save(LISTS, "testlist", testlist),
        lambda: analyst.domain.drop(LISTS, "testlist"),
    ):
        with pytest.raises((ServerContextError, RequestAuthorizationError), match="does not have permission"):
            attempt()


def test_children_are_imported_by_the_names_of_their_parents(api, tmp_path):
    parent = design({"name": "name", "rangeURI": "string", "required": True}, name="parent_list")
    lookup = {"name": "parent", "lookupQuery": "parent_list", "lookupSchema": "lists", "rangeURI": "int"}
    (tmp_path / "parent.csv").write_text("name\nparent_one\nparent_two\n")
    (tmp_path / "child.csv").write_text("name,parent\nchild_one,parent_one\nchild_two,parent_two\n")
    api.domain.create({**parent, "indices": {"columnNames": ["name"], "unique": True}})
    api.domain.create(design({"name": "name", "rangeURI": "string", "required": True}, lookup, name="child_list"))
    try:
        assert api.domain.get(LISTS, "child_list").fields[2].lookup_query == "parent_list"
        with (tmp_path / "parent.csv").open() as file:
            assert api.query.import_rows(LISTS, "parent_list", data_file=file)["rowCount"] == 2
        with (tmp_path / "child.csv").open() as file:
            done = api.query.import_rows(LISTS, "child_list", data_file=file, import_lookup_by_alternate_key=True)
        assert (done["success"], done["rowCount"]) == (True, 2)
        rows = api.query.select_rows(LISTS, "child_list", columns="name,parent/name")["rows"]
        assert [row["parent/name"] for row in rows] == ["parent_one", "parent_two"]
    finally:
        api.domain.drop(LISTS, "child_list")
        api.domain.drop(LISTS, "parent_list")


def test_counted_key_is_in_rows_and_fields_though_it_is_hidden(api, testlist):
    api.query.insert_rows(LISTS, "testlist", [{"formatted": 12}])
    found = api.query.select_rows(LISTS, "testlist")
    assert [set(row) >= {"rowId", "formatted"} for row in found["rows"]] == [True]
    assert {field["name"]: field["hidden"] for field in found["metaData"]["fields"]} == {
        "rowId": True,
        "formatted": False,
    }
    api.query.update_rows(LISTS, "testlist", [{"rowId": found["rows"][0]["rowId"], "formatted": 13}])
    assert api.query.execute_sql(LISTS, "SELECT * FROM testlist")["rows"][0]["formatted"] == 13
    assert api.query.execute_sql(LISTS, "SELECT rowId FROM testlist")["rows"][0]["rowId"] == found["rows"][0]["rowId"]


def test_lookup_into_another_folder_is_followed(api, testlist):
    api.query.insert_rows(LISTS, "testlist", [{"formatted": 12}])
    api.container.create("elsewhere")
    beyond = design({"name": "label", "rangeURI": "string"}, name="beyond")
    api.domain.create(beyond, container_path="home/elsewhere")
    try:
        made = api.query.insert_rows(LISTS, "beyond", [{"label": "far"}], container_path="home/elsewhere")
        target = {"lookupSchema": LISTS, "lookupQuery": "beyond", "lookupContainer": "/home/elsewhere"}
        testlist.add_field({"name": "there", "rangeURI": "int", **target})
        api.domain.save(LISTS, "testlist", testlist)
        there = api.domain.get(LISTS, "testlist").fields[-1]
        assert (there.lookup_container, there.lookup_query) == ("/home/elsewhere", "beyond")
        (row,) = api.query.select_rows(LISTS, "testlist")["rows"]
        changed = {"rowId": row["rowId"], "there": made["rows"][0]["rowId"]}
        api.query.update_rows(LISTS, "testlist", [changed])
        found = api.query.select_rows(LISTS, "testlist", columns="there,there/label", required_version=9.1)
        assert found["rows"][0]["there"]["displayValue"] == "far"
        assert found["rows"][0]["there/label"]["value"] == "far"
    finally:
        api.domain.drop(LISTS, "beyond", container_path="home/elsewhere")
        api.container.delete("home/elsewhere")
