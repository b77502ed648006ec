"""Canaries as secrets, on a real system: each stands where it must, and nowhere else."""

from __future__ import annotations

import base64
import os
import re
import time
from pathlib import Path

from recommender.host import External, Redis, Secret, Software, Tls
from tests.real.machine import REQUIRES, Machine

pytestmark = REQUIRES

CANARIES = {
    "tls-certificate": "canary-1f0c-certificate\nline two",
    "tls-key": "canary-2e1d-key\nline two",
    "redis-cache": "canary-3d2e-$HOME`id`'\"$(id)\\",
    "redis-store": "canary-4c3f-store",
}
KEPT = {
    "install-script": {
        "/mnt/data/k3s/objects/sourcegraph-tls",
        "/mnt/data/k3s/objects/sourcegraph-redis-cache",
        "/mnt/data/k3s/objects/sourcegraph-redis-store",
    },
    "docker-compose": {"/run/moorage/compose.env", "/mnt/data/docker/containers"},
}
"""Where the software itself needs the values: with k3s as Kubernetes' secrets, with Compose as containers' variables."""


def secretive(target: Software, directory: Path) -> Machine:
    certificate = Secret("tls-certificate", "the certificate chain (PEM)", None, multiline=True)
    key = Secret("tls-key", "the certificate's private key (PEM)", None, multiline=True)
    redis = Redis(*(Secret(f"redis-{name}", f"the endpoint of the Redis {name}", None) for name in ("cache", "store")))
    return Machine(directory, target, tls=Tls("certificate", None, certificate, key), external=External(redis=redis))


def must_be_nowhere_else(machine: Machine, output: str) -> None:
    """Every canary stands where it must, for root only, and in no other file, call, environment or output."""
    found: set[str] = set()
    for name, path in machine.files():
        content = path.read_bytes()
        if any(form in content for value in CANARIES.values() for form in forms(value)):
            found.add(name)
            assert path.stat().st_mode & 0o777 == 0o600, name
    folders = ("/etc/moorage/secrets", "/run/moorage/secrets")
    assert found == {f"{folder}/{name}" for folder in folders for name in CANARIES} | KEPT[machine.plan.target]
    assert "canary-" not in output
    assert machine.calls
    assert "canary-" not in machine.calls


def forms(value: str) -> list[bytes]:
    """The first line as it is, and as base64 begins with it."""
    line = value.splitlines()[0].encode()
    return [line, base64.b64encode(line[: len(line) // 3 * 3])]


def test_secrets_from_files_stay_in_their_files(tmp_path: Path, target: Software) -> None:
    with secretive(target, tmp_path) as machine:
        for name, value in CANARIES.items():
            machine.write(f"/etc/moorage/secrets/{name}", f"{value}\n".encode(), 0o600)
        must_be_nowhere_else(machine, machine.install())
        before = machine.tree(touched=True)
        must_be_nowhere_else(machine, machine.install())
        assert machine.tree(touched=True) == before


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, target: Software) -> None:
    with secretive(target, tmp_path) as machine:
        for name, value in CANARIES.items():
            machine.write(f"/etc/moorage/secrets/{name}", value.encode(), 0o644 if name == "tls-key" else 0o600)
        output = machine.refuse()
        assert "/etc/moorage/secrets/tls-key may be read by others. Run: chmod 600" in output
        assert "1 problem(s)" in output


def test_secrets_are_asked_for_at_a_terminal_without_an_echo_and_once(tmp_path: Path, target: Software) -> None:
    with secretive(target, tmp_path) as machine:
        answers: list[str] = []
        for name, value in CANARIES.items():
            if name.startswith("tls-"):
                machine.write(f"/dev/{name}.pem", f"{value}\n".encode(), 0o600)
                answers.append(f"/dev/{name}.pem")
            else:
                answers.append(value)
        output, echoed = answer_at_a_terminal(machine, answers)
        assert "canary-" not in echoed
        must_be_nowhere_else(machine, output)
        machine.install()  # with no terminal


def answer_at_a_terminal(machine: Machine, answers: list[str]) -> tuple[str, str]:
    """Type each answer when it is asked for. Returns what the installer said and what the terminal showed."""
    ours, theirs = os.openpty()
    with machine.start_install(stdin=theirs) as run:
        os.close(theirs)
        for answer in answers:
            while not re.search(r"^(Enter|Path of) .*: \Z", run.said, re.MULTILINE):
                assert run.hear(), run.said
            time.sleep(0.2)  # bash switches the echo off about when it prompts
            run.said += "\n"
            os.write(ours, f"{answer}\n".encode())
        assert run.wait() == 0, run.said
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    return run.said, shown
