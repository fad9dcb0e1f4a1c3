"""Proxy-only subnet, address, APIs and the gcp provider."""

import json
from collections.abc import Mapping
from typing import Any

from conftest import of_type, only, run

from inference.catalog.gcp import APIS
from inference.offline.recorder import Registration


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
    before = only(found, ":Gateway", "inference-gateway").depends_on
    google = [urn for urn in before if "$gcp:" in urn]
    assert google == [only(found, "compute/address:Address").urn]


def test_external_address_is_of_the_tier_of_the_forwarding_rule() -> None:
    inputs = only(run({"cluster": {"name": "mine"}}), "compute/address:Address").inputs

    assert inputs == {
        "name": "mine-gateway",
        "region": "us-central1",
        "addressType": "EXTERNAL",
        "networkTier": "STANDARD",
    }


_CLASSES = ["gke-l7-regional-external-managed", "gke-l7-rilb"]
_NETWORK = "inference-network"


def _addresses(gateway: Mapping[str, Any]) -> dict[str, Registration]:
    found = run({"cluster": {"name": "mine"}, "gateway": gateway})
    return {one.name: one for one in of_type(found, "compute/address:Address")}


def test_a_change_of_class_registers_another_address_with_another_name() -> None:
    """The old one is then deleted last: Google refuses that while the old Gateway uses it."""
    external, internal = (_addresses({"className": name}) for name in _CLASSES)
    both = _addresses({"internal": True})

    assert list(external) == [f"{_NETWORK}-external-address"]
    assert list(internal) == [f"{_NETWORK}-internal-address"]
    assert {name: one.inputs for name, one in both.items()} == {
        name: one.inputs for name, one in {**external, **internal}.items()
    }
    assert [one.inputs["name"] for one in both.values()] == [
        "mine-gateway",
        "mine-gateway-internal",
    ]
    assert internal[f"{_NETWORK}-internal-address"].inputs == {
        "name": "mine-gateway-internal",
        "region": "us-central1",
        "addressType": "INTERNAL",
        "purpose": "SHARED_LOADBALANCER_VIP",
        "subnetwork": "default",
    }


def test_addresses_of_earlier_versions_are_kept_by_their_aliases() -> None:
    external, internal = (_addresses({"className": name}) for name in _CLASSES)
    both = _addresses({"internal": True})
    old, edge = f"{_NETWORK}-address", "inference-edge-internal-address"

    assert external[f"{_NETWORK}-external-address"].aliases == (old,)
    # Its own name in earlier versions, or that of the only address where this is the only one.
    assert internal[f"{_NETWORK}-internal-address"].aliases == (edge, old)
    assert both[f"{_NETWORK}-internal-address"].aliases == (edge,)


def test_the_number_of_the_project_is_asked_for_after_the_api_that_knows_it() -> None:
    sections = {"huggingFaceSecretManager": {"secret": "hugging-face"}}
    found = run(sections)
    (asked,) = found.invocations
    services = {one.inputs["service"]: one.urn for one in of_type(found, ":Service")}

    assert asked.function == "gcp:organizations/getProject:getProject"
    assert asked.arguments == {"projectId": "test-project"}
    # With all APIs, one more to enable would hide the number from previews.
    assert asked.depends_on == (services["cloudresourcemanager.googleapis.com"],)


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
