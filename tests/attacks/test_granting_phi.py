"""Attack: who administers, and may see no PHI, gives themselves a role for it, a group that has one, or an account."""

import re

import pytest

from keyhouse.core.permissions import Role
from tests.attacks.phi_lab import PhiLab
from tests.console.pages import sign_in, submit
from tests.site import OPERATOR, PASSWORD, Client, issue

RESTRICTED = "org.labkey.api.security.roles.RestrictedPHIReaderRole"


def user_of(email: str):
    from keyhouse.accounts.models import User

    return User.objects.get(email=email)


def roles_of(email: str) -> set[str]:
    from keyhouse.authz.models import RoleAssignment

    return set(RoleAssignment.objects.filter(principal=user_of(email)).values_list("role", flat=True))


def test_an_administrator_without_phi_gives_no_role_for_it(phi_lab: PhiLab) -> None:
    designer = phi_lab.as_("designer")
    mine = {"principalId": user_of("designer@example.org").id, "roleClassName": RESTRICTED}
    designer.keeps_cookies = True
    designer.get("/login-whoAmI.api")
    refused = designer.post("/home/security-addAssignment.api", json=mine)
    assert refused.status == 403
    page = Client(phi_lab.front)
    sign_in(page, "designer@example.org", PASSWORD)
    names = page.get("/home/security-permissions.view").text
    assert "Restricted PHI Reader</option>" not in names
    sent = {"do": "assign", "role": Role.RESTRICTED_PHI_READER.value, "principal": "designer@example.org"}
    assert submit(page, "/home/security-permissions.view", **sent).status == 400
    assert Role.RESTRICTED_PHI_READER.value not in roles_of("designer@example.org")


def test_who_holds_the_role_and_who_administers_the_site_may_give_it(phi_lab: PhiLab) -> None:
    site = phi_lab.site
    admin = site.users.add("admin@example.org", OPERATOR, PASSWORD, is_site_admin=True)
    phi_lab.keys["admin"] = issue(site, admin)
    for giver, taker in (("doctor", "clerk"), ("admin", "admin")):
        client = phi_lab.as_(giver)
        sent = {"principalId": user_of(f"{taker}@example.org").id, "roleClassName": RESTRICTED}
        given = client.post("/home/security-addAssignment.api", json=sent)
        assert given.status == 200, given.text
        assert Role.RESTRICTED_PHI_READER.value in roles_of(f"{taker}@example.org")
        assert phi_lab.as_(taker).get("/home/security-getMaxPhiLevel.api").json == {"maxPhiLevel": "Restricted"}


def test_a_site_administrator_sees_no_phi_before_it_is_given(phi_lab: PhiLab) -> None:
    admin = phi_lab.site.users.add("admin@example.org", OPERATOR, PASSWORD, is_site_admin=True)
    phi_lab.keys["admin"] = issue(phi_lab.site, admin)
    asked = phi_lab.as_("admin").get("/home/security-getMaxPhiLevel.api")
    assert asked.json == {"maxPhiLevel": "NotPHI"}
    assert "SECRET" not in phi_lab.as_("admin").rows().text


def test_who_manages_users_joins_no_group_that_shows_phi(phi_lab: PhiLab) -> None:
    from keyhouse.authz.folders import find, root

    site = phi_lab.site
    manager = site.users.add("manager@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.APPLICATION_ADMINISTRATOR, manager, str(manager), root(), OPERATOR)
    group = site.groups.add("Doctors", OPERATOR)
    site.assignments.assign(Role.RESTRICTED_PHI_READER, group, str(group), find("/home"), OPERATOR)
    page = Client(phi_lab.front)
    sign_in(page, "manager@example.org", PASSWORD)
    path = f"/security-group.view?id={group.id}"
    sent = {"id": group.id, "do": "add", "member": "manager@example.org", "principal": "manager@example.org"}
    answer = submit(page, path, **sent)
    assert answer.status == 400 and "may see the same PHI" in answer.text
    from keyhouse.accounts.models import Membership

    assert not Membership.objects.filter(group=group).exists()


@pytest.mark.parametrize("container_filter", ["Current", "CurrentAndSubfolders"])
def test_rows_of_several_folders_show_what_may_be_seen_in_all_of_them(phi_lab: PhiLab, container_filter: str) -> None:
    from keyhouse.declarations.models import FolderDemand

    site = phi_lab.site
    FolderDemand.objects.update(requires_phi_roles=False)
    below = site.folders.add("/home/below", OPERATOR)
    FolderDemand.objects.create(folder=below, requires_phi_roles=True)
    answer = phi_lab.clerk.rows("Notes", "lists", containerFilter=container_filter)
    assert answer.status == 200 and ("SECRET-0451" in answer.text) is (container_filter == "Current")


def test_who_may_not_see_the_values_of_rows_moves_them_to_no_folder_where_they_may(phi_lab: PhiLab) -> None:
    site, clerk = phi_lab.site, user_of("clerk@example.org")
    below = site.folders.add("/home/below", OPERATOR)
    for role in (Role.EDITOR, Role.RESTRICTED_PHI_READER):
        site.assignments.assign(role, clerk, str(clerk), below, OPERATOR)
    key = phi_lab.doctor.values(phi_lab.doctor.rows("Notes", "lists"))[0]["Key"]
    sent = {"schemaName": "lists", "queryName": "Notes", "rows": [{"Key": key}], "targetContainerPath": "/home/below"}
    for path in ("/home", "/home/below"):
        assert phi_lab.clerk.post(f"{path}/query-moveRows.api", json=sent).status == 400
    named = {"schemaName": "lists", "query.queryName": "Notes"}
    assert "SECRET" not in phi_lab.clerk.get("/home/below/query-selectRows.api", **named).text
    assert phi_lab.doctor.post("/home/query-moveRows.api", json=sent).json["rowsAffected"] == 1


@pytest.mark.parametrize("renamed", ["list", "field"])
def test_marks_of_a_list_go_along_when_it_or_its_field_is_renamed(phi_lab: PhiLab, renamed: str) -> None:
    from keyhouse.authz.folders import find
    from keyhouse.core.phi import PhiLevel

    home, marks = find("/home"), phi_lab.site.table_marks
    marks.set_table(home, "lists", "Notes", {"Name": PhiLevel.RESTRICTED}, "Name", OPERATOR)
    designer = phi_lab.as_("designer")
    named = {"schemaName": "lists", "queryName": "Notes"}
    design = designer.get("/home/property-getDomain.api", **named).json
    if renamed == "list":
        design["name"] = "Open Notes"
    else:
        next(each for each in design["fields"] if each["name"] == "Name")["name"] = "Title"
    saved = designer.post("/home/property-saveDomain.api", json={**named, "domainDesign": design})
    assert saved.status == 200, saved.text
    assert "note 1" not in designer.rows(design["name"], "lists").text
    marked = marks.read(home).of("lists", design["name"])
    column = "Name" if renamed == "list" else "Title"
    assert (marked.participant_column, marked.level_of(column)) == (column, PhiLevel.RESTRICTED)


@pytest.mark.parametrize("who", ["designer", "doctor"])
def test_an_administrator_without_phi_does_not_end_the_demand_of_roles_for_it(phi_lab: PhiLab, who: str) -> None:
    from keyhouse.authz.folders import find

    page = Client(phi_lab.front)
    sign_in(page, f"{who}@example.org", PASSWORD)
    path = "/home/admin-folderDemands.view"
    answer = submit(page, path, phi_columns=phi_lab.behaviour.value)
    if found := re.search(r'name="confirmed" value="(\w+)"', answer.text):
        answer = submit(page, path, phi_columns=phi_lab.behaviour.value, confirmed=found[1])
    assert phi_lab.site.demands.own(find("/home")).requires_phi_roles is (who == "designer")
    assert ("Only who may see all PHI" in answer.text) is (who == "designer")


@pytest.mark.parametrize("who", ["designer", "doctor"])
def test_an_administrator_without_phi_moves_no_folder_away_from_the_demand_of_roles(phi_lab: PhiLab, who: str) -> None:
    site = phi_lab.site
    below = site.folders.add("/home/below", OPERATOR)
    open_ = site.folders.add("/open", OPERATOR)
    user = user_of(f"{who}@example.org")
    site.assignments.assign(Role.FOLDER_ADMINISTRATOR, user, str(user), open_, OPERATOR)
    sent = {"container": "/home/below", "parent": "/open"}
    answer = phi_lab.as_(who).post("/home/core-moveContainer.api", json=sent)
    assert (answer.status == 200) is (who == "doctor"), answer.text
    below.refresh_from_db()
    assert below.path == ("/open/below" if who == "doctor" else "/home/below")


def test_an_administrator_without_phi_lets_no_role_for_it_in_from_above(phi_lab: PhiLab) -> None:
    site, doctor = phi_lab.site, user_of("doctor@example.org")
    below = site.folders.add("/home/below", OPERATOR)
    site.folders.set_inheritance(below, False, OPERATOR)
    site.assignments.assign(Role.FOLDER_ADMINISTRATOR, doctor, str(doctor), below, OPERATOR)
    sent = {"resourceId": str(below.entity_id)}
    assert phi_lab.doctor.post("/home/below/security-deletePolicy.api", json=sent).status == 403
    page = Client(phi_lab.front)
    sign_in(page, "doctor@example.org", PASSWORD)
    assert submit(page, "/home/below/security-permissions.view", do="inherit").status == 400
    assert phi_lab.doctor.get("/home/below/security-getMaxPhiLevel.api").json == {"maxPhiLevel": "NotPHI"}
