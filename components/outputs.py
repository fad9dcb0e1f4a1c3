"""What the stack tells its user. Registers nothing."""

import shlex
from typing import Any

import pulumi

from components.google.cluster import Cluster
from components.google.edge import Edge
from components.google.network import Network
from components.routing.gateway import Gateway
from inference.config.settings import Settings
from inference.derive.listeners import address_records, endpoint_host, scheme
from inference.derive.requests import curl, curl_by_command


def stack_outputs(
    settings: Settings,
    cluster: Cluster,
    network: Network | None,
    gateway: Gateway,
    edge: Edge | None,
) -> dict[str, pulumi.Input[Any]]:
    """Outputs by name; the kubeconfig is secret.

    A class that is not GKE's has its address in the Gateway's status alone, so the command that
    reads it stands in the address's place.
    """
    outputs: dict[str, pulumi.Input[Any]] = {
        "clusterName": cluster.cluster.name if cluster.cluster else settings.cluster.context or "",
        "gatewayName": gateway.gateway_name,
        "servedModels": list(settings.served_names),
    }
    if cluster.kubeconfig is not None:
        outputs["kubeconfig"] = cluster.kubeconfig
    if network is None or network.address is None:
        command = _address_command(settings)
        outputs["gatewayAddressCommand"] = command
        outputs["curl"] = curl_by_command(settings, command)
        return outputs
    endpoint = _endpoint(settings, network.address)
    outputs["gatewayAddress"] = network.address
    outputs["endpoint"] = endpoint
    outputs["curl"] = endpoint.apply(lambda url: curl(settings, url))
    if edge is not None and edge.internal_address is not None:
        internal = edge.internal_address.address
        outputs["internalGatewayAddress"] = internal
        outputs["internalEndpoint"] = _endpoint(settings, internal)
    if settings.gateway.hostnames:
        authorization = edge.dns_records if edge else pulumi.Output.from_input([])
        outputs["dnsRecords"] = pulumi.Output.all(network.address, authorization).apply(
            lambda parts: [*address_records(settings.gateway, parts[0]), *parts[1]]
        )
    return outputs


def _address_command(settings: Settings) -> str:
    cluster = settings.cluster
    context = f"--context {shlex.quote(cluster.context)} " if cluster.context else ""
    file = f"--kubeconfig {_path_word(cluster.kubeconfig)} " if cluster.kubeconfig else ""
    return (
        f"kubectl {file}{context}get gateway {settings.gateway.name} "
        f"--namespace {settings.namespace} --output jsonpath='{{.status.addresses[0].value}}'"
    )


def _path_word(path: str) -> str:
    """A path as a word of the shell, which expands no `~/` within quotes."""
    home, separator, rest = path.partition("~/")
    return f"~/{shlex.quote(rest)}" if separator and not home else shlex.quote(path)


def _endpoint(settings: Settings, address: pulumi.Output[str]) -> pulumi.Output[str]:
    host, kind = endpoint_host(settings.gateway), scheme(settings.gateway)
    if host is not None:
        return pulumi.Output.from_input(f"{kind}://{host}")
    return address.apply(lambda found: f"{kind}://{found}")
