"""Secrets on the machine, run for real: from the cloud's store, a file or a terminal, into memory, and nowhere else."""

from __future__ import annotations

import base64
import json
import os
import pty
import stat
import termios
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from recommender.errors import MoorageError
from recommender.host import Database, External, HostDisk, HostPlan, Secret, Tls
from templates import host_files
from tests.plans import host_plan
from tests.templates.host_machine import FakeHost

VALUE = "p4ss'w\"ord $(touch canary) `touch canary` {{ 7 }}"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme/pgsql-Ab12Cd"
GCP_NAME = "projects/acme-prod/secrets/pgsql/versions/latest"
PLACES = {
    "aws": {"region": "us-east-1", "zone": "us-east-1a", "disk": HostDisk("/dev/sdb", "xfs", 500)},
    "gcp": {"region": "us-central1", "zone": "us-central1-a", "disk": HostDisk("acme-data", "ext4", 500)},
    "other": {},
}


def plan(platform: str, reference: str | None) -> HostPlan:
    password = Secret("pgsql-password", "the password of the pgsql database", reference)
    certificate = Secret("tls-certificate", "the certificate chain (PEM)", reference, multiline=True)
    return replace(
        host_plan(),
        platform=platform,
        tls=Tls("certificate", None, certificate, None),
        external=External(databases=(Database("pgsql", "db.example", 5432, "sg", "sg", "require", password),)),
        **PLACES[platform],
    )


def machine(tmp_path: Path, platform: str, value: str) -> FakeHost:
    """A machine whose store holds the value; off the clouds a person wrote it into a file."""
    host = FakeHost(tmp_path, plan(platform, {"aws": ARN, "gcp": GCP_NAME}.get(platform)))
    if platform == "aws":
        host.set("aws_answer", f"{value}\n")
    elif platform == "gcp":
        answer = {"name": GCP_NAME, "payload": {"data": base64.b64encode(value.encode()).decode(), "dataCrc32c": "1"}}
        host.set("gcp_answer", json.dumps(answer, indent=2))
    else:
        for name in ("pgsql-password", "tls-certificate"):
            give(host, name, f"{value}\n")
    return host


def give(host: FakeHost, name: str, value: str) -> Path:
    kept = host.root / "etc/moorage/secrets" / name
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(value)
    kept.chmod(0o600)
    return kept


def read(host: FakeHost, name: str, stdin: int | None = None) -> tuple[int, str, str]:
    result = host.call(f'read_secret {name}; printf %s "$secret_file"', stdin)
    return result.returncode, result.stdout, result.stderr


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("platform", PLACES)
def test_a_secret_is_a_private_file_with_exactly_its_value(tmp_path: Path, platform: str) -> None:
    host = machine(tmp_path, platform, VALUE)
    status, path, error = read(host, "pgsql-password")
    assert (status, path) == (0, str(host.root / "run/moorage/secrets/pgsql-password")), error
    assert Path(path).read_text() == VALUE
    assert permissions(Path(path)) == 0o600
    assert permissions(Path(path).parent) == 0o700
    assert list(tmp_path.rglob("canary")) == []


@pytest.mark.parametrize("platform", PLACES)
def test_a_secret_file_keeps_its_lines(tmp_path: Path, platform: str) -> None:
    status, path, error = read(machine(tmp_path, platform, PEM), "tls-certificate")
    assert status == 0, error
    assert Path(path).read_text() == f"{PEM}\n"


@pytest.mark.parametrize("platform", PLACES)
def test_a_value_is_in_no_argument_environment_or_log(tmp_path: Path, platform: str) -> None:
    host = machine(tmp_path, platform, "hunter2")
    _, printed, error = read(host, "pgsql-password")
    everything = printed + error + host.log + "".join(host.get(name) for name in ("calls", "environment"))
    assert "hunter2" not in everything
    assert "ya29" not in everything
    assert "the secret pgsql-password is in" in host.log


@pytest.mark.parametrize("platform", PLACES)
def test_a_text_of_several_lines_is_refused_without_repeating_it(tmp_path: Path, platform: str) -> None:
    host = machine(tmp_path, platform, "hunter2\nhunter3")
    status, _, error = read(host, "pgsql-password")
    assert status == 1
    assert "the secret pgsql-password holds more than one line" in error
    assert "hunter" not in error
    assert not (host.root / "run/moorage/secrets/pgsql-password").exists()


@pytest.mark.parametrize("platform", ["aws", "gcp"])
def test_the_store_is_asked_once_a_boot(tmp_path: Path, platform: str) -> None:
    host = machine(tmp_path, platform, VALUE)
    read(host, "pgsql-password")
    calls = len(host.calls)
    assert read(host, "pgsql-password")[0] == 0
    asked = [call for call in host.calls[calls:] if call.startswith(("aws ", "curl "))]
    assert asked == []


def test_aws_is_asked_in_the_region_of_the_secret(tmp_path: Path) -> None:
    host = machine(tmp_path, "aws", VALUE)
    read(host, "pgsql-password")
    arguments = host.get("aws_arguments").split("\0")[:-1]
    assert arguments[:2] == ["secretsmanager", "get-secret-value"]
    assert arguments[arguments.index("--secret-id") + 1] == ARN
    assert arguments[arguments.index("--region") + 1] == "eu-west-1"
    assert arguments[arguments.index("--query") + 1] == "SecretString"


def test_gcp_is_asked_with_a_token_by_standard_input(tmp_path: Path) -> None:
    host = machine(tmp_path, "gcp", VALUE)
    read(host, "pgsql-password")
    assert host.called("curl")[-1].endswith(f"https://secretmanager.googleapis.com/v1/{GCP_NAME}:access")
    assert host.get("curl_input") == 'header = "Authorization: Bearer ya29.secret"\n'


@pytest.mark.parametrize(
    ("platform", "reference", "permission"),
    [("aws", ARN, "secretsmanager:GetSecretValue"), ("gcp", GCP_NAME, "roles/secretmanager.secretAccessor")],
)
@pytest.mark.parametrize("how", ["refused", "empty"])
def test_a_store_that_gives_nothing_is_an_error_that_says_what_is_needed(
    tmp_path: Path, platform: str, reference: str, permission: str, how: str
) -> None:
    host = machine(tmp_path, platform, "")
    if how == "refused":
        (host.state / f"{platform}_answer").unlink()
    status, path, error = read(host, "pgsql-password")
    assert (status, path) == (1, "")
    if how == "refused":
        assert f"could not be read from {reference}" in error
        assert permission in error
    assert not (host.root / "run/moorage/secrets/pgsql-password").exists()


def test_a_grant_that_does_not_work_yet_is_waited_for(tmp_path: Path) -> None:
    host = machine(tmp_path, "aws", VALUE)
    stub = (host.bin / "aws").read_text()
    (host.bin / "aws").write_text(
        f'{stub}[[ $(wc -l <"$STATE/tries") == 3 ]]\n'.replace("env >", 'echo >>"$STATE/tries"; env >')
    )
    result = host.call("read_secret pgsql-password")
    assert result.returncode == 0, result.stderr
    assert len(host.called("aws")) == 3
    assert result.stderr.count("trying again to read") == 2
    assert (host.root / "run/moorage/secrets/pgsql-password").read_text() == VALUE


def test_a_secret_of_aws_without_text_is_not_taken_for_the_word_none(tmp_path: Path) -> None:
    host = machine(tmp_path, "aws", "None")
    assert "could not be read from" in read(host, "pgsql-password")[2]


def test_without_a_terminal_the_missing_file_is_named(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, plan("other", None))
    status, _, error = read(host, "pgsql-password")
    assert status == 1
    assert f"{host.root}/etc/moorage/secrets/pgsql-password is missing" in error
    assert "Write the password of the pgsql database into it" in error


def test_a_file_that_a_person_changed_counts_at_the_next_start(tmp_path: Path) -> None:
    host = machine(tmp_path, "other", "first")
    _, path, _ = read(host, "pgsql-password")
    give(host, "pgsql-password", "second\n")
    read(host, "pgsql-password")
    assert Path(path).read_text() == "second"


def at_terminal(host: FakeHost, name: str, typed: str, *, hidden: bool) -> tuple[int, str, str]:
    """Read a secret at a terminal on which a person types; a hidden answer only once the terminal repeats nothing."""
    person, terminal = pty.openpty()

    def type_it() -> None:
        deadline = time.monotonic() + 10
        while hidden and termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < deadline:
            time.sleep(0.01)
        os.write(person, (typed if time.monotonic() < deadline else "\x04").encode())

    typist = threading.Thread(target=type_it)
    typist.start()
    try:
        return read(host, name, terminal)
    finally:
        typist.join()
        os.close(terminal)
        os.close(person)


def test_a_person_is_asked_once_and_what_they_type_is_kept_private(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, plan("other", None))
    status, path, error = at_terminal(host, "pgsql-password", f"\n{VALUE}\n", hidden=True)
    assert status == 0, error
    assert error.count("Enter the password of the pgsql database: ") == 2  # an empty answer is none
    assert VALUE not in error
    assert Path(path).read_text() == VALUE
    kept = host.root / "etc/moorage/secrets/pgsql-password"
    assert permissions(kept) == 0o600
    assert permissions(kept.parent) == 0o700
    (Path(path)).unlink()
    assert read(host, "pgsql-password")[0] == 0
    assert Path(path).read_text() == VALUE


def test_a_file_is_asked_for_by_its_path(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, plan("other", None))
    (tmp_path / "my chain.pem").write_text(f"{PEM}\n")
    status, path, error = at_terminal(host, "tls-certificate", f"{tmp_path}\n{tmp_path}/my chain.pem\n", hidden=False)
    assert status == 0, error
    assert f"'{tmp_path}' is no file" in error
    assert Path(path).read_text() == f"{PEM}\n"


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    assert "there is no secret 'other'" in read(FakeHost(tmp_path, plan("other", None)), "other")[2]


@pytest.mark.parametrize(
    ("platform", "reference"),
    [
        ("aws", GCP_NAME),
        ("gcp", ARN),
        ("other", ARN),
        ("aws", f"{ARN};id"),
        ("aws", f"{ARN}\n"),
        ("gcp", "projects/a/secrets/$(id)/versions/1"),
        ("gcp", "projects/a/secrets/b/versions/latest:access?x=y"),
    ],
)
def test_a_reference_of_another_kind_is_refused(platform: str, reference: str) -> None:
    with pytest.raises(MoorageError, match=r"secrets\[tls-certificate\]\.reference"):
        host_files.files(plan(platform, reference))
