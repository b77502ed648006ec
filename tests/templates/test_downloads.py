"""Downloads, run for real with a stand-in for curl: nothing counts before it is verified."""

from __future__ import annotations

import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from recommender.errors import MoorageError
from recommender.host import Download, HostPlan, Proxy
from templates import host_files
from tests.plans import download, host_plan
from tests.templates.host_machine import FakeHost, archive, digest, tree_digest

K3S = b"the k3s binary\n"
CHART = {"Chart.yaml": b"name: sourcegraph\n", "templates/a.yaml": b"kind: A\n", "templates/b.yaml": b"kind: B\n"}
IN_ARCHIVE = {"repo-1.2.3/README.md": b"elsewhere\n"} | {
    f"repo-1.2.3/charts/sourcegraph/{path}": content for path, content in CHART.items()
}
ARCHIVE = archive(IN_ARCHIVE)
TREE = "charts/sourcegraph"


def plan_with(*downloads: Download, **changes: object) -> HostPlan:
    plan = host_plan()
    return replace(plan, sources=replace(plan.sources, downloads=downloads, **changes))


def k3s(**changes: object) -> Download:
    return download("k3s", sha256=digest(K3S), **changes)


def chart(**changes: object) -> Download:
    plain = {"sha256": None, "tree": TREE, "tree_sha256": tree_digest(CHART)}
    return download("chart", **(plain | changes))


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(tmp_path, plan_with(k3s(), chart()))
    host.serve("k3s", K3S)
    host.serve("chart", ARCHIVE)
    return host


def obtain(host: FakeHost, name: str, before: str = "") -> tuple[int, str, str]:
    result = host.call(f'{before}\nobtain {name}\nprintf %s "$obtained"')
    return result.returncode, result.stdout, result.stderr


def cached(host: FakeHost) -> list[str]:
    return sorted(path.name for path in host.cache.iterdir()) if host.cache.exists() else []


def test_a_file_with_the_right_checksum_is_kept_and_used_again(host: FakeHost) -> None:
    status, path, error = obtain(host, "k3s")
    assert (status, path) == (0, str(host.cache / "k3s-1.2.3")), error
    assert Path(path).read_bytes() == K3S
    assert obtain(host, "k3s")[:2] == (0, path)
    assert len(host.called("curl")) == 1
    assert cached(host) == ["k3s-1.2.3"]


def test_a_wrong_checksum_is_refused_with_both_sums_and_the_remedy(host: FakeHost) -> None:
    host.serve("k3s", b"somebody else's binary\n")
    status, path, error = obtain(host, "k3s")
    assert (status, path) == (1, "")
    for words in (digest(b"somebody else's binary\n"), digest(K3S), "https://origin.example/k3s", "do not use it"):
        assert words in error
    assert cached(host) == []


def test_a_kept_file_that_was_altered_is_fetched_again(host: FakeHost) -> None:
    obtain(host, "k3s")
    (host.cache / "k3s-1.2.3").write_bytes(b"altered")
    assert obtain(host, "k3s")[0] == 0
    assert (host.cache / "k3s-1.2.3").read_bytes() == K3S


@pytest.mark.parametrize("name", ["k3s", "chart"])
@pytest.mark.parametrize("how", ["dies", "killed"])
def test_a_download_that_ends_half_way_leaves_nothing_that_counts(host: FakeHost, name: str, how: str) -> None:
    host.set(how)
    status, path, _ = obtain(host, name)
    assert status != 0
    assert path == ""
    assert [entry for entry in cached(host) if not entry.startswith(".")] == []
    assert how == "killed" or cached(host) == []
    (host.state / how).unlink()
    assert obtain(host, name)[0] == 0
    assert [entry for entry in cached(host) if entry.startswith(".")] == []


def test_an_origin_that_does_not_answer_is_named_with_the_ways_out(host: FakeHost) -> None:
    (host.state / "served/k3s").unlink()
    status, _, error = obtain(host, "k3s")
    assert status == 1
    for words in ("https://origin.example/k3s could not be fetched", "deployment.proxy", "mirror", "--from DIR"):
        assert words in error


@pytest.mark.parametrize(
    ("mirror", "protocols"),
    [("https://mirror.example/files", "=https"), ("http://mirror.example:8080/files/", "=http,https")],
)
def test_a_mirror_serves_every_file_by_its_name(tmp_path: Path, mirror: str, protocols: str) -> None:
    host = FakeHost(tmp_path, plan_with(k3s(), mirror=mirror))
    host.serve("k3s-1.2.3", K3S)
    assert obtain(host, "k3s")[0] == 0
    (call,) = host.called("curl")
    assert call.endswith(f"--url {mirror.rstrip('/')}/k3s-1.2.3")
    assert f"--proto {protocols} --proto-redir {protocols} " in call


def test_an_origin_is_reached_by_https_only_and_without_settings_of_the_account(host: FakeHost) -> None:
    obtain(host, "k3s")
    (call,) = host.called("curl")
    assert call.startswith("curl --disable --fail ")
    assert "--proto =https --proto-redir =https " in call
    assert "--retry 5 " in call


def test_the_proxy_reaches_curl_by_its_environment(tmp_path: Path) -> None:
    proxy = Proxy("http://proxy.example:3128", ("git.example", "10.0.0.0/8"))
    host = FakeHost(tmp_path, replace(plan_with(k3s()), proxy=proxy))
    host.serve("k3s", K3S)
    assert obtain(host, "k3s")[0] == 0
    environment = host.get("environment").splitlines()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        assert f"{name}=http://proxy.example:3128" in environment
    (direct,) = [line for line in environment if line.startswith("no_proxy=")]
    assert direct.split("=")[1].split(",")[-2:] == ["git.example", "10.0.0.0/8"]
    assert "169.254.169.254" in direct


def test_without_a_proxy_no_variable_is_set(host: FakeHost) -> None:
    obtain(host, "k3s")
    assert "_proxy=" not in host.get("environment").lower()


def test_from_a_directory_nothing_is_fetched(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/k3s-1.2.3").write_bytes(K3S)
    (tmp_path / "files/chart-1.2.3").write_bytes(ARCHIVE)
    before = f"parse_options --from {tmp_path}/files"
    assert obtain(host, "k3s", before)[0] == 0
    assert obtain(host, "chart", before)[0] == 0
    assert host.called("curl") == []


def test_what_a_directory_lacks_or_has_wrong_is_refused_and_left_there(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    before = f"parse_options --from {tmp_path}/files"
    assert f"{tmp_path}/files/k3s-1.2.3 is missing" in obtain(host, "k3s", before)[2]
    (tmp_path / "files/k3s-1.2.3").write_bytes(b"wrong")
    assert digest(b"wrong") in obtain(host, "k3s", before)[2]
    assert (tmp_path / "files/k3s-1.2.3").read_bytes() == b"wrong"
    assert cached(host) == []
    check = host.start("--check", "--from", str(tmp_path / "files"))
    assert check.stderr.count("PROBLEM") == 2
    assert f"k3s-1.2.3 has SHA-256 {digest(b'wrong')}" in check.stderr
    assert "chart-1.2.3 is missing. Fetch it with --download DIR" in check.stderr


def test_container_images_may_be_absent_from_a_directory(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, plan_with(download("k3s-images")))
    (tmp_path / "files").mkdir()
    assert host.start("--check", "--from", str(tmp_path / "files")).returncode == 0


def test_an_archive_packed_anew_is_accepted_by_its_content(host: FakeHost) -> None:
    again = archive(IN_ARCHIVE, packed_at=1)
    assert again != ARCHIVE
    host.serve("chart", again)
    status, path, error = obtain(host, "chart")
    assert (status, path) == (0, str(host.cache / "chart-1.2.3")), error
    found = {str(file.relative_to(path)): file.read_bytes() for file in Path(path).rglob("*") if file.is_file()}
    assert found == CHART
    assert Path(path, "Chart.yaml").stat().st_uid == os.geteuid()
    assert obtain(host, "chart")[0] == 0
    assert len(host.called("curl")) == 1
    assert cached(host) == ["chart-1.2.3"]


def test_the_whole_archive_may_be_the_tree(tmp_path: Path) -> None:
    files = {path.removeprefix("repo-1.2.3/"): content for path, content in IN_ARCHIVE.items()}
    host = FakeHost(tmp_path, plan_with(chart(tree=".", tree_sha256=tree_digest(files))))
    host.serve("chart", ARCHIVE)
    status, path, error = obtain(host, "chart")
    assert status == 0, error
    assert Path(path, "charts/sourcegraph/Chart.yaml").exists()


def test_a_kept_tree_that_was_altered_is_fetched_again(host: FakeHost) -> None:
    obtain(host, "chart")
    (host.cache / "chart-1.2.3/templates/c.yaml").write_text("kind: C\n")
    assert obtain(host, "chart")[0] == 0
    assert not (host.cache / "chart-1.2.3/templates/c.yaml").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"Chart.yaml": b"name: other\n"},
        {"extra.yaml": b""},
        {"templates/b.yaml": b"kind: A\n"},
    ],
    ids=["another content", "another file", "same files in other places"],
)
def test_a_tree_with_another_content_is_refused(host: FakeHost, change: dict[str, bytes]) -> None:
    files = CHART | change
    host.serve("chart", archive({f"repo-1.2.3/{TREE}/{path}": content for path, content in files.items()}))
    status, path, error = obtain(host, "chart")
    assert (status, path) == (1, "")
    assert tree_digest(files) in error
    assert tree_digest(CHART) in error
    assert cached(host) == []


def entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "extra",
    [
        [entry(f"repo-1.2.3/{TREE}/link", tarfile.SYMTYPE, "/etc/passwd")],
        [entry(f"repo-1.2.3/{TREE}/pipe", tarfile.FIFOTYPE)],
    ],
    ids=["symbolic link", "pipe"],
)
def test_a_tree_holds_regular_files_only(host: FakeHost, extra: list[tarfile.TarInfo]) -> None:
    host.serve("chart", archive(IN_ARCHIVE, extra))
    status, path, error = obtain(host, "chart")
    assert (status, path) == (1, "")
    assert "it holds links or special files" in error
    assert cached(host) == []


def test_links_beside_the_tree_are_not_used(host: FakeHost) -> None:
    host.serve("chart", archive(IN_ARCHIVE, [entry("repo-1.2.3/link", tarfile.SYMTYPE, "/etc/passwd")]))
    assert obtain(host, "chart")[0] == 0


def test_a_tree_behind_a_link_is_refused(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "elsewhere/sourcegraph").mkdir(parents=True)
    for path, content in CHART.items():
        file = tmp_path / "elsewhere/sourcegraph" / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    link = entry("repo-1.2.3/charts", tarfile.SYMTYPE, str(tmp_path / "elsewhere"))
    host.serve("chart", archive({"repo-1.2.3/README.md": b""}, [link]))
    status, _, error = obtain(host, "chart")
    assert status == 1
    assert "has no directory charts/sourcegraph" in error
    assert (tmp_path / "elsewhere/sourcegraph/Chart.yaml").exists()


@pytest.mark.parametrize("name", ["repo-1.2.3/../../../../../../canary", "/repo-1.2.3/../../canary"])
def test_an_archive_cannot_write_outside_its_directory(host: FakeHost, tmp_path: Path, name: str) -> None:
    host.serve("chart", archive({**IN_ARCHIVE, name: b"x"}))
    status, path, error = obtain(host, "chart")
    assert (status, path) == (1, "")
    assert "cannot be unpacked" in error
    assert list(tmp_path.rglob("canary")) == []
    assert [entry for entry in cached(host) if not entry.startswith(".")] == []


def test_a_file_that_is_no_archive_is_refused(host: FakeHost) -> None:
    host.serve("chart", b"<html>Sign in</html>")
    assert "cannot be unpacked" in obtain(host, "chart")[2]


def test_an_unknown_name_is_refused(host: FakeHost) -> None:
    assert "there is no download 'helm'" in obtain(host, "helm")[2]


def test_everything_is_downloaded_for_a_machine_without_internet(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    host.set("uid", "1000\n")
    before = host.snapshot()
    result = host.start("--download", str(tmp_path / "files"))
    assert result.returncode == 0, result.stderr
    assert host.snapshot() == before
    assert sorted(path.name for path in (tmp_path / "files").iterdir()) == ["chart-1.2.3", "k3s-1.2.3"]
    assert (tmp_path / "files/chart-1.2.3").read_bytes() == ARCHIVE
    assert "k3s 1.2.3: done after" in result.stderr
    host.set("uid", "0\n")
    assert host.start("--check", "--from", str(tmp_path / "files")).returncode == 0
    assert host.start("--download", str(tmp_path / "files")).returncode == 0
    assert "k3s-1.2.3 is here and verified" in host.start("--download", str(tmp_path / "files")).stderr


def test_a_download_on_a_connected_machine_takes_its_own_way(tmp_path: Path) -> None:
    plan = replace(plan_with(k3s(), mirror="https://mirror.example"), proxy=Proxy("http://proxy.example:3128", ()))
    host = FakeHost(tmp_path, plan)
    host.serve("k3s", K3S)
    (tmp_path / "files").mkdir()
    assert host.start("--download", str(tmp_path / "files")).returncode == 0
    assert host.called("curl")[0].endswith("--url https://origin.example/k3s")
    assert "proxy.example" not in host.get("environment")


def test_a_wrong_download_is_not_kept_for_another_machine(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    host.serve("k3s", b"wrong")
    assert host.start("--download", str(tmp_path / "files")).returncode == 1
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        k3s(url="http://origin.example/k3s"),
        k3s(url="https://origin.example/$(id)"),
        k3s(file="../k3s"),
        k3s(file="-k3s"),
        k3s(version="1\t2"),
        replace(k3s(), sha256=None),
        replace(k3s(), sha256="abc"),
        chart(tree_sha256=None),
        chart(tree="../charts"),
        chart(tree="/charts"),
        replace(k3s(), name="K3s\n"),
    ],
)
def test_a_download_that_cannot_be_verified_or_named_is_refused(wrong: Download) -> None:
    with pytest.raises(MoorageError, match=r"sources\.downloads"):
        host_files.files(plan_with(wrong))
