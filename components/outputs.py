"""What the stack tells its user. Registers nothing."""

from typing import Any

import pulumi

from components.cluster import Cluster
from components.gateway import Gateway
from components.network import Network
from config.settings import Settings
from derive.requests import curl


def stack_outputs(
    settings: Settings, cluster: Cluster, network: Network | None, gateway: Gateway
) -> dict[str, pulumi.Input[Any]]:
    """Outputs by name; the kubeconfig is secret.

    A class that is not GKE's has its address in the Gateway's status alone, so the command that
    reads it stands in the address's place.
    """
    outputs: dict[str, pulumi.Input[Any]] = {
        "clusterName": cluster.cluster.name if cluster.cluster else settings.cluster.context or "",
        "gatewayName": gateway.gateway_name,
        "servedModels": [name for model in settings.models for name in model.served_names],
    }
    if cluster.kubeconfig is not None:
        outputs["kubeconfig"] = cluster.kubeconfig
    if network is None or network.address is None:
        outputs["gatewayAddressCommand"] = (
            f"kubectl get gateway {settings.gateway.name} --namespace {settings.namespace} "
            "--output jsonpath='{.status.addresses[0].value}'"
        )
        return outputs
    endpoint = network.address.apply(lambda address: f"http://{address}")
    outputs["gatewayAddress"] = network.address
    outputs["endpoint"] = endpoint
    outputs["curl"] = endpoint.apply(lambda url: curl(settings, url))
    return outputs
