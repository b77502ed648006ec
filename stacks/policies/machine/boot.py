"""Machines: what they get at their first boot, and what they fetch by it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from recommender.secrets import looks_secret
from stacks.policies.machine.view import EC2_MOST, boots
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import ours

_ROOM: Final = 0.95
"""Of what the cloud takes. Above it the next release may not fit."""
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_DIGESTS: Final = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b")
"""SHA-256, commits and MD5, which look like keys in hexadecimal. The price: such a key alone in a word is not seen."""
_REFERENCES: Final = re.compile(r"arn:aws[\w-]*:secretsmanager:[\w:/+=.@!-]+")
_WORDS: Final = re.compile(r"[^\s\"'`,;|()<>{}\[\]]+")
_ASSIGNED: Final = re.compile(
    r"(?:^|[\s{,;&|(])[\"']?(?:export\s+)?([A-Za-z_][\w.-]*)[\"']?\s*[:=]\s*(\"[^\"]*\"|'[^']*'|[^\s,;)}\"']+)"
)
_SECRET_NAME: Final = re.compile(
    r"(?:^|[_.-])(?:password|passwd|secret|token|credentials?|(?:api|access|private|license)[_-]?key)$", re.IGNORECASE
)
_FILLED_IN: Final = re.compile(r"[$%`]|^[-/]|^(?:true|false|null|none|[0-9]{1,6})$", re.IGNORECASE)
"""What a shell fills in, a path, an empty place, a setting."""
_WORD: Final = re.compile(r"[a-z][a-z-]*", re.ASCII)
"""A name of something: secrets are no plain words in lower case."""
_FETCHES: Final = re.compile(r"\b(?:curl|wget)\b")
_PLAIN: Final = re.compile(r"\bhttp://([A-Za-z0-9.\[\]:-]+)")
_HERE: Final = re.compile(r"(?:127\.|localhost|\[::1\]|169\.254\.|metadata\.google\.internal)")
"""The machine itself, and the service that tells it who it is, which has no certificate."""
_PIPED: Final = re.compile(r"\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:ba|da|z)?sh\b")
_FIELDS: Final = 7
"""Of a line of downloads.tsv: name, version, file, URL, SHA-256, directory of an archive, SHA-256 of its tree."""


def _size(scope: Scope) -> Iterator[Breach]:
    for boot in boots(scope):
        if boot.most and boot.size > boot.most:
            yield Breach(boot.subject, f"It has {boot.size:,} bytes, of {boot.most:,} at most.", boot.where)


def _room(scope: Scope) -> Iterator[Breach]:
    for boot in boots(scope):
        if boot.most * _ROOM < boot.size <= boot.most:
            yield Breach(boot.subject, f"It has {boot.size:,} bytes, of {boot.most:,} at most.", boot.where)


def _secrets(scope: Scope) -> Iterator[Breach]:
    for boot in boots(scope):
        if not boot.most:
            continue  # what files hold is GENERAL-CLEAR-SECRET's
        for place, line in enumerate(boot.text.splitlines(), 1):
            if _holds_secret(line):
                yield Breach(boot.subject, f"Line {place} of it holds what looks like a secret.", boot.where)


def _holds_secret(line: str) -> bool:
    """Whether a line has a credential in it.

    A script speaks of secrets all the time, so words are judged one by one for the shapes of credentials, and what is
    assigned to a name of a secret only where it is spelled out.
    """
    bare = _REFERENCES.sub("", _DIGESTS.sub("", line))
    if "PRIVATE KEY-----" in bare or any(
        looks_secret(part) for word in _WORDS.findall(bare) for part in word.split("=")
    ):
        return True
    for name, quoted in _ASSIGNED.findall(bare):
        value = quoted.strip("\"'")
        if value and _SECRET_NAME.search(name) and not _FILLED_IN.search(value) and not _WORD.fullmatch(value):
            return True
    return False


def _downloads(scope: Scope) -> Iterator[tuple[str, list[str]]]:
    for path, text in scope.files.items():
        if posixpath.basename(path) == "downloads.tsv":
            for line in text.splitlines():
                yield path, (line.split("\t") + [""] * _FIELDS)[:_FIELDS]


def _unpinned(scope: Scope) -> Iterator[Breach]:
    for path, (name, _, _, _, file, _, tree) in _downloads(scope):
        if not _SHA256.fullmatch(file) and not _SHA256.fullmatch(tree):
            yield Breach(path, f"Nothing says what the download `{name}` must hold.", name)


def _clear_text(scope: Scope) -> Iterator[Breach]:
    for path, (name, _, _, url, _, _, _) in _downloads(scope):
        if not url.startswith("https://"):
            yield Breach(path, f"The download `{name}` does not come over HTTPS.", name)
    for boot in boots(scope):
        for place, line in enumerate(boot.text.splitlines(), 1):
            hosts = [host for host in _PLAIN.findall(line) if not _HERE.match(host)]
            if hosts and _FETCHES.search(line):
                yield Breach(boot.subject, f"Line {place} of it fetches from {hosts[0]} in clear text.", boot.where)


def _unread(scope: Scope) -> Iterator[Breach]:
    for boot in boots(scope):
        for place, line in enumerate(boot.text.splitlines(), 1):
            if _PIPED.search(line) and not line.lstrip().startswith("#"):
                yield Breach(boot.subject, f"Line {place} of it runs what it fetches, unseen.", boot.where)


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="MACHINE-USER-DATA-SIZE",
        severity="error",
        title="User data fits into what the cloud takes",
        because="The cloud refuses the machine otherwise, after everything else has been made.",
        remedy=f"Take out what is not needed at boot; AWS takes {EC2_MOST:,} bytes, compressed ones count as they are.",
        source="docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html; Compute Engine REST reference, Metadata, "
        "read 2026-11-22",
        check=_size,
    ),
    Policy(
        id="MACHINE-USER-DATA-ROOM",
        severity="note",
        title="User data leaves room for the next release",
        because="Above 95 % of what the cloud takes, a few lines more are too many.",
        remedy="Watch it at the next upgrade; a longer list of ranges, domains or tags counts too.",
        source=ours("adr/0011-one-single-node-base.md"),
        check=_room,
    ),
    Policy(
        id="MACHINE-USER-DATA-SECRET",
        severity="error",
        title="User data holds no secret",
        because="Whoever may describe the machine reads it, and so does every program on the machine.",
        remedy="Name the secret in the profile; the machine fetches it with its own identity.",
        source="docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html, read 2026-11-22",
        check=_secrets,
    ),
    Policy(
        id="MACHINE-DOWNLOADS-PINNED",
        severity="error",
        title="Every download has a checksum",
        because="Whoever changes the file where it lies would own the machine.",
        remedy="Write the SHA-256 of the file, or of the archive's tree, into downloads.tsv.",
        source=ours("adr/0012-what-the-installers-install.md"),
        check=_unpinned,
    ),
    Policy(
        id="MACHINE-DOWNLOADS-HTTPS",
        severity="error",
        title="Nothing is fetched in clear text",
        because="Whoever is on the way sees what is installed, and may hold it back.",
        remedy="Use https://; `deployment.downloads.mirror` may be in your own network.",
        source=ours("adr/0012-what-the-installers-install.md"),
        check=_clear_text,
    ),
    Policy(
        id="MACHINE-DOWNLOADS-READ",
        severity="error",
        title="Nothing is fetched into a shell",
        because="A connection that breaks off leaves half of a script run, and nobody checked any of it.",
        remedy="Add it to downloads.tsv, and run the verified file.",
        source=ours("adr/0012-what-the-installers-install.md"),
        check=_unread,
    ),
)
