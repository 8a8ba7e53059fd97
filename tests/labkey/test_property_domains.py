"""Lists over the wire: made, shown, changed and deleted as domains, in the shapes that the clients need."""

import pytest

XSD = "http://www.w3.org/2001/XMLSchema#"
NEEDED = {
    *("name", "domainId", "domainURI", "domainKindName", "description", "container", "schemaName", "queryName"),
    *("fields", "calculatedFields", "standardFields", "indices", "allowAttachmentProperties", "allowFlagProperties"),
    *("allowTextChoiceProperties", "allowFileLinkProperties", "allowTimepointProperties", "showDefaultValueSettings"),
    *("allowMultiChoiceProperties", "defaultDefaultValueType", "defaultValueOptions", "mandatoryFieldNames"),
    *("reservedFieldNames", "disabledSystemFields", "templateDescription", "instructions", "supportsPhiLevel"),
}
FIELD_NEEDED = {
    *("name", "propertyId", "propertyURI", "rangeURI", "conceptURI", "label", "description", "required", "hidden"),
    *("format", "scale", "primaryKey", "lookupContainer", "lookupSchema", "lookupQuery", "lookupIsValid"),
    *("defaultValueType", "defaultValue", "defaultDisplayValue", "mvEnabled", "importAliases", "URL", "url"),
    *("shownInInsertView", "shownInUpdateView", "shownInDetailsView", "shownInLookupView", "measure", "dimension"),
    *("recommendedVariable", "defaultScale", "facetingBehaviorType", "PHI", "phi", "excludeFromShifting"),
    *("preventReordering", "disableEditing", "lockType", "scannable", "valueExpression", "redactedText"),
    *("derivationDataScope", "propertyValidators", "conditionalFormats"),
}


def design(*fields, name="testlist", key="rowId", options=None, **more):
    """A list with a key that counts by itself, and these fields."""
    given = [{"name": key, "rangeURI": "int"}, *fields]
    return {
        "kind": "IntList",
        "domainDesign": {"name": name, "fields": given, **more},
        "options": {"keyName": key, **(options or {})},
    }


@pytest.fixture
def make(admin_script):
    """Make a list; its domain is returned."""

    def make_list(body, folder="/home"):
        answer = admin_script.post(f"{folder}/property-createDomain.api", body)
        assert answer.status == 200, answer.text
        return answer.json

    return make_list


@pytest.fixture
def refused(admin_script):
    """Post what is refused; status and text are returned."""

    def post(body, action="createDomain", folder="/home"):
        answer = admin_script.post(f"{folder}/property-{action}.api", body)
        assert answer.json["success"] is False
        return answer.status, answer.json["exception"]

    return post


@pytest.fixture
def save(admin_script):
    """Save a domain; it is returned as it is then."""

    def save_list(domain, **more):
        body = {"domainDesign": domain, "schemaName": "lists", "queryName": domain["name"], **more}
        answer = admin_script.post("/home/property-saveDomain.api", body)
        assert answer.status == 200, answer.text
        return answer.json

    return save_list


def get(script, name="testlist", folder="/home", **more):
    return script.get(f"{folder}/property-getDomain.api", schemaName="lists", queryName=name, **more)


def field(domain, name):
    return next(each for each in domain["fields"] if each["name"] == name)


def test_created_list_is_a_flat_domain_with_success_and_all_that_clients_read(make, script):
    made = make(design({"name": "score", "rangeURI": "double"}))
    assert made["success"] is True
    assert not {"exception", "status"} & made.keys()
    assert made.keys() >= NEEDED
    assert all(each.keys() >= FIELD_NEEDED for each in made["fields"])
    assert (made["domainKindName"], made["schemaName"], made["queryName"]) == ("IntList", "lists", "testlist")
    assert [(each["name"], each["rangeURI"], each["primaryKey"]) for each in made["fields"]] == [
        ("rowId", XSD + "int", True),
        ("score", XSD + "double", False),
    ]
    assert get(script).json == made


def test_list_is_a_table_of_its_folder(make, admin_script):
    make(design({"name": "score", "rangeURI": "double"}))
    answer = admin_script.select("lists", "TestList")
    assert answer.status == 200, answer.text
    assert answer.json["rows"] == []
    assert [each["name"] for each in answer.json["metaData"]["fields"]] == ["rowId", "score"]


@pytest.mark.parametrize("kind", ["IntList", "intlist", "List"])
def test_kind_is_read_in_any_case_and_under_its_older_name(make, kind):
    body = design()
    del body["kind"]
    assert make({**body, "domainKind": kind})["domainKindName"] == "IntList"


@pytest.mark.parametrize(
    ("kind", "key_type", "told"),
    [
        ("IntList", None, "AutoIncrementInteger"),
        ("IntList", "Integer", "Integer"),
        ("VarList", None, "Varchar"),
        ("VarList", "Varchar", "Varchar"),
        ("List", "varchar", "Varchar"),
    ],
)
def test_key_type_is_the_one_asked_for_or_that_of_the_kind(make, admin_script, kind, key_type, told):
    made = make({**design(options={"keyType": key_type}), "kind": kind})
    assert made["domainKindName"] == ("VarList" if told == "Varchar" else "IntList")
    details = admin_script.get("/home/property-getDomainDetails.api", domainId=made["domainId"]).json
    assert details["options"]["keyType"] == told
    assert details["options"]["keyName"] == "rowId"
    assert field(made, "rowId")["rangeURI"] == XSD + ("string" if told == "Varchar" else "int")


def test_key_field_need_not_be_among_the_fields(make):
    made = make({"kind": "IntList", "domainDesign": {"name": "l", "fields": []}, "options": {"keyName": "Key"}})
    assert [(each["name"], each["primaryKey"]) for each in made["fields"]] == [("Key", True)]


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"domainDesign": {"fields": []}}, 500, "List name is required"),
        ({"domainDesign": {"name": "  ", "fields": []}}, 500, "List name is required"),
        ({"options": {}}, 500, "List keyName is required"),
        ({"options": {"keyName": "k", "keyType": "Guid"}}, 500, "List keyType provided does not exist."),
        ({"domainDesign": {"name": "n" * 201, "fields": []}}, 500, "List name cannot be longer than 200 characters."),
        ({"kind": "SampleSet"}, 501, "no domains of the kind 'SampleSet'"),
        ({"kind": None}, 501, "no domains of the kind ''"),
        ({"domainTemplate": "Priority"}, 501, "no domain templates"),
        ({"domainDesign": []}, 500, "List name is required"),
        ({"domainDesign": "x"}, 400, "domainDesign must be an object"),
        ({"domainDesign": {"name": {"a": 1}, "fields": []}}, 400, "name of a design must be a text"),
        ({"domainDesign": {"name": "x", "fields": "y"}}, 400, "fields must be a list of objects"),
        ({"domainDesign": {"name": "x", "fields": ["y"]}}, 400, "fields must be a list of objects"),
    ],
)
def test_request_that_makes_no_sense_is_refused_in_the_words_of_the_original(refused, change, status, text):
    got, told = refused({**design(), **change})
    assert (got, text in told) == (status, True), (got, told)


def test_name_that_is_taken_is_refused_in_any_case(make, refused):
    make(design())
    assert refused(design(name="TESTLIST")) == (500, "The name 'TESTLIST' is already in use.")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ([{"name": ""}], "Please provide a name for each field."),
        ([{"rangeURI": "int"}], "Please provide a name for each field."),
        ([{"name": "a" * 201}], "longer than 200 characters"),
        ([{"name": "a"}, {"name": "A"}], "'A' is used more than once"),
        ([{"name": "a\tb"}], "control characters"),
        ([{"name": " a"}], "blanks around"),
        ([{"name": "a", "rangeURI": "geometry"}], "Unrecognized type 'geometry' of field 'a'"),
        ([{"name": "a", "scale": 0}], "scale of field 'a'"),
        ([{"name": "a", "scale": 2**31}], "scale of field 'a'"),
        ([{"name": "a", "scale": "x"}], "'scale' of field 'a' must be a number"),
        ([{"name": "a", "required": "perhaps"}], "'required' of field 'a' must be true or false"),
        ([{"name": "a", "PHI": "Secret"}], "PHI level of field 'a' must be one of: NotPHI, Limited, PHI, Restricted."),
        ([{"name": "a", "description": "d" * 50_001}], "longer than 50000 characters"),
        ([{"name": f"f{number}"} for number in range(1001)], "at most 1000 fields"),
        ([{"name": "a", "conditionalFormats": "red"}], "conditionalFormats must be a list of objects"),
    ],
)
def test_wrong_field_is_refused_with_its_name(refused, admin_script, fields, text):
    status, told = refused(design(*fields))
    assert (status, text in told) == (400, True), (status, told)
    assert get(admin_script).status == 404


def test_error_of_a_field_is_told_in_the_shape_of_a_form(admin_script):
    answer = admin_script.post("/home/property-createDomain.api", design({"name": "a", "rangeURI": "geometry"}))
    assert [(each["field"], each["severity"]) for each in answer.json["errors"]] == [("a", "ERROR")]


def test_name_with_nul_is_refused(refused):
    assert refused(design({"name": "a\0b"}))[0] == 400


@pytest.mark.parametrize("kind", ["fileLink", "attachment", "http://cpas.fhcrc.org/exp/xml#multiChoice"])
def test_types_that_lists_do_not_keep_are_refused_by_name(refused, kind):
    status, text = refused(design({"name": "scan", "rangeURI": kind}))
    assert status == 501
    assert "'scan'" in text


def test_calculated_field_is_refused_by_name(refused):
    status, text = refused(design({"name": "twice", "valueExpression": "score * 2"}))
    assert (status, "'twice' is calculated" in text) == (501, True)


@pytest.mark.parametrize(
    "spelling", ["dateTime", XSD + "dateTime", "xsd:dateTime", "datetime", "http://www.w3.org/2001/XMLSchema#datetime"]
)
def test_type_is_read_short_and_full(make, spelling):
    assert field(make(design({"name": "at", "rangeURI": spelling})), "at")["rangeURI"] == XSD + "dateTime"


def test_every_type_makes_a_column_of_its_kind(make, admin_script):
    kinds = {
        "string": "string",
        "multiLine": "string",
        "int": "int",
        "long": "int",
        "double": "float",
        "float": "float",
        "decimal": "float",
        "boolean": "boolean",
        "dateTime": "date",
        "date": "date",
        "time": "string",
    }
    make(design(*({"name": f"a {kind}", "rangeURI": kind} for kind in kinds)))
    told = admin_script.select("lists", "testlist").json["metaData"]["fields"][1:]
    assert [each["type"] for each in told] == list(kinds.values())


def test_field_without_a_type_is_a_text_of_4000(make):
    made = field(make(design({"name": "a"})), "a")
    assert (made["rangeURI"], made["scale"]) == (XSD + "string", 4000)


def test_properties_of_a_field_are_kept(make, script):
    sent = {
        "label": "Blood pressure",
        "description": "mmHg, sitting",
        "format": "0.0",
        "required": True,
        "hidden": True,
        "importAliases": 'bp, "blood pressure"',
        "PHI": "Limited",
        "URL": "https://example.org/${rowId}",
        "measure": True,
        "mvEnabled": False,
        "redactedText": "***",
        "propertyValidators": [{"type": "Range", "name": "r", "expression": "~gte=1", "errorMessage": "too low"}],
        "derivationDataScope": "ParentOnly",
    }
    make(design({"name": "bp", "rangeURI": "double", **sent}))
    told = field(get(script).json, "bp")
    assert {name: told[name] for name in sent} == sent
    assert (told["phi"], told["url"]) == (sent["PHI"], sent["URL"])


def test_conditional_formats_are_read_in_any_case_and_told_in_camel_case(make, script):
    sent = {"filter": "format.column~gte=25", "textcolor": "ff0000", "backgroundcolor": None, "bold": True}
    make(design({"name": "a", "rangeURI": "int", "conditionalFormats": [sent, {"textColor": "00ff00"}]}))
    first, second = field(get(script).json, "a")["conditionalFormats"]
    assert first == {
        "backgroundColor": None,
        "filter": "format.column~gte=25",
        "textColor": "ff0000",
        "bold": True,
        "italic": False,
        "strikethrough": False,
    }
    assert (second["textColor"], second["filter"]) == ("00ff00", None)


def test_field_named_like_a_standard_column_gets_another_name_and_keeps_its_label(make):
    made = make(design({"name": "Created", "rangeURI": "dateTime"}))
    assert field(made, "_Created")["label"] == "Created"


@pytest.mark.parametrize("unique", [True, "true", ["true"], ["TRUE"]])
def test_index_is_read_as_r_and_others_send_it(make, unique):
    made = make(design({"name": "a"}, indices=[{"columnNames": ["a"], "unique": unique}]))
    assert [(each["columnNames"], each["unique"]) for each in made["indices"]] == [(["a"], True)]


def test_index_beside_the_design_is_passed_over_as_the_original_does(make):
    assert make({**design({"name": "a"}), "indices": {"columnNames": ["a"], "unique": True}})["indices"] == []


@pytest.mark.parametrize("index", [{"columnNames": ["gone"]}, {"columnNames": []}, {}, {"columnNames": [1]}])
def test_index_over_no_field_is_refused(refused, index):
    assert refused(design({"name": "a"}, indices=[index]))[0] == 400


def test_r_writes_single_values_as_arrays_and_nothing_as_an_object(make):
    made = make(
        design({"name": ["a"], "rangeURI": ["int"], "label": {}, "required": ["TRUE"], "conditionalFormats": {}})
    )
    told = field(made, "a")
    assert (told["rangeURI"], told["label"], told["required"]) == (XSD + "int", None, True)


def test_domain_is_found_by_its_id(make, script):
    made = make(design())
    answer = script.get("/home/property-getDomain.api", domainId=made["domainId"])
    assert answer.json["name"] == "testlist"


@pytest.mark.parametrize("action", ["getDomain", "getDomainDetails", "saveDomain", "deleteDomain"])
@pytest.mark.parametrize(("schema", "query"), [("lists", "nothing"), ("study", "Demographics"), ("lists", "")])
def test_unknown_domain_is_not_found(admin_script, action, schema, query):
    body = {"schemaName": schema, "queryName": query, "domainDesign": {"name": "x", "fields": []}}
    answer = admin_script.post(f"/home/property-{action}.api", body)
    assert answer.status == 404
    assert answer.json["exception"] == f"Could not find domain for schemaName={schema}, queryName={query}."


def test_renamed_field_keeps_its_id_and_new_one_gets_another(make, save):
    made = make(design({"name": "old"}))
    field(made, "old")["name"] = "new"
    saved = save({**made, "fields": [*made["fields"], {"name": "more"}]})
    assert field(saved, "new")["propertyId"] == field(made, "new")["propertyId"]
    assert [each["name"] for each in saved["fields"]] == ["rowId", "new", "more"]


def test_names_of_two_fields_can_be_swapped(make, save):
    made = make(design({"name": "a"}, {"name": "b"}))
    first, second = field(made, "a"), field(made, "b")
    first["name"], second["name"] = "b", "a"
    saved = save(made)
    assert field(saved, "b")["propertyId"] == first["propertyId"]


def test_field_sent_without_its_id_is_the_one_of_its_name(make, save):
    made = make(design({"name": "a"}))
    saved = save({"name": "testlist", "fields": [{"name": "rowId"}, {"name": "A", "rangeURI": "int"}]})
    assert field(saved, "A")["propertyId"] == field(made, "a")["propertyId"]


def test_client_that_sends_no_phi_level_takes_none_away(make, save):
    made = make(design({"name": "a", "PHI": "Restricted"}))
    for each in made["fields"]:
        del each["PHI"], each["phi"]
    assert field(save(made), "a")["PHI"] == "Restricted"


def test_field_that_is_not_sent_is_dropped(make, save):
    made = make(design({"name": "a"}))
    assert [each["name"] for each in save({**made, "fields": made["fields"][:1]})["fields"]] == ["rowId"]


def test_list_is_renamed_and_found_under_its_new_name(make, save, script):
    made = make(design())
    answer = save({**made, "name": "testlist"}, queryName="testlist", domainDesign={**made, "name": "new name"})
    assert (answer["name"], answer["domainId"]) == ("new name", made["domainId"])
    assert get(script, "testlist").status == 404
    assert get(script, "New Name").status == 200


def test_list_is_not_renamed_to_a_name_that_is_taken(make, refused):
    make(design(name="other"))
    made = make(design())
    body = {"schemaName": "lists", "queryName": "testlist", "domainDesign": {**made, "name": "other"}}
    assert refused(body, "saveDomain") == (500, "The name 'other' is already in use.")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda fields: fields[1:], "Key field not provided, expecting key field 'rowId'"),
        (lambda fields: [{**fields[0], "name": "id"}, *fields[1:]], "Cannot change key field name"),
        (
            lambda fields: [*fields, {**fields[1], "name": "twin"}],
            "Two fields of this design claim to be the same field of the list.",
        ),
        (lambda fields: [*fields, {"name": "EntityId"}], '"EntityId" is a reserved field name.'),
    ],
)
def test_change_that_would_break_the_list_is_refused(make, refused, script, change, text):
    made = make(design({"name": "a"}))
    body = {"schemaName": "lists", "queryName": "testlist"}
    assert refused({**body, "domainDesign": {**made, "fields": change(made["fields"])}}, "saveDomain") == (400, text)
    assert get(script).json == made


def test_design_of_another_list_is_refused(make, refused):
    other = make(design(name="other"))
    make(design())
    body = {"schemaName": "lists", "queryName": "testlist", "domainDesign": {**other, "name": "testlist"}}
    assert refused(body, "saveDomain") == (400, "The domainId of the design is that of another list.")


def test_options_are_saved_and_told(make, save, admin_script):
    made = make(design())
    details = admin_script.get("/home/property-getDomainDetails.api", domainId=made["domainId"]).json
    options = {**details["options"], "description": "new words", "allowDelete": False, "titleColumn": "rowId"}
    save(made, options=options)
    again = admin_script.get("/home/property-getDomainDetails.api", schemaName="lists", queryName="testlist").json
    assert {**again["options"]} == options
    assert again["domainDesign"]["description"] == "new words"
    assert again["domainKindName"] == "IntList"


def test_update_adds_changes_and_drops_single_fields(make, admin_script):
    made = make(design({"name": "a", "label": "A"}, {"name": "b"}, indices=[{"columnNames": ["a"], "unique": True}]))
    body = {
        "domainId": made["domainId"],
        "create": [{"name": "c", "rangeURI": "int"}],
        "update": [{"propertyId": field(made, "a")["propertyId"], "name": "a2"}],
        "delete": [field(made, "b")["propertyId"]],
    }
    answer = admin_script.post("/home/property-updateDomain.api", body)
    assert answer.status == 200, answer.text
    assert [(each["name"], each["label"]) for each in answer.json["fields"]] == [
        *(("rowId", None), ("a2", "A"), ("c", None)),
    ]
    assert [each["columnNames"] for each in answer.json["indices"]] == [["a2"]]


@pytest.mark.parametrize("change", [{"delete": [0]}, {"update": [{"name": "x"}]}, {"update": "x"}, {"delete": "x"}])
def test_update_of_no_field_is_refused(make, refused, change):
    made = make(design())
    assert refused({"domainId": made["domainId"], **change}, "updateDomain")[0] == 400


def test_deleted_list_is_gone(make, admin_script):
    make(design())
    body = {"schemaName": "lists", "queryName": "testlist"}
    answer = admin_script.post("/home/property-deleteDomain.api", body)
    assert answer.json == {"success": True, "message": "Domain deleted"}
    assert get(admin_script).status == 404
    assert admin_script.select("lists", "testlist").status == 404


def test_lists_of_a_folder_are_listed(make, script):
    make(design(name="b"))
    make({**design(name="a"), "kind": "VarList"})
    listed = script.post("/home/property-listDomains.api", {}).json
    assert listed["success"] is True
    assert [(each["name"], len(each["fields"])) for each in listed["data"]] == [("a", 1), ("b", 1)]
    some = script.post("/home/property-listDomains.api", {"domainKinds": ["VarList"], "includeFields": False}).json
    assert [(each["name"], each["fields"]) for each in some["data"]] == [("a", [])]
    assert script.post("/home/property-listDomains.api", {"domainKinds": ["SampleSet"]}).json["data"] == []


def test_details_of_a_list_tell_its_home_its_indices_and_its_title_column(make, script):
    index = {"columnNames": ["a", "b"], "unique": True}
    make(design({"name": "a", "rangeURI": "int"}, {"name": "b"}, {"name": "c"}, indices=[index], description="Words"))
    told = script.get("/home/query-getQueryDetails.api", schemaName="lists", queryName="testlist").json
    assert (told["name"], told["title"], told["description"]) == ("testlist", "testlist", "Words")
    assert (told["titleColumn"], told["domainContainerPath"], told["supportMerge"]) == ("b", "/home", False)
    assert told["indices"] == {
        "primary": {"type": "Primary", "columns": ["rowId"]},
        "index1": {"type": "Unique", "columns": ["a", "b"]},
    }
    columns = {column["name"]: column for column in told["columns"]}
    assert (columns["rowId"]["isAutoIncrement"], columns["rowId"]["isKeyField"]) == (True, True)
    assert {"Created", "CreatedBy", "Modified", "ModifiedBy", "container", "EntityId"} <= columns.keys()
    assert all(columns[name]["isHidden"] for name in ("EntityId", "lastIndexed"))


def test_title_column_is_the_one_that_was_chosen(make, script):
    make(design({"name": "a"}, {"name": "b"}, options={"titleColumn": "b"}))
    told = script.get("/home/query-getQueryDetails.api", schemaName="lists", queryName="testlist").json
    assert told["titleColumn"] == "b"


def test_lists_are_a_schema_with_queries(make, script):
    make(design({"name": "a"}))
    assert "lists" in script.get("/home/query-getSchemas.api").json["schemas"]
    (query,) = script.get("/home/query-getQueries.api", schemaName="lists").json["queries"]
    assert (query["name"], [column["name"] for column in query["columns"]][:2]) == ("testlist", ["rowId", "a"])


@pytest.mark.parametrize("title", [5, True, ["name"], "nowhere"])
def test_title_column_that_is_no_name_leaves_the_list_readable(admin_script, make, title):
    make(design(options={"titleColumn": title}))
    details = {"schemaName": "lists", "queryName": "testlist"}
    assert admin_script.post("/home/query-getQueryDetails.api", details).status == 200


def test_title_column_that_is_an_object_is_refused(refused):
    status, text = refused(design(options={"titleColumn": {"a": 1}}))
    assert (status, text) == (400, "The titleColumn of a design must be a text.")
