"""A list's design and its table change together; rows are kept as far as they fit; every change is on record."""

import pytest
from tests.lists.conftest import field, wanted
from tests.site import OPERATOR

from keyhouse.lists.errors import BadDesign, ListNotFound, Misused


def ids(design):
    return {each.name: each.id for each in design.fields.all()}


def tables(site):
    import sqlalchemy as sa

    with site.lists.database.source.altering() as connection:
        return {name for name in sa.inspect(connection).get_table_names() if name.startswith("list_")}


def test_renamed_field_keeps_its_values(site, home, make, put, rows):
    design = make(field("old"))
    put(design, {"old": "x"})
    saved = site.lists.save(design, wanted(field("new", field_id=ids(design)["old"])), OPERATOR)
    assert rows(saved, home) == [(1, "x")]


def test_changed_type_converts_the_values(site, home, make, put, rows):
    design = make(field("n"))
    put(design, {"n": "12"}, {"n": None})
    saved = site.lists.save(design, wanted(field("n", "int")), OPERATOR)
    assert rows(saved, home) == [(1, 12), (2, None)]
    saved = site.lists.save(saved, wanted(field("n", "double")), OPERATOR)
    assert rows(saved, home) == [(1, 12.0), (2, None)]


def test_type_that_does_not_fit_is_refused_and_nothing_has_changed(site, home, make, put, rows, events):
    from keyhouse.lists.models import ListDesign

    design = make(field("n"))
    put(design, {"n": "twelve"})
    with pytest.raises(BadDesign, match="Could not convert value 'twelve' of field 'n' in row 1"):
        site.lists.save(design, wanted(field("n", "int"), field("more")), OPERATOR)
    assert rows(ListDesign.objects.get(), home) == [(1, "twelve")]
    assert events("list changed") == []


def test_required_field_with_missing_values_is_refused(site, make, put):
    design = make(field("n"))
    put(design, {"n": None})
    with pytest.raises(BadDesign, match="'n' cannot be required: it has no value in row 1"):
        site.lists.save(design, wanted(field("n", required=True)), OPERATOR)


def test_unique_index_over_duplicates_is_refused(site, make, put):
    design = make(field("n"))
    put(design, {"n": "a"}, {"n": "a"})
    with pytest.raises(BadDesign, match="'n' are not unique"):
        site.lists.save(design, wanted(field("n"), unique=("N",)), OPERATOR)


def test_dropped_field_takes_its_values_along(site, home, make, put, rows):
    design = make(field("n"))
    put(design, {"n": "a"})
    dropped = site.lists.save(design, wanted(), OPERATOR)
    again = site.lists.save(dropped, wanted(field("n")), OPERATOR)
    assert rows(again, home) == [(1, None)]


def test_field_can_be_replaced_by_one_of_its_name(site, home, make, put, rows):
    design = make(field("a"), field("b"))
    put(design, {"a": "1", "b": "2"})
    saved = site.lists.save(design, wanted(field("b", field_id=ids(design)["a"])), OPERATOR)
    assert rows(saved, home) == [(1, "1")]


def test_changes_are_on_record_with_old_and_new(site, make, events):
    from keyhouse.lists.models import ListDesign

    design = make(field("n"))
    site.lists.save(design, wanted(field("m", "int", field_id=ids(design)["n"])), OPERATOR)
    site.lists.delete(ListDesign.objects.get(), OPERATOR)
    (created,), (changed,), (deleted,) = (events(f"list {what}") for what in ("created", "changed", "deleted"))
    assert [each["name"] for each in created.details["new"]["fields"]] == ["Key", "n"]
    assert [each["name"] for each in changed.details["old"]["fields"]] == ["Key", "n"]
    assert [(each["name"], each["type"]) for each in changed.details["new"]["fields"]] == [("Key", "int"), ("m", "int")]
    assert deleted.details["old"]["name"] == "samples"
    assert (created.folder, created.schema, created.query) == ("/home", "lists", "samples")


def test_names_that_differ_only_in_case_are_one_name(site, make):
    make(name="Straße")
    with pytest.raises(Misused, match="already in use"):
        make(name="STRASSE")


def test_names_of_every_kind_make_tables_with_names_of_ours(site, home, make, put, rows):
    names = ['a"b', "select", "ünï", "x" * 200, "%s", "a;drop table b", "日本", "a'b", "`", "[x]", ":name", "?"]
    design = make(*map(field, names), name='"; DROP TABLE x; --')
    put(design, dict.fromkeys(names, "v"))
    assert rows(design, home) == [(1, *["v"] * len(names))]


def test_deleted_list_leaves_no_table(site, make):
    from keyhouse.lists.models import Leftover, ListDesign

    make(name="kept")
    gone = make(name="gone")
    site.lists.delete(gone, OPERATOR)
    assert tables(site) == {ListDesign.objects.get().storage}
    assert not Leftover.objects.exists()


def test_deleted_list_cannot_be_saved(site, make):
    from keyhouse.lists.models import ListDesign

    design = make()
    site.lists.delete(ListDesign.objects.get(), OPERATOR)
    with pytest.raises(ListNotFound, match="was deleted"):
        site.lists.save(design, wanted(field("a")), OPERATOR)


def test_lists_of_a_deleted_folder_go_with_it_and_its_rows_elsewhere_too(site, home, make, put, rows, events):
    from django.db import transaction

    child = site.folders.add("/home/lab", OPERATOR)
    make(name="of child", folder=child)
    shown = make(field("n"), name="of project")
    put(shown, {"n": "mine"})
    put(shown, {"n": "child's"}, folder=child)
    with transaction.atomic():
        site.lists.delete_of(child, OPERATOR)
        assert len(tables(site)) == 2
        child.delete()
    assert tables(site) == {shown.storage}
    assert (rows(shown, home), rows(shown, child)) == ([(1, "mine")], [])
    assert [each.query for each in events("list deleted")] == ["of child"]


def test_rows_of_a_folder_that_was_moved_to_another_project_go_with_it_from_the_lists_of_the_old_one(
    site, home, make, put, rows
):
    child, other = site.folders.add("/home/lab", OPERATOR), site.folders.add("/Other", OPERATOR)
    shown = make(field("n"))
    put(shown, {"n": "kept"})
    put(shown, {"n": "lost"}, folder=child)
    site.folders.move(child, other, OPERATOR)
    site.folders.delete(child, OPERATOR)
    assert (rows(shown, home), rows(shown, child)) == ([(1, "kept")], [])


def test_lists_of_a_folder_stay_where_its_deletion_is_undone(site, make):
    from django.db import transaction

    from keyhouse.lists.models import ListDesign

    design = make()
    with pytest.raises(RuntimeError), transaction.atomic():
        site.lists.delete_of(design.folder, OPERATOR)
        raise RuntimeError
    assert tables(site) == {design.storage}
    assert ListDesign.objects.get().name == "samples"


def test_folder_with_lists_is_not_deleted_behind_their_back(site, make):
    from django.db.models import ProtectedError

    child = site.folders.add("/home/lab", OPERATOR)
    make(folder=child)
    with pytest.raises(ProtectedError):
        child.delete()


def test_list_is_not_changed_inside_another_transaction(site, make):
    from django.db import transaction

    with pytest.raises(AssertionError), transaction.atomic():
        make()


def test_field_cannot_bring_more_than_a_log_should_hold(site, home):
    from dataclasses import replace

    from keyhouse.lists.wanted import LONGEST_TEXT

    swollen = replace(field("n"), properties={"propertyValidators": [{"expression": "x" * LONGEST_TEXT}]})
    with pytest.raises(BadDesign, match="propertyValidators of field 'n'"):
        site.lists.create(home, wanted(swollen), "Key", "AutoIncrementInteger", OPERATOR)
