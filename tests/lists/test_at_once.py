"""Several people design at once: one after another, and a name goes to one of them."""

from concurrent.futures import ThreadPoolExecutor

from tests.lists.conftest import field, wanted
from tests.site import OPERATOR


def in_thread(work):
    from django.db import connections

    try:
        return work()
    except Exception as error:
        return error
    finally:
        connections.close_all()


def at_once(*works):
    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(in_thread, works))


def test_one_of_many_gets_the_name_and_no_table_is_left_over(site, home):
    from tests.lists.test_lists import tables

    from keyhouse.lists.errors import Misused
    from keyhouse.lists.models import ListDesign

    def make():
        return site.lists.create(home, wanted(field("n")), "Key", "AutoIncrementInteger", OPERATOR)

    done = at_once(*[make] * 4)
    assert [type(each) for each in done].count(ListDesign) == 1, done
    assert [type(each) for each in done].count(Misused) == 3, done
    assert tables(site) == {ListDesign.objects.get().storage}


def test_changes_at_once_leave_the_table_of_the_last_design(site, home, make, put, rows, events):
    from keyhouse.lists.models import ListDesign

    design = make(field("n"))
    put(design, {"n": "12"})
    kinds = ["int", "double", "string", "long"]
    done = at_once(*[lambda kind=kind: site.lists.save(design, wanted(field("n", kind)), OPERATOR) for kind in kinds])
    assert {type(each) for each in done} == {ListDesign}, done
    assert [str(row[1]).removesuffix(".0") for row in rows(ListDesign.objects.get(), home)] == ["12"]
    assert len(events("list changed")) == 4
    assert ListDesign.objects.get().is_settled


def test_design_is_saved_while_its_list_is_deleted(site, home, make):
    from tests.lists.test_lists import tables

    from keyhouse.lists.errors import ListNotFound
    from keyhouse.lists.models import Leftover, ListDesign

    design = make(field("n"))
    again = ListDesign.objects.get()
    saved, _deleted = at_once(
        lambda: site.lists.save(design, wanted(field("n", "int")), OPERATOR),
        lambda: site.lists.delete(again, OPERATOR),
    )
    assert isinstance(saved, ListDesign | ListNotFound), saved
    assert not ListDesign.objects.exists()
    site.lists.drop_leftovers()
    assert not Leftover.objects.exists()
    assert tables(site) == set()
