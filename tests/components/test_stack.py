"""InferenceStack as a component of a program: what it gives, and two of them side by side."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pulumi
from conftest import make_settings, stack_file

from components import InferenceStack, InferenceStackArgs
from inference.config import Configuration
from inference.offline.recorder import Recording
from inference.offline.runner import record

_HOSTNAME: Final[Mapping[str, Any]] = {"hostnames": ["llm.example.com"], "tls": {}}


def _stack(name: str, **sections: Mapping[str, Any]) -> InferenceStack:
    every: Mapping[str, Any] = {
        "gcp": {"project": "test-project"},
        "cluster": {"name": name},
        "models": [{"name": "llama3-8b", "model": "meta-llama/Llama-3.1-8B-Instruct"}],
        **sections,
    }
    configuration = Configuration(settings=make_settings(every), token=None)
    return InferenceStack(name, InferenceStackArgs(configuration=configuration, crds=[]))


def _two() -> None:
    gateway: Mapping[str, Any] = {**_HOSTNAME, "internal": True}
    public = _stack("one", gateway=gateway, security={"protect": True})
    local = _stack(
        "two",
        cluster={"mode": "existing", "context": "kind-kind"},
        gateway={"className": "istio", "wait": False},
        security={"protect": False},
    )
    pulumi.export("endpoint", public.endpoint)
    pulumi.export("models", public.served_models)
    pulumi.export("kubeconfig", public.kubeconfig)
    pulumi.export("one", sorted(public.outputs.exported()))
    pulumi.export("two", sorted(local.outputs.exported()))
    pulumi.export("none", [local.endpoint, local.gateway_address, local.kubeconfig])


def _recorded() -> Recording:
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(record, stack_file(), _two).result()


def test_two_stacks_in_one_program_collide_nowhere_and_give_typed_outputs() -> None:
    found = _recorded()
    urns = [resource.urn for resource in found.resources]
    marker = "set-security.protect-and-cluster.deletionProtection-to-false"
    protections = {one.name: one for one in found.resources if one.type.endswith(":Protection")}

    assert len(urns) == len(set(urns))
    assert {name: one.protect for name, one in protections.items()} == {
        f"one-{marker}": True,
        f"two-{marker}": False,
    }
    # The name of earlier versions: a stack of theirs is not made anew.
    assert {one.aliases for one in protections.values()} == {(marker,)}
    assert found.outputs["endpoint"] == "https://llm.example.com"
    assert found.outputs["kubeconfig"] == "[secret]"
    assert found.outputs["models"] == ["meta-llama/Llama-3.1-8B-Instruct"]
    common = ["clusterName", "curl", "gatewayName", "servedModels"]
    assert found.outputs["one"] == sorted(
        [
            *common,
            "dnsRecords",
            "endpoint",
            "gatewayAddress",
            "internalEndpoint",
            "internalGatewayAddress",
            "kubeconfig",
        ]
    )
    assert found.outputs["two"] == sorted([*common, "gatewayAddressCommand"])
    assert found.outputs["none"] == [None, None, None]
