"""Planted faults in the files of Docker Compose are caught, each by the right policy and by no other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.policies.compose.images import floating
from stacks.policies.policy import Scope
from tests.policies.planted import COMPOSE, Fault, breaches, edit_file, newly_broken, with_broken_file
from tests.policies.previews import clean

GCP = "examples/globex-compose-gcp.yaml"
EXECUTORS = "tests/cases/compose-gcp-production/profile.yaml"
OWN = "examples/hooli-compose-own-machine.yaml"
POC = "tests/cases/compose-aws-simple/profile.yaml"
OVERRIDE = "docker-compose.override.yaml"

SERVICE = "  syntect-server:\n"


def service(lines: str) -> object:
    """Adds lines to a service."""
    return edit_file(OVERRIDE, SERVICE, f"{SERVICE}    {lines}\n")


FAULTS = [
    Fault("COMPOSE-IMAGE-PINNED", EXECUTORS, "the newest executor", edit_file(OVERRIDE, "executor:7.5.4453", "executor:latest")),
    Fault("COMPOSE-IMAGE-PINNED", GCP, "an image without a tag", service("image: registry.example:5000/sg/worker")),
    Fault("COMPOSE-IMAGE-PINNED", OWN, "a minor version", service("image: sourcegraph/worker:7.5")),
    Fault("COMPOSE-LIMITS", GCP, "a service without a limit of memory", edit_file(OVERRIDE, '    mem_limit: "50m"\n', "")),
    Fault("COMPOSE-LIMITS", GCP, "a service that somebody added", edit_file(OVERRIDE, SERVICE, f"  shell:\n    image: alpine:3.22.1\n{SERVICE}")),
    Fault("COMPOSE-PORTS", GCP, "Prometheus for the network", edit_file(OVERRIDE, "127.0.0.1:9090:9090", "9090:9090")),
    Fault("COMPOSE-PORTS", POC, "a port beside the proxy's", edit_file(OVERRIDE, '"443:443"', '"443:443", "8443:443/tcp"')),
    Fault("COMPOSE-PORTS", OWN, "a database on every address", service('ports: !override [{target: 5432, published: "5432"}]')),
    Fault("COMPOSE-PORTS-REPLACED", GCP, "ports that join the vendor's", edit_file(OVERRIDE, "!override [\"127.0.0.1:9090", "[\"127.0.0.1:9090")),
    Fault("COMPOSE-RESTART", EXECUTORS, "an executor that stays down", edit_file(OVERRIDE, "restart: always", "restart: no")),
    Fault("COMPOSE-PRIVILEGED", GCP, "a privileged service", service("privileged: true")),
    Fault("COMPOSE-PRIVILEGED", GCP, "the machine's network", service("network_mode: host")),
    Fault("COMPOSE-PRIVILEGED", GCP, "Docker's socket", service("volumes: ['/var/run/docker.sock:/var/run/docker.sock']")),
    Fault("COMPOSE-EXECUTOR-PRIVILEGED", EXECUTORS, "an executor that sees every process", edit_file(OVERRIDE, "    restart: always\n", "    restart: always\n    pid: host\n")),
    Fault("COMPOSE-DATA-DISK", GCP, "data on the machine's own disk", service("volumes: ['/var/lib/worker:/data']")),
    Fault("COMPOSE-DATA-DISK", GCP, "data beside the file", service("volumes: [{type: bind, source: ./data, target: /data}]")),
    Fault("COMPOSE-DATA-DISK", OWN, "Docker's volumes on the machine's own disk", edit_file("daemon.json", "/mnt/data/docker", "/mnt/database")),
    Fault("COMPOSE-SECRET-CLEAR", GCP, "a password in the environment", service("environment: [SMTP_PASSWORD=!correct horse]")),
    Fault("COMPOSE-SECRET-CLEAR", OWN, "a password in the place of a reference", edit_file(OVERRIDE, '"${MOORAGE_PGSQL_PASSWORD:?run moorage-start}"', '"+hunter-two"')),
    Fault("COMPOSE-SECRET-CLEAR", GCP, "a token in .env", edit_file("docker-compose/.env", "COMPOSE_PROJECT_NAME=", "SRC_TOKEN=-abc.def\nCOMPOSE_PROJECT_NAME=")),
    Fault("COMPOSE-TLS", GCP, "no certificates", edit_file("Caddyfile", "\tservers {", "\tauto_https off\n\tservers {")),
    Fault("COMPOSE-TLS", OWN, "plain HTTP is served", edit_file("Caddyfile", "redir https://{host}{uri} 308", "import frontend")),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.policy}: {fault.what}")
def test_a_planted_fault_is_caught_by_its_policy_alone(fault: Fault) -> None:
    assert newly_broken(fault.profile, fault.spoil) == {fault.policy}


def test_every_policy_for_compose_has_a_planted_fault() -> None:
    assert {policy.id for policy in COMPOSE} == {fault.policy for fault in FAULTS}


@pytest.mark.parametrize(
    ("profile", "spoil"),
    [
        (GCP, service("image: sourcegraph/worker@sha256:" + "a" * 64)),
        (GCP, service("restart: always")),
        (GCP, service("environment: {SRC_LICENSE_KEY: '${LICENSE:?}', SMTP_PASSWORD_FILE: /run/secrets/x}")),
        (GCP, service("volumes: ['data:/data', '/mnt/data/more:/more']")),
        (GCP, edit_file(OVERRIDE, "127.0.0.1:9090:9090", "[::1]:9090:9090")),
        (GCP, edit_file(OVERRIDE, 'mem_limit: "4096m"', "deploy: {resources: {limits: {memory: 4g}}}")),
        # The migrator ends by itself.
        (GCP, edit_file(OVERRIDE, "  migrator:\n", '  migrator:\n    restart: "no"\n')),
    ],
)  # fmt: skip
def test_what_is_in_order_is_no_breach(profile: str, spoil) -> None:
    assert newly_broken(profile, spoil) == set()


def test_a_secret_that_is_found_is_not_repeated() -> None:
    spoiled = edit_file(OVERRIDE, '"${MOORAGE_PGSQL_PASSWORD:?run moorage-start}"', '"+hunter-two"')(clean(OWN))
    assert not [breach for _, breach in breaches(spoiled, COMPOSE) if "hunter" in breach.message + breach.where]


def test_without_files_nothing_is_said() -> None:
    assert breaches(Scope(clean(EXECUTORS).resources, {}, "production"), COMPOSE) == []


@pytest.mark.parametrize("tag", ["latest", "insiders", "7", "7.5", "v3", "stable", "", "main", "3.19-alpine"])
def test_tags_that_move(tag: str) -> None:
    assert floating(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "7.5.4453",
        "v1.36.2",
        "7.6.0@sha256:" + "0" * 64,
        "3.22.1-alpine",
        "20260918",
        "303125_2026-11-20_7.6-0f1e2d3c4b5a",
    ],
)
def test_tags_that_stay(tag: str) -> None:
    assert not floating(tag)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_no_policy_raises_whatever_a_file_holds(data: st.DataObject) -> None:
    breaches(with_broken_file(data, clean(data.draw(st.sampled_from([GCP, EXECUTORS, OWN])))), COMPOSE)


@given(
    st.text()
    | st.sampled_from(
        [
            "services: &a {x: *a}",
            "services: {a: {ports: {b: c}}}",
            "services: {1: {environment: 3}}",
            "a: !override {b: c}",
        ]
    )
)
def test_no_policy_raises_on_any_text(text: str) -> None:
    breaches(
        Scope((), {"x/docker-compose.override.yaml": text, "x/daemon.json": text, "x/.env": text, "x/Caddyfile": text}),
        COMPOSE,
    )
