"""Proxy-only subnet, address, APIs and the gcp provider."""

import json

from conftest import of_type, only, run

from inference.catalog.gcp import APIS


def test_proxy_only_subnet_is_the_active_one_of_the_region() -> None:
    inputs = only(run({"cluster": {"name": "mine"}}), ":Subnetwork").inputs

    assert inputs == {
        "name": "mine-proxy-only",
        "network": "default",
        "region": "us-central1",
        "ipCidrRange": "192.168.254.0/23",
        "purpose": "REGIONAL_MANAGED_PROXY",
        "role": "ACTIVE",
    }


def test_an_existing_proxy_only_subnet_is_left_alone() -> None:
    found = run({"network": {"proxyOnlySubnet": {"create": False}}})

    assert of_type(found, ":Subnetwork") == []
    assert only(found, ":Gateway", "inference-gateway").depends_on == (
        only(found, "compute/address:Address").urn,
    )


def test_external_address_is_of_the_tier_of_the_forwarding_rule() -> None:
    inputs = only(run({"cluster": {"name": "mine"}}), "compute/address:Address").inputs

    assert inputs == {
        "name": "mine-gateway",
        "region": "us-central1",
        "addressType": "EXTERNAL",
        "networkTier": "STANDARD",
    }


def test_internal_address_has_another_name_so_that_both_can_exist_during_a_change() -> None:
    sections = {
        "cluster": {"name": "mine"},
        "gateway": {"className": "gke-l7-rilb"},
        "network": {"name": "vpc", "subnetwork": "nodes"},
    }
    inputs = only(run(sections), "compute/address:Address").inputs

    assert inputs == {
        "name": "mine-gateway-internal",
        "region": "us-central1",
        "addressType": "INTERNAL",
        "purpose": "SHARED_LOADBALANCER_VIP",
        "subnetwork": "nodes",
    }


def test_an_existing_address_is_looked_up_not_made() -> None:
    address = only(run({"network": {"address": "reserved"}}), "compute/address:Address")

    assert address.read
    assert address.inputs["id"] == "projects/test-project/regions/us-central1/addresses/reserved"


def test_every_api_is_enabled_before_use_and_left_enabled() -> None:
    found = run()
    services = of_type(found, "projects/service:Service")

    assert sorted(service.inputs["service"] for service in services) == sorted(APIS)
    assert all(service.inputs["disableOnDestroy"] is False for service in services)
    enabled = {service.urn for service in services}
    for user in (":Subnetwork", "compute/address:Address", "container/cluster:Cluster", ":Account"):
        assert enabled <= set(only(found, user).depends_on)


def test_gcp_provider_labels_everything_with_the_stack() -> None:
    inputs = only(run(), "pulumi:providers:gcp").inputs

    assert (inputs["project"], inputs["region"]) == ("test-project", "us-central1")
    assert json.loads(inputs["defaultLabels"]) == {
        "pulumi-project": "gke-inference-gateway",
        "pulumi-stack": "test",
    }
