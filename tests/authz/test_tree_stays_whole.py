"""Whatever is done to the tree of folders, and in whatever order, it stays one tree with one path a folder."""

import random

import pytest

from tests.site import OPERATOR

NAMES = ["a", "B", "ß", "İx", "Étude", "x y", "[A]", "100%", "it's"]


def check_whole() -> None:
    from keyhouse.authz.models import ROOT_ID, Folder, FolderAlias

    folders = {folder.id: folder for folder in Folder.objects.all()}
    for folder in folders.values():
        if folder.id == ROOT_ID:
            continue
        parent = folders[folder.parent_id]
        assert folder.path == f"{parent.path.rstrip('/')}/{folder.name}"
        assert folder.lower_path == folder.path.lower()
    paths = {folder.lower_path for folder in folders.values()}
    assert len(paths) == len(folders)
    assert not paths & set(FolderAlias.objects.values_list("lower_path", flat=True))


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_leave_a_tree(site, seed):
    from keyhouse.authz.folders import FolderError
    from keyhouse.authz.models import Folder

    chance = random.Random(seed)
    for _ in range(80):
        folders = list(Folder.objects.order_by("id"))
        folder, other, name = chance.choice(folders), chance.choice(folders), chance.choice(NAMES)
        how = chance.choice(["add", "add", "add", "rename", "move", "delete"])
        try:
            match how:
                case "add":
                    site.folders.add(f"{folder.path.rstrip('/')}/{name}", OPERATOR)
                case "rename":
                    site.folders.rename(folder, name, "", OPERATOR, keeps_alias=chance.random() < 0.7)
                case "move":
                    site.folders.move(folder, other, OPERATOR, keeps_alias=chance.random() < 0.7)
                case "delete":
                    site.folders.delete(folder, OPERATOR)
        except FolderError:
            pass
        check_whole()


def test_an_old_path_leads_to_the_folder_and_to_what_stands_below(site):
    from keyhouse.authz.aliases import lead_on

    one = site.folders.add("/One", OPERATOR)
    site.folders.add("/One/sub", OPERATOR)
    site.folders.rename(one, "Two", "", OPERATOR)
    site.folders.rename(one, "Three", "", OPERATOR)
    assert lead_on("/one/SUB") == "/Three/SUB"
    assert lead_on("/Two") == "/Three"
    assert lead_on("/") is None and lead_on("/three") is None
    site.folders.rename(one, "One", "", OPERATOR)
    assert lead_on("/One") is None and lead_on("/Three") == "/One"
