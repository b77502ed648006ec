"""Docker Compose: what the rendered files say. The vendor's own file, which they are laid over, is not seen here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stacks.policies.compose.images import floating
from stacks.policies.compose.view import Replacing, Service, environment, json_of, mounts, named, services
from stacks.policies.inputs import at, blocks, given, said
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import ours

_PROXY: Final = "caddy"
_EXECUTOR: Final = "executor"
_ONCE: Final = "migrator"
"""It ends by itself, and must not be started again."""
_DATA: Final = "/mnt/data"
_READABLE: Final = ("/etc/", "/opt/sourcegraph/", "/var/run/", "/run/", "/sys", "/proc", "/dev")
_SOCKETS: Final = ("/var/run/docker.sock", "/run/docker.sock")
_WEB: Final = frozenset({"80", "443"})
_LOOPBACK: Final = ("127.", "[::1]", "localhost")
_INSECURE: Final = re.compile(
    r"^\s*(?:auto_https\s+off|tls_insecure_skip_verify|protocols\s+(?:\S+\s+)*tls1\.[01])\b", re.M
)
_SECRET_NAME: Final = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS|ACCESS_KEY|API_KEY|PRIVATE_KEY|LICENSE_KEY")
_POINTS_AT: Final = re.compile(r"\$\{?\w|/")
"""How a value begins that a person's shell or a file fills in."""
_SETTING: Final = re.compile(r"true|false|[0-9]{1,6}", re.IGNORECASE)
_COMPOSE: Final = "docs.docker.com/reference/compose-file, unverified, 2026-11-22"


def _images(scope: Scope) -> Iterator[Breach]:
    for service in services(scope):
        image = service.body.get("image")
        if isinstance(image, str) and _is_floating(image):
            yield _breach(service, "image", f"The image of `{service.name}` is {said(image)}.")


def _is_floating(image: str) -> bool:
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return floating(digest or tag) and "$" not in tag


def _limits(scope: Scope) -> Iterator[Breach]:
    for service in services(scope):
        limits = at(service.body, "deploy.resources.limits")
        for key, other in (("cpus", "cpus"), ("mem_limit", "memory")):
            if not given(service.body.get(key)) and not given(at(limits, other)):
                yield _breach(service, key, f"`{service.name}` has no `{key}`.")


def _ports(scope: Scope) -> Iterator[Breach]:
    for service in services(scope):
        for place, published in enumerate(_published(service)):
            host, _, port = published.rpartition(":")
            if host.startswith(_LOOPBACK) or (service.name == _PROXY and port in _WEB):
                continue
            message = f"`{service.name}` publishes {said(published)} on {host or 'every address'}."
            yield _breach(service, f"ports[{place}]", message)


def _published(service: Service) -> Iterator[str]:
    """Address and port of the machine, `ADDRESS:PORT` or `:PORT`; a port that Docker chooses is empty."""
    listed = service.body.get("ports")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield f"{one.get('host_ip') or ''}:{one.get('published') or ''}"
        else:
            before, _, _ = str(one).partition("/")[0].rpartition(":")
            yield before if ":" in before else f":{before}"


def _joined_ports(scope: Scope) -> Iterator[Breach]:
    for service in services(scope):
        ports = service.body.get("ports")
        if isinstance(ports, list) and service.name != _EXECUTOR and not isinstance(ports, Replacing):
            yield _breach(service, "ports", f"The ports of `{service.name}` join the vendor's.")


def _restarts(scope: Scope) -> Iterator[Breach]:
    for service in services(scope):
        policy = service.body.get("restart")
        # YAML 1.1 reads an unquoted `no` as false.
        if service.name != _ONCE and policy in ("no", False) and "restart" in service.body:
            yield _breach(service, "restart", f"`{service.name}` is not started again.")


def _privileged(scope: Scope, *, executor: bool) -> Iterator[Breach]:
    for service in services(scope):
        if (service.name == _EXECUTOR) is not executor:
            continue
        for key, wanted in (("privileged", True), ("network_mode", "host"), ("pid", "host")):
            if service.body.get(key) == wanted:
                yield _breach(service, key, f"`{service.name}` has `{key}: {str(wanted).lower()}`.")
        for place, source, _ in mounts(service):
            if source.rstrip("/") in _SOCKETS:
                yield _breach(service, f"volumes[{place}]", f"`{service.name}` has Docker's socket.")


def _places(scope: Scope) -> Iterator[Breach]:
    for service in services(scope):
        for place, source, target in mounts(service):
            if not _is_below(source, _DATA) and not source.startswith(_READABLE):
                message = f"`{service.name}` keeps {said(target)} in {said(source)}."
                yield _breach(service, f"volumes[{place}]", message)
    for path, text in named(scope, "daemon.json"):
        root = json_of(text).get("data-root") if "data-root" in text else None
        if not (isinstance(root, str) and _is_below(root, _DATA)):
            yield Breach(path, f"`data-root` is {said(root)}.", "data-root")


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _secrets(scope: Scope) -> Iterator[Breach]:
    for service in services(scope):
        for name, value in environment(service):
            if _is_clear(name, value):
                message = f"`{name}` of `{service.name}` holds what looks like a secret."
                yield _breach(service, f"environment.{name}", message)
        for place, config in blocks(service.body.get("secrets")):
            if given(config.get("content")):
                yield _breach(service, f"secrets[{place}]", f"`{service.name}` has a secret spelled out.")
    for path, text in named(scope, ".env"):
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            if equals and not name.startswith("#") and _is_clear(name.strip(), value.strip().strip("\"'")):
                yield Breach(path, f"`{name.strip()}` holds what looks like a secret.", name.strip())


def _is_clear(name: str, value: str) -> bool:
    """Whether a setting that is called a secret is spelled out. Shapes of secrets: GENERAL-CLEAR-SECRET."""
    if not value or _POINTS_AT.match(value) or _SETTING.fullmatch(value):
        return False
    return bool(_SECRET_NAME.search(name.upper()))


def _tls(scope: Scope) -> Iterator[Breach]:
    for path, text in named(scope, "Caddyfile"):
        if found := _INSECURE.search(text):
            yield Breach(path, f"It says `{found[0].strip()}`.")
        if "https://" not in text:
            yield Breach(path, "No site of it answers HTTPS.")
        plain = re.search(r"^http://[^{]*\{(.*?)^\}", text, re.MULTILINE | re.DOTALL)
        if plain and "redir https://" not in plain[1]:
            yield Breach(path, "Its site for plain HTTP sends nobody to HTTPS.")


def _breach(service: Service, key: str, message: str) -> Breach:
    return Breach(service.path, message, service.where(key))


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="COMPOSE-IMAGE-PINNED",
        severity="error",
        title="Services run one image, not the newest of a tag",
        because="A container that is made anew would run something that nobody tried.",
        remedy="Name a full version or a digest.",
        source=_COMPOSE,
        check=_images,
    ),
    Policy(
        id="COMPOSE-LIMITS",
        severity="error",
        title="Every service has a limit of processors and of memory",
        because="On one machine a service without limits takes what the databases need.",
        remedy="Set `cpus` and `mem_limit`; the plan's sizing has the amounts.",
        source=ours("docker-compose.md"),
        check=_limits,
    ),
    Policy(
        id="COMPOSE-PORTS",
        severity="error",
        title="Only the reverse proxy answers the network, on 80 and 443",
        because="Prometheus asks nobody for a password, and Docker's rules precede the machine's firewall.",
        remedy='Publish it on the machine alone: "127.0.0.1:PORT:PORT".',
        source="docs.docker.com/engine/network/packet-filtering-firewalls, unverified, 2026-11-22",
        check=_ports,
    ),
    Policy(
        id="COMPOSE-PORTS-REPLACED",
        severity="error",
        title="Ports take the place of the vendor's",
        because="Compose joins both lists, so a port that the vendor opens to the network stays open.",
        remedy="Put `!override` before the list.",
        source="docs.docker.com/reference/compose-file/merge, unverified, 2026-11-22",
        check=_joined_ports,
    ),
    Policy(
        id="COMPOSE-RESTART",
        severity="error",
        title="Services come back by themselves",
        because="The vendor's file says so, and one that is told otherwise stays down after a fault or a restart.",
        remedy="Leave `restart` out, or say `always`.",
        source=_COMPOSE,
        check=_restarts,
    ),
    Policy(
        id="COMPOSE-PRIVILEGED",
        severity="error",
        title="No service gets more of the machine than the vendor's file gives it",
        because="A privileged container, and one with Docker's socket, is root on the machine.",
        remedy="Take the key out.",
        source="docs.docker.com/engine/security, unverified, 2026-11-22",
        check=lambda scope: _privileged(scope, executor=False),
    ),
    Policy(
        id="COMPOSE-EXECUTOR-PRIVILEGED",
        severity="note",
        title="Executors are not root on the machine",
        because="The vendor's executor starts the containers of its jobs itself, so it needs Docker's socket.",
        remedy="Keep executors on machines of their own where others may write what they run.",
        source="sourcegraph/deploy-sourcegraph-docker@v7.5.4453 docker-compose/executors, read 2026-11-22",
        check=lambda scope: _privileged(scope, executor=True),
    ),
    Policy(
        id="COMPOSE-DATA-DISK",
        severity="error",
        title="What services keep is on the data disk",
        because="The machine may be replaced at any time, and its own disk goes with it.",
        remedy=f"Keep `data-root` of Docker, and every directory that a service writes to, below {_DATA}.",
        source=ours("adr/0006-own-data-disk-and-boot-unit.md"),
        check=_places,
    ),
    Policy(
        id="COMPOSE-SECRET-CLEAR",
        severity="error",
        title="No secret stands in the files of Compose",
        because="They are rendered, reviewed and kept in repositories.",
        remedy="Name it in the profile (`arn:…` or `projects/…`), and write ${NAME:?} in its place.",
        source=ours("docker-compose.md"),
        check=_secrets,
    ),
    Policy(
        id="COMPOSE-TLS",
        severity="error",
        title="The reverse proxy answers HTTPS, and sends plain HTTP there",
        because="Passwords and code would cross the network in clear text.",
        remedy="Choose one of the ways in `deployment.tls`.",
        source="caddyserver.com/docs/automatic-https, unverified, 2026-11-22",
        check=_tls,
    ),
)
