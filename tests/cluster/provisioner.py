"""Makes volumes for claims, as the provisioner of a CSI driver does: without it a pod with a claim is never bound.

The scheduler chooses a node and writes it to the claim, then binds the pod only when the claim has a volume. This
process makes one, an object without a disk behind it, in the zone of that node, and the controller manager binds it.
It is a process because the network guard of other tests would stop a thread.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path

from tests.cluster.client import ApiError, Client, Object

DRIVERS = ("ebs.csi.aws.com", "pd.csi.storage.gke.io")
"""The CSI drivers that it stands for. Claims of other storage classes stay pending."""

ZONE = "topology.kubernetes.io/zone"

_DRIVER = "volume.kubernetes.io/storage-provisioner"
"""Annotation by which the controller manager asks a driver for a volume; with WaitForFirstConsumer not before a node is
chosen."""
_NODE = "volume.kubernetes.io/selected-node"


def volume(client: Client, claim: Object) -> Object:
    """The persistent volume that a driver would make for a claim."""
    metadata, spec = claim["metadata"], claim["spec"]
    storage_class = client.api("GET", f"/apis/storage.k8s.io/v1/storageclasses/{spec['storageClassName']}")
    name = f"pvc-{metadata['uid']}"
    made: Object = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": name,
            "annotations": {"pv.kubernetes.io/provisioned-by": metadata["annotations"][_DRIVER]},
        },
        "spec": {
            "capacity": spec["resources"]["requests"],
            "accessModes": spec["accessModes"],
            "volumeMode": spec["volumeMode"],
            "storageClassName": spec["storageClassName"],
            "persistentVolumeReclaimPolicy": storage_class["reclaimPolicy"],
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                **{key: metadata[key] for key in ("namespace", "name", "uid")},
            },
            "csi": {"driver": metadata["annotations"][_DRIVER], "volumeHandle": name},
        },
    }
    node = metadata["annotations"].get(_NODE)
    zone = client.api("GET", f"/api/v1/nodes/{node}")["metadata"]["labels"].get(ZONE) if node else None
    if zone:
        terms = [{"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}]
        made["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": terms}}
    return made


def serve(client: Client) -> None:
    """Make a volume for each claim that asks for one, until the API server ends the watch."""
    with client.open("GET", "/api/v1/persistentvolumeclaims?watch=1") as events:
        for line in events:
            claim = json.loads(line)["object"]
            asked = claim.get("metadata", {}).get("annotations", {}).get(_DRIVER) in DRIVERS
            if asked and "volumeName" not in claim["spec"]:
                with contextlib.suppress(ApiError):  # made already, or the claim or its node is gone
                    client.api("POST", "/api/v1/persistentvolumes", volume(client, claim))


def main() -> None:
    """Serve for ever. Arguments: URL, certificate of the authority, client certificate, key."""
    url, ca, certificate, key = sys.argv[1:]
    client = Client(url, Path(ca), certificate=(Path(certificate), Path(key)))
    while True:
        with contextlib.suppress(OSError, ApiError):  # an idle watch, or an API server that stops
            serve(client)
        time.sleep(0.2)


if __name__ == "__main__":
    main()
