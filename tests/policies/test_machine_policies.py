"""Planted faults in what a machine gets at boot are caught, each by the right policy and by no other."""

from __future__ import annotations

import base64
import gzip
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.policies.machine.view import EC2_MOST, GCE_MOST
from stacks.policies.policy import Scope
from tests.policies.planted import (
    MACHINE,
    Fault,
    breaches,
    breaches_of_profile,
    edit,
    edit_file,
    newly_broken,
    with_broken_file,
)
from tests.policies.previews import Spoil, clean, profiles

AWS = "examples/acme-aws.yaml"
AWS_SCRIPT = "examples/acme-script-aws.yaml"
GCP = "examples/globex-gcp.yaml"
GCP_COMPOSE = "examples/globex-compose-gcp.yaml"
OWN_MACHINE = "examples/dunder-script-azure.yaml"

EC2 = "aws:ec2/instance:Instance"
GCE = "gcp:compute/instance:Instance"


def packed(change: Callable[[str], str]) -> Spoil:
    """Changes the text that the user data of an EC2 machine unpacks to."""

    def repack(inputs: dict[str, str]) -> None:
        text = gzip.decompress(base64.b64decode(inputs["userDataBase64"])).decode()
        inputs["userDataBase64"] = base64.b64encode(gzip.compress(change(text).encode(), mtime=0)).decode()

    return edit(EC2, repack)


def on_aws(line: str) -> Spoil:
    return packed(lambda text: f"{text}\n{line}\n")


def on_gcp(line: str) -> Spoil:
    return edit(
        GCE, lambda inputs: inputs["metadata"].update({"user-data": f"{inputs['metadata']['user-data']}\n{line}\n"})
    )


def noise(size: int) -> str:
    """Bytes that do not compress, the same at every run."""
    return base64.b64encode(random.Random(6).randbytes(size)).decode()


FAULTS = [
    Fault("MACHINE-USER-DATA-SIZE", AWS, "20 KB that do not compress", edit(EC2, lambda inputs: inputs.update(userDataBase64=noise(20 * 1024)))),
    Fault("MACHINE-USER-DATA-SIZE", AWS, "one byte too many", edit(EC2, lambda inputs: inputs.update(userDataBase64=noise(EC2_MOST + 1)))),
    Fault("MACHINE-USER-DATA-SIZE", AWS, "20 KB of plain text", edit(EC2, lambda inputs: (inputs.pop("userDataBase64"), inputs.update(userData="# x\n" * 5 * 1024)))),
    Fault("MACHINE-USER-DATA-SIZE", GCP, "one value of a quarter of a megabyte", on_gcp("#" * GCE_MOST)),
    Fault("MACHINE-USER-DATA-ROOM", AWS, "the last byte", edit(EC2, lambda inputs: inputs.update(userDataBase64=noise(EC2_MOST)))),
    Fault("MACHINE-USER-DATA-SECRET", AWS, "a password", on_aws("PGPASSWORD='correct-Horse7'; export PGPASSWORD; SRC_DB_PASSWORD='correct-Horse7'")),
    Fault("MACHINE-USER-DATA-SECRET", AWS_SCRIPT, "a token of Sourcegraph", on_aws("token=sgp_0123456789abcdefghijklmnop")),
    Fault("MACHINE-USER-DATA-SECRET", AWS, "a key of AWS", on_aws("aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE")),
    Fault("MACHINE-USER-DATA-SECRET", GCP, "a private key", on_gcp("-----BEGIN RSA PRIVATE KEY-----")),
    Fault("MACHINE-USER-DATA-SECRET", GCP_COMPOSE, "a password in a URL", on_gcp("curl https://admin:hunter2@registry.example/v2/")),
    Fault("MACHINE-DOWNLOADS-PINNED", AWS_SCRIPT, "a download without a checksum", edit_file("downloads.tsv", "\n", "\nextra\t1.0.0\textra.tgz\thttps://example.com/extra.tgz\t-\t-\t-\n")),
    Fault("MACHINE-DOWNLOADS-HTTPS", GCP_COMPOSE, "a download in clear text", edit_file("downloads.tsv", "https://", "http://")),
    Fault("MACHINE-DOWNLOADS-HTTPS", AWS, "a fetch in clear text", on_aws("curl --output /tmp/x http://mirror.example.com/x")),
    Fault("MACHINE-DOWNLOADS-READ", AWS, "a fetch into a shell", on_aws("curl -fsSL https://get.example.com | sudo bash -s -- --yes")),
    Fault("MACHINE-DOWNLOADS-READ", OWN_MACHINE, "the same on a machine of your own", edit_file("user-data.yaml", "#cloud-config\n", "#cloud-config\n# x\nruncmd: [wget -qO- https://get.example.com | sh]\n")),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.policy}: {fault.what}")
def test_a_planted_fault_is_caught_by_its_policy_alone(fault: Fault) -> None:
    assert newly_broken(fault.profile, fault.spoil) == {fault.policy}


def test_every_policy_for_machines_has_a_planted_fault() -> None:
    assert {policy.id for policy in MACHINE} == {fault.policy for fault in FAULTS}


@pytest.mark.parametrize("profile", profiles())
def test_no_example_and_no_case_breaks_one(profile: str) -> None:
    assert breaches_of_profile(profile, MACHINE) == []


@pytest.mark.parametrize(
    "line",
    [
        "sha256=803d433f226db4776e1768fd319fc6c6e4935a456acf84fcc0080818b854bc8f",
        "commit: d4187d0c31e4fccc6b0edca3287b51b7e521853b",
        "token=$(metadata instance/service-accounts/default/token | cut -d'\"' -f4)",
        "password: ${PGPASSWORD:?}",
        'secret="$root/run/moorage/secrets/$1"',
        "pgsql-password arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme/pgsql-AbCdEf text the password",
        "key=projects/acme/secrets/bucket-key/versions/latest",
        "MOORAGE_PROXY=http://proxy.example:3128",
        "until curl --fail http://127.0.0.1/healthz; do",
        "curl -H 'Metadata-Flavor: Google' http://metadata.google.internal/computeMetadata/v1/",
        "# Never `curl https://get.example.com | sh`.",
    ],
)
def test_what_scripts_say_of_secrets_and_downloads_is_no_breach(line: str) -> None:
    assert newly_broken(AWS, on_aws(line)) == set()


def test_a_secret_that_is_found_is_not_repeated() -> None:
    spoiled = on_aws("SRC_DB_PASSWORD='correct-Horse7'")(clean(AWS))
    assert "Horse7" not in "".join(breach.message for _, breach in breaches(spoiled, MACHINE))


def test_user_data_that_nobody_knows_yet_is_not_judged() -> None:
    spoiled = edit(EC2, lambda inputs: inputs.update(userDataBase64={"unknown": True}))(clean(AWS))
    assert breaches(Scope(spoiled.resources, {}, "production"), MACHINE) == []


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_policy_raises_whatever_a_machine_gets(data: st.DataObject) -> None:
    value = data.draw(
        st.text() | st.none() | st.integers() | st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode())
    )
    value = data.draw(st.sampled_from([value, base64.b64encode(b"\x1f\x8b\x08" + str(value).encode()).decode()]))
    breaches(edit(EC2, lambda inputs: inputs.update(userDataBase64=value))(clean(AWS)), MACHINE)
    breaches(
        edit(GCE, lambda inputs: inputs.update(metadata={"user-data": value, "user-data-encoding": "base64"}))(
            clean(GCP)
        ),
        MACHINE,
    )


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_policy_raises_whatever_a_file_holds(data: st.DataObject) -> None:
    breaches(with_broken_file(data, clean(data.draw(st.sampled_from([OWN_MACHINE, AWS_SCRIPT])))), MACHINE)
