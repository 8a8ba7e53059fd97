"""Folders and permissions: the tree, roles given and taken, inheritance broken and restored."""

import pytest

from keyhouse.core.permissions import Role
from tests.console.pages import ADMIN, ANALYST, sign_in, submit, words
from tests.site import OPERATOR, PASSWORD, Client

FOLDERS = "/admin-manageFolders.view"


@pytest.fixture
def signed_in(client, admin, analyst):
    sign_in(client, ADMIN)
    return client


@pytest.fixture
def folder_admin(front, site, analyst, closed):
    """Who administers one folder and nothing else."""
    site.assignments.assign(Role.FOLDER_ADMINISTRATOR, analyst, ANALYST, closed, OPERATOR)
    client = Client(front)
    sign_in(client, ANALYST)
    return client


def assignments(path):
    from keyhouse.authz.models import RoleAssignment

    return sorted(RoleAssignment.objects.filter(folder__path=path).values_list("role", "principal_id"))


def test_who_administers_no_folder_is_refused_the_tree_and_that_is_written_down(client, analyst):
    from keyhouse.audit.models import AuditEvent

    sign_in(client, ANALYST)
    assert client.get(FOLDERS).status == 403
    (event,) = AuditEvent.objects.filter(kind="access refused")
    assert (event.user, event.comment) == (ANALYST, "admin-managefolders in /")


def test_a_folder_is_added_below_another(signed_in):
    submit(signed_in, FOLDERS, parent="/home", name="Imaging")
    page = words(signed_in.get(FOLDERS))
    assert "Imaging" in page
    assert signed_in.get("/home/Imaging/project-begin.view").status == 200


@pytest.mark.parametrize(
    ("parent", "name", "said"),
    [
        ("/home", "a/b", "must be a legal filename"),
        ("/home", "..", "something else in a path"),
        ("/home", "", "Blank names"),
        ("/nowhere", "x", "No such"),
    ],
)
def test_a_name_that_will_not_do_says_why(signed_in, parent, name, said):
    answer = submit(signed_in, FOLDERS, parent=parent, name=name)
    assert answer.status == 400
    assert said in words(answer)


def test_a_role_is_given_and_holds_at_once(signed_in, front, closed):
    person = Client(front)
    sign_in(person, ANALYST)
    assert person.get("/Shared/Closed/project-begin.view").status == 403
    submit(signed_in, "/Shared/Closed/security-permissions.view", do="assign", role="Reader", principal=ANALYST)
    assert person.get("/Shared/Closed/project-begin.view").status == 200
    submit(signed_in, "/Shared/Closed/security-permissions.view", do="remove", role="Reader", principal=ANALYST)
    assert person.get("/Shared/Closed/project-begin.view").status == 403


def test_inheritance_is_broken_and_restored(signed_in, front, study):
    person = Client(front)
    sign_in(person, ANALYST)
    page = "/home/Liver study/security-permissions.view"
    submit(signed_in, page, do="break")
    assert "Only the roles given here hold" in words(signed_in.get(page))
    assert person.get("/home/Liver study/project-begin.view").status == 403
    submit(signed_in, page, do="inherit")
    assert person.get("/home/Liver study/project-begin.view").status == 200


def test_inherited_roles_are_shown_with_the_folder_they_come_from(signed_in, site, analyst, study):
    from keyhouse.authz.folders import find

    site.assignments.assign(Role.EDITOR, analyst, ANALYST, find("/home"), OPERATOR)
    page = words(signed_in.get("/home/Liver study/security-permissions.view"))
    assert "Editor analyst@example.org /home" in page


@pytest.mark.parametrize(
    ("role", "principal", "said"),
    [
        ("Emperor", ANALYST, "There is no role"),
        ("Reader", "Nobody", "There is no group"),
        ("Reader", "", "There is no group"),
    ],
)
def test_an_unknown_role_or_person_is_named(signed_in, role, principal, said):
    answer = submit(signed_in, "/home/security-permissions.view", do="assign", role=role, principal=principal)
    assert answer.status == 400
    assert said in words(answer)


def test_a_folder_administrator_administers_that_folder_alone(folder_admin, site):
    site.users.add("reader@example.org", OPERATOR, PASSWORD)
    page = "/Shared/Closed/security-permissions.view"
    assert submit(folder_admin, page, do="assign", role="Reader", principal="reader@example.org").status == 303
    assert len(assignments("/Shared/Closed")) == 2
    assert submit(folder_admin, "/home/security-permissions.view", do="break").status == 403
    assert submit(folder_admin, FOLDERS, parent="/home", name="Mine").status == 403
    assert submit(folder_admin, FOLDERS, parent="/Shared/Closed", name="Mine").status == 303


def test_a_folder_administrator_sees_no_other_folder_and_no_list_of_people(folder_admin, site, study):
    site.users.add("somebody.else@example.org", OPERATOR, PASSWORD)
    assert "Liver study" not in words(folder_admin.get(FOLDERS))
    assert "somebody.else" not in folder_admin.get("/Shared/Closed/security-permissions.view").text


def test_a_folder_administrator_cannot_give_a_role_of_the_whole_site(folder_admin, analyst):
    page = "/Shared/Closed/security-permissions.view"
    answer = submit(folder_admin, page, do="assign", role="Site Administrator", principal=ANALYST)
    assert answer.status == 400
    assert assignments("/Shared/Closed") == [("Folder Administrator", analyst.id)]
