"""Stand-ins of what an installer downloads, as real services of a real machine.

The programs are those of `tests.real`. There, a stand-in of systemctl runs them; here systemd does, so a service tells
systemd when it is ready, and what answers on the ports of HTTP and HTTPS is a unit of its own, as containers are.
"""

from __future__ import annotations

from recommender.host import Software, Sources
from tests.real.downloads import STAND_INS, needed
from tests.vm.machine import ExtraFile

CALLS = "/run/stand-ins/calls"
"""Where each call of a stand-in is recorded: its name and arguments in one line, its environment in the next."""

_DIRECTORY = "/opt/stand-ins"
_COMMON = r"""# shellcheck shell=bash
# What the stand-ins share on a machine with systemd; the names are those of tests/real/stand_ins/common.sh.
state=/run/stand-ins
PATH="/opt/stand-ins/bin:$PATH"
mkdir -p "$state"
{
  printf '%s' "${0##*/}"
  printf ' %s' "$@"
  printf '\n  environment: %s\n' "$(tr '\0\n' '  ' <"/proc/$$/environ")"
} >>"$state/calls"

# answer NAME: the certificate is the one that Kubernetes was given, if it was.
answer() {
  local part secret=/mnt/data/k3s/objects/sourcegraph-tls
  [[ ! -e $state/answering ]] || return 0
  if [[ -e $secret ]]; then
    ln -sfT /usr/bin/openssl /opt/stand-ins/traefik
    for part in crt key; do
      (umask 077 && sed -n "s/^tls.$part: //p" "$secret" | base64 -d >"/etc/ssl/stand-in.$part")
    done
  fi
  systemd-run --quiet --unit=front-door "/opt/stand-ins/$1"
  : >"$state/answering"
}

keep() {
  local text
  text=$(cat)
  [[ $text == "$(cat "$1" 2>/dev/null)" ]] || (umask 077 && echo "$text" >"$1")
}
"""
# Where the stand-ins of services begin to wait, a real one tells systemd that it is ready.
_SLEEP = """#!/bin/bash
[[ -z ${NOTIFY_SOCKET:-} ]] || systemd-notify --ready
exec /bin/sleep "$@"
"""
# A secret is a file for root only, named as the end of its ARN.
_AWS = """#!/bin/bash
set -Eeuo pipefail
source /opt/stand-ins/common.sh
[[ $1 != cloudwatch ]] || exit 0
[[ "$1 $2 $3 $5" == "secretsmanager get-secret-value --secret-id --region" ]]
[[ $4 == "arn:aws:secretsmanager:$6:"* && "${*:7}" == "--query SecretString --output text" ]]
cat "/root/secrets/${4##*:}"
"""


def sources(target: Software, mirror: str) -> Sources:
    """What a plan pins: the stand-ins by their real checksums, from a mirror alone."""
    return Sources(tuple(pinned for pinned, _ in needed(target).values()), mirror, None)


def served(target: Software) -> dict[str, bytes]:
    """What the mirror has: path to bytes."""
    return {f"/{pinned.file}": content for pinned, content in needed(target).values()}


def programs() -> list[ExtraFile]:
    """What the stand-ins need on a machine beside what is downloaded."""
    own = {"common.sh": _COMMON, "bin/sleep": _SLEEP}
    texts = {name: (STAND_INS / name).read_text() for name in ("docker-proxy", "k3s-front")} | own
    return [ExtraFile(f"{_DIRECTORY}/{name}", text.encode(), 0o755) for name, text in texts.items()]


def secret_store(values: dict[str, str]) -> list[ExtraFile]:
    """The AWS CLI, and what Secrets Manager tells this machine: name to value."""
    files = [ExtraFile(f"/root/secrets/{name}", f"{value}\n".encode(), 0o600) for name, value in values.items()]
    return [ExtraFile("/usr/local/bin/aws", _AWS.encode(), 0o755), *files]
