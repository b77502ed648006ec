"""Network, control plane, nodes, backups and logs of a GKE cluster."""

from __future__ import annotations

from dataclasses import replace

from components.gcp.kubernetes.naming import short
from recommender.kubernetes.plan import NewClusterNetwork, NodeGroup
from tests.kubernetes.gcp import CLUSTER, NODE_POOL, PLANS, cluster, outputs, record_cluster
from tests.kubernetes.plans import cluster_plan

PUBLIC, INTERNAL, POC, EXISTING = (PLANS[key] for key in ("internet-facing", "internal", "poc", "existing-network"))


def test_pods_and_services_have_ranges_of_their_own_in_the_nodes_subnetwork():
    subnetwork = record_cluster(PUBLIC).named("acme-nodes", "gcp:compute/subnetwork:Subnetwork").inputs
    assert subnetwork["secondaryIpRanges"] == [
        {"rangeName": "pods", "ipCidrRange": "10.68.0.0/17"},
        {"rangeName": "services", "ipCidrRange": "10.69.0.0/20"},
    ]
    assert subnetwork["privateIpGoogleAccess"] is True
    assert cluster(record_cluster(PUBLIC))["ipAllocationPolicy"] == {
        "clusterSecondaryRangeName": "pods",
        "servicesSecondaryRangeName": "services",
    }


def test_flow_logs_cost_money_that_a_throw_away_cluster_does_not_spend():
    name, token = "acme-nodes", "gcp:compute/subnetwork:Subnetwork"
    assert record_cluster(PUBLIC).named(name, token).inputs["logConfig"]["metadata"] == "INCLUDE_ALL_METADATA"
    assert "logConfig" not in record_cluster(POC).named(name, token).inputs


def test_all_nodes_leave_through_one_address_and_share_its_ports_as_they_need_them():
    nat = record_cluster(PUBLIC).of_type("gcp:compute/routerNat:RouterNat")[0].inputs
    assert nat["enableDynamicPortAllocation"] is True
    for key in ("minPortsPerVm", "maxPortsPerVm"):
        assert nat[key] & (nat[key] - 1) == 0, "Google takes powers of two only"
    most = sum(group.maximum for group in PUBLIC.nodes.groups)
    assert nat["minPortsPerVm"] * (most + 3) <= 64512, "surge nodes included"


def test_an_existing_network_is_left_as_it_is_and_its_owners_are_told_what_it_needs():
    recording = record_cluster(EXISTING)
    made = {resource.type.rpartition(":")[2] for resource in recording.resources}
    assert not made & {"Network", "Subnetwork", "Router", "RouterNat", "Connection", "Firewall"}
    assert cluster(recording)["subnetwork"].endswith("/subnetworks/nodes")
    assert "masterIpv4CidrBlock" not in cluster(recording)["privateClusterConfig"]
    steps = " ".join(map(str, outputs(EXISTING)["nextSteps"]))
    assert "private services access" in steps
    assert "secondary ranges pods and services" in steps
    assert outputs(EXISTING)["outboundIps"] == []


def test_a_network_of_another_project_needs_grants_there():
    network = replace(EXISTING.network, network="projects/host/global/networks/shared")
    steps = " ".join(map(str, outputs(replace(EXISTING, network=network))["nextSteps"]))
    assert "roles/container.hostServiceAgentUser" in steps


def test_nodes_are_private_and_the_api_answers_the_plans_ranges_and_whom_iam_lets_in():
    made = cluster(record_cluster(PUBLIC))
    assert made["privateClusterConfig"] == {
        "enablePrivateNodes": True,
        "enablePrivateEndpoint": False,
        "masterIpv4CidrBlock": "10.64.16.0/28",
    }
    assert made["masterAuthorizedNetworksConfig"] == {
        "cidrBlocks": [{"cidrBlock": "192.0.2.0/24"}],
        "gcpPublicCidrsAccessEnabled": False,
    }
    assert made["controlPlaneEndpointsConfig"] == {"dnsEndpointConfig": {"allowExternalTraffic": True}}


def test_ranges_of_the_own_company_make_no_public_address():
    made = cluster(record_cluster(replace(PUBLIC, api_cidrs=("10.0.0.0/8",))))
    assert made["privateClusterConfig"]["enablePrivateEndpoint"] is True
    assert made["masterAuthorizedNetworksConfig"]["cidrBlocks"] == [{"cidrBlock": "10.0.0.0/8"}]


def test_without_ranges_the_apis_address_is_private():
    made = cluster(record_cluster(INTERNAL))
    assert made["privateClusterConfig"]["enablePrivateEndpoint"] is True
    assert made["masterAuthorizedNetworksConfig"] == {"gcpPublicCidrsAccessEnabled": False}


def test_the_channel_chooses_the_version_and_what_gke_moves_is_not_moved_back():
    (found,) = record_cluster(PUBLIC).of_type(CLUSTER)
    assert found.inputs["releaseChannel"] == {"channel": "REGULAR"}
    assert not {"minMasterVersion", "nodeVersion"} & found.inputs.keys()
    assert {"initialNodeCount", "nodeConfig", "minMasterVersion", "nodeVersion"} == set(found.ignore_changes)


def test_network_policies_are_enforced_and_pods_have_identities():
    made = cluster(record_cluster(PUBLIC))
    assert made["datapathProvider"] == "ADVANCED_DATAPATH"
    assert made["workloadIdentityConfig"] == {"workloadPool": "acme-prod.svc.id.goog"}


def test_the_pool_that_is_thrown_away_runs_as_the_nodes_account_and_off_the_quota_for_ssds():
    made = cluster(record_cluster(PUBLIC))
    assert made["removeDefaultNodePool"] is True
    assert made["initialNodeCount"] == 1
    assert made["nodeConfig"]["serviceAccount"].startswith("acme-nodes-")
    assert made["nodeConfig"]["diskType"] == "pd-standard"


def test_every_zone_has_the_nodes_of_the_plan_and_never_fewer():
    pools = {tuple(pool.inputs["nodeLocations"]): pool for pool in record_cluster(PUBLIC).of_type(NODE_POOL)}
    for group in PUBLIC.nodes.groups:
        pool = pools.pop((group.key,))
        assert pool.inputs["initialNodeCount"] == group.count
        assert pool.inputs["autoscaling"] == {"minNodeCount": group.count, "maxNodeCount": group.maximum}
        assert pool.ignore_changes == ("initialNodeCount",)
    assert not pools
    assert cluster(record_cluster(PUBLIC))["nodeLocations"] == [group.key for group in PUBLIC.nodes.groups]


def test_more_nodes_never_replace_a_pool_and_a_new_pool_has_a_name_of_its_own():
    more = tuple(NodeGroup(group.key, group.count + 1, group.maximum + 1) for group in PUBLIC.nodes.groups)
    changed = record_cluster(replace(PUBLIC, nodes=replace(PUBLIC.nodes, groups=more))).of_type(NODE_POOL)
    for before, after in zip(record_cluster(PUBLIC).of_type(NODE_POOL), changed, strict=True):
        differing = {key for key in before.inputs if before.inputs[key] != after.inputs[key]}
        assert differing - set(after.ignore_changes) == {"autoscaling"}
        assert "name" not in after.inputs
        assert after.inputs["namePrefix"] == f"acme-{after.inputs['nodeLocations'][0][-1]}-"


def test_a_node_is_as_planned_encrypted_and_may_do_next_to_nothing():
    recording = record_cluster(PUBLIC)
    config = recording.of_type(NODE_POOL)[0].inputs["nodeConfig"]
    assert (config["machineType"], config["diskType"], config["diskSizeGb"]) == ("n2-standard-16", "pd-ssd", 100)
    assert config["bootDiskKmsKey"] == "acme-key-id"
    assert config["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
    assert config["shieldedInstanceConfig"] == {"enableSecureBoot": True, "enableIntegrityMonitoring": True}
    roles = {
        grant.inputs["role"]
        for grant in recording.of_type("gcp:projects/iAMMember:IAMMember")
        if grant.inputs["member"].startswith("serviceAccount:acme-nodes-")
    }
    assert roles == {"roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"}


def test_volumes_are_backed_up_daily_without_a_second_copy_of_secrets():
    recording = record_cluster(PUBLIC)
    backups = recording.named("acme-volumes").inputs
    assert backups["backupSchedule"] == {"cronSchedule": "0 4 * * *"}
    assert backups["retentionPolicy"] == {"backupRetainDays": 14}
    assert backups["backupConfig"]["includeVolumeData"] is True
    assert backups["backupConfig"]["includeSecrets"] is False
    assert cluster(recording)["addonsConfig"]["gkeBackupAgentConfig"] == {"enabled": True}
    assert cluster(record_cluster(POC))["addonsConfig"]["gkeBackupAgentConfig"] == {"enabled": False}


def test_the_control_planes_logs_are_kept_as_long_as_the_plan_says():
    recording = record_cluster(PUBLIC)
    assert (
        recording.named("acme-logs", "gcp:logging/projectBucketConfig:ProjectBucketConfig").inputs["retentionDays"]
        == 90
    )
    sink = recording.named("acme-logs", "gcp:logging/projectSink:ProjectSink").inputs
    assert 'cluster_name="acme"' in sink["filter"]
    assert {"APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"} <= set(
        cluster(recording)["loggingConfig"]["enableComponents"]
    )


def test_a_proxy_only_subnet_is_made_where_the_plan_has_room_for_one():
    network = PUBLIC.network
    assert isinstance(network, NewClusterNetwork)
    assert not network.proxy_only_cidr
    assert not [r for r in record_cluster(PUBLIC).resources if r.name == "acme-proxies"]
    assert [r for r in record_cluster(cluster_plan("gcp")).resources if r.name == "acme-proxies"]


def test_long_names_are_cut_and_stay_apart():
    one, other = "a" * 31 + "b", "a" * 31 + "c"
    assert short("acme", 30) == "acme"
    assert len(short(one, 30)) == len(short(other, 30)) == 30
    assert short(one, 30) != short(other, 30)
