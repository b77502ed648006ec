"""What an installer downloads: versions, addresses and checksums, each with its source.

No file was fetched to compute its checksum: values of single files are those that their projects publish, as public
repositories quote them (two at least, which agree). What a repository's server packs anew at each request is pinned by
its content, computed from the commit itself; `recommender.host.Download.tree_sha256` says how.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from recommender.fact import Fact
from recommender.host import Download, Software

_READ_ON = "2026-11-22"
_K3S = "v1.36.4+k3s1"
_K3S_URL = "https://github.com/k3s-io/k3s/releases/download/v1.36.4%2Bk3s1"
_K3S_FACT = Fact("k3s-io/k3s release v1.36.4+k3s1, sha256sum-amd64.txt, as quoted in public repositories", _READ_ON)

CHARTS: Final = MappingProxyType(
    {
        # release: commit of its tag in sourcegraph/deploy-sourcegraph-helm, SHA-256 of what charts/sourcegraph holds
        "6.12.5040": (
            "1e7b1bf22b4df9e6e18ee1cdcb5f93287a2c11c8",
            "9909cbed1c18a1196097fa566aeb444d5d5aa201e928f5499ab5b6f394858b57",
        ),
    }
)
COMPOSE_FILES: Final = MappingProxyType(
    {
        # release: commit of its tag in sourcegraph/deploy-sourcegraph-docker, SHA-256 of the whole tree
        "7.5.4453": (
            "d4187d0c31e4fccc6b0edca3287b51b7e521853b",
            "e8f2b6015edf7f802d925a52e82b2560e83df3162bf544ebad4363a73eac34f6",
        ),
    }
)

_KUBERNETES = (
    # The vendor's script installs v1.31.0, which ended on 2025-11-11; 1.36 is maintained until 2027-06-28
    # (endoflife-date/endoflife.date@a70eca33 products/kubernetes.md). docs/adr/0012 weighs the two.
    Download(
        "k3s",
        _K3S,
        "k3s-v1.36.4-k3s1-amd64",
        f"{_K3S_URL}/k3s",
        "835873f37245fc615f547a2fe2af9402a347875f13fa64a1f136de644955ea3f",
        None,
        None,
        _K3S_FACT,
    ),
    Download(
        "k3s-images",
        _K3S,
        "k3s-airgap-images-v1.36.4-k3s1-amd64.tar.zst",
        f"{_K3S_URL}/k3s-airgap-images-amd64.tar.zst",
        "9024613e2d468c51ba0e5ba21898604c41339354449fb3338cc6a7931189eb6a",
        None,
        None,
        _K3S_FACT,
    ),
    Download(
        "helm",
        "v3.21.3",
        "helm-v3.21.3-linux-amd64.tar.gz",
        "https://get.helm.sh/helm-v3.21.3-linux-amd64.tar.gz",
        "15e041a93a590dce8100f39385cd98c84a765c9e36aeeb9e2dc6ff9e4769e2e0",
        None,
        None,
        Fact("helm/helm release v3.21.3, as quoted in public repositories", _READ_ON),
    ),
)
_DOCKER = (
    Download(
        "docker",
        "29.7.2",
        "docker-29.7.2.tgz",
        "https://download.docker.com/linux/static/stable/x86_64/docker-29.7.2.tgz",
        "803d433f226db4776e1768fd319fc6c6e4935a456acf84fcc0080818b854bc8f",
        None,
        None,
        Fact("docker-29.7.2.tgz of download.docker.com, as quoted in public repositories", _READ_ON),
    ),
    Download(
        "compose",
        "5.4.0",
        "docker-compose-5.4.0-linux-x86_64",
        "https://github.com/docker/compose/releases/download/v5.4.0/docker-compose-linux-x86_64",
        "837fd1d35bf6a494f41b5b5988269a7be79de337cf1a1a6ff0e45ab51bb4e9be",
        None,
        None,
        Fact("docker-library/docker@3289af88 29/cli/Dockerfile, versions.json", _READ_ON),
    ),
)


def releases_of(target: Software) -> tuple[str, ...]:
    """Releases of Sourcegraph whose files are known well enough to be verified, the newest first."""
    return tuple(CHARTS if target == "install-script" else COMPOSE_FILES)


def downloads_for(target: Software, version: str) -> tuple[Download, ...]:
    """Everything that the installer of a target fetches for a release; empty for a release that is not known."""
    if version not in releases_of(target):
        return ()
    if target == "install-script":
        commit, content = CHARTS[version]
        chart = _archive("chart", "deploy-sourcegraph-helm", version, commit, "charts/sourcegraph", content)
        return (*_KUBERNETES, chart)
    commit, content = COMPOSE_FILES[version]
    return (*_DOCKER, _archive("vendor-files", "deploy-sourcegraph-docker", version, commit, ".", content))


def _archive(name: str, repository: str, version: str, commit: str, tree: str, content: str) -> Download:
    return Download(
        name,
        version,
        f"{repository}-{version}.tar.gz",
        f"https://github.com/sourcegraph/{repository}/archive/{commit}.tar.gz",
        None,
        tree,
        content,
        Fact(f"sourcegraph/{repository} tag v{version}, commit {commit}; content computed from it", _READ_ON),
    )
