"""A certificate authority for one control plane, by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path

_CURVE = "-pkeyopt ec_paramgen_curve:P-256"


class Authority:
    """Signs certificates with elliptic keys, which take milliseconds to make."""

    def __init__(self, directory: Path) -> None:
        """Make the authority.

        Args:
            directory: exists, and takes certificates and keys.
        """
        self._directory = directory
        self.certificate, self._key = self._make(
            "ca",
            "/CN=moorage-test",
            "basicConstraints=critical,CA:TRUE",
            "keyUsage=critical,keyCertSign",
            "subjectKeyIdentifier=hash",
        )

    def server(self, name: str, *hosts: str) -> tuple[Path, Path]:
        """Certificate and key of a server.

        Args:
            name: of the files.
            hosts: such as `IP:127.0.0.1` and `DNS:localhost`.
        """
        return self._signed(name, f"/CN={name}", "extendedKeyUsage=serverAuth", f"subjectAltName={','.join(hosts)}")

    def client(self, name: str, group: str) -> tuple[Path, Path]:
        """Certificate and key of a user: Kubernetes reads its name and group from the subject."""
        return self._signed(name, f"/O={group}/CN={name}", "extendedKeyUsage=clientAuth")

    def key(self, name: str) -> Path:
        """A private key alone, in the one form (SEC 1) in which the API server reads an elliptic one."""
        path = self._directory / f"{name}.key"
        _openssl("ecparam -name prime256v1 -genkey -noout -out", str(path))
        return path

    def _signed(self, name: str, subject: str, *extensions: str) -> tuple[Path, Path]:
        return self._make(
            name, subject, "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
            "authorityKeyIdentifier=keyid", *extensions, signer=True,
        )  # fmt: skip

    def _make(self, name: str, subject: str, *extensions: str, signer: bool = False) -> tuple[Path, Path]:
        certificate, key = self._directory / f"{name}.crt", self._directory / f"{name}.key"
        signed_by = ["-CA", str(self.certificate), "-CAkey", str(self._key)] if signer else []
        added = [word for extension in extensions for word in ("-addext", extension)]
        _openssl(
            # Without the distribution's configuration, which adds extensions of its own.
            f"req -config /dev/null -x509 -newkey ec {_CURVE} -nodes -days 2",
            *("-subj", subject, "-keyout", str(key), "-out", str(certificate)),
            *signed_by,
            *added,
        )
        return certificate, key


def _openssl(command: str, *words: str) -> None:
    result = subprocess.run(["openssl", *command.split(), *words], capture_output=True, text=True, timeout=60)
    if result.returncode != 0:
        raise RuntimeError(f"openssl {command} ended with {result.returncode}: {result.stderr}")
