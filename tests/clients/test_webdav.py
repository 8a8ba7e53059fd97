"""Files through the WebDAV client that the official Python client hands out, and through curl."""

import subprocess

import pytest
from labkey.api_wrapper import APIWrapper

MEGABYTES = 96


@pytest.fixture
def dav(live):
    api = APIWrapper(f"{live.host}:{live.port}", "home", "labkey", use_ssl=False, api_key=live.admin)
    return api.server_context.webdav_client(), lambda name="": api.server_context.webdav_path("home", name)


def test_python_client_keeps_a_tree_of_files(dav, tmp_path):
    client, path = dav
    client.mkdir(path("tree"))
    (tmp_path / "one.csv").write_bytes(b"a,b\n1,2\n")
    client.upload_sync(path("tree/one.csv"), str(tmp_path / "one.csv"))
    assert client.check(path("tree/one.csv"))
    assert "one.csv" in client.list(path("tree"))
    client.copy(path("tree/one.csv"), path("tree/two.csv"))
    client.move(path("tree/two.csv"), path("tree/three.csv"))
    client.download_sync(path("tree/three.csv"), str(tmp_path / "back.csv"))
    assert (tmp_path / "back.csv").read_bytes() == b"a,b\n1,2\n"
    assert client.info(path("tree/one.csv"))["size"] == "8"
    client.clean(path("tree"))
    assert not client.check(path("tree"))


def test_large_file_passes_through_without_filling_the_memory(live, tmp_path):
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        for number in range(MEGABYTES):
            file.write(bytes([number]) * 1024 * 1024)
    url, user = f"{live.url}/_webdav/home/@files/big.bin", f"apikey:{live.admin}"
    before = live.worker_bytes()
    curl("-u", user, "-T", big, url)
    curl("-u", user, "-o", tmp_path / "back.bin", url)
    grown = live.worker_bytes() - before
    assert (tmp_path / "back.bin").read_bytes() == big.read_bytes()
    assert grown < MEGABYTES * 1024 * 1024 / 2
    assert curl("-u", user, "-r", f"{5 * 1024 * 1024}-{5 * 1024 * 1024 + 3}", url) == "\x05" * 4
    curl("-u", user, "-X", "DELETE", url)


def curl(*arguments):
    done = subprocess.run(["curl", "-sSf", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
