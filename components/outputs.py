"""What the stack shows its user. Registers nothing."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, final

import pulumi
from pydantic.alias_generators import to_camel

from components.google.cluster import Cluster
from components.google.edge import Edge
from components.google.network import Network
from components.routing.gateway import Gateway
from inference.config.settings import Settings
from inference.derive.listeners import address_records, endpoint_host, scheme
from inference.derive.requests import curl, curl_by_command


@final
@dataclass(frozen=True, kw_only=True)
class StackOutputs:
    """What a program exports, each under its name in camelCase; None is not exported."""

    cluster_name: pulumi.Input[str]
    """Name of the cluster, or context of an existing one."""
    gateway_name: pulumi.Output[str]
    """Name of the Gateway object."""
    served_models: Sequence[str]
    """Names to give as `model`: base models and adapters."""
    curl: pulumi.Input[str]
    """A shell command that asks the first model."""
    kubeconfig: pulumi.Output[str] | None = None
    """Secret; None with an existing cluster."""
    gateway_address: pulumi.Output[str] | None = None
    """IP address of the Gateway; None with one of others, or a class that is not GKE's."""
    gateway_address_command: str | None = None
    """With such a Gateway, the command that reads the address from its status."""
    endpoint: pulumi.Output[str] | None = None
    """URL of the Gateway; None where neither its address nor a hostname is known."""
    internal_gateway_address: pulumi.Output[str] | None = None
    """IP address of the second, internal Gateway."""
    internal_endpoint: pulumi.Output[str] | None = None
    """URL of the second, internal Gateway."""
    dns_records: pulumi.Output[list[dict[str, Any]]] | None = None
    """DNS records (`name`, `type`, `data`) that the hostnames need."""

    def exported(self) -> Mapping[str, pulumi.Input[Any]]:
        """Values by the names under which they are exported."""
        found = {to_camel(field.name): getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value is not None}


def stack_outputs(
    settings: Settings,
    cluster: Cluster,
    network: Network | None,
    gateway: Gateway,
    edge: Edge | None,
) -> StackOutputs:
    """Outputs of a stack with these settings and components."""
    name = cluster.cluster.name if cluster.cluster else settings.cluster.context or ""
    every = partial(
        StackOutputs,
        cluster_name=name,
        gateway_name=gateway.gateway_name,
        served_models=list(settings.served_names),
        kubeconfig=cluster.kubeconfig,
    )
    if network is None or network.address is None:
        command, url = _address_command(settings), _named_endpoint(settings)
        return every(
            gateway_address_command=command,
            endpoint=pulumi.Output.from_input(url) if url else None,
            curl=curl(settings, url) if url else curl_by_command(settings, command),
        )
    endpoint = _endpoint(settings, network.address)
    second = network.internal_address if settings.gateway.internal else None
    return every(
        gateway_address=network.address,
        endpoint=endpoint,
        curl=endpoint.apply(lambda url: curl(settings, url)),
        internal_gateway_address=second.address if second else None,
        internal_endpoint=_endpoint(settings, second.address) if second else None,
        dns_records=_dns_records(settings, network.address, edge),
    )


def _dns_records(
    settings: Settings, address: pulumi.Output[str], edge: Edge | None
) -> pulumi.Output[list[dict[str, Any]]] | None:
    if not settings.gateway.hostnames:
        return None
    authorization = edge.dns_records if edge else pulumi.Output.from_input([])
    return pulumi.Output.all(address, authorization).apply(
        lambda parts: [*address_records(settings.gateway, parts[0]), *parts[1]]
    )


def _address_command(settings: Settings) -> str:
    cluster = settings.cluster
    namespace, name = settings.gateway_object
    context = f"--context {shlex.quote(cluster.context)} " if cluster.context else ""
    file = f"--kubeconfig {_path_word(cluster.kubeconfig)} " if cluster.kubeconfig else ""
    return (
        f"kubectl {file}{context}get gateway {name} "
        f"--namespace {namespace} --output jsonpath='{{.status.addresses[0].value}}'"
    )


def _path_word(path: str) -> str:
    """A path as a word of the shell, which expands no `~/` within quotes."""
    home, separator, rest = path.partition("~/")
    return f"~/{shlex.quote(rest)}" if separator and not home else shlex.quote(path)


def _named_endpoint(settings: Settings) -> str | None:
    host = endpoint_host(settings.gateway)
    return f"{scheme(settings.gateway)}://{host}" if host is not None else None


def _endpoint(settings: Settings, address: pulumi.Output[str]) -> pulumi.Output[str]:
    named = _named_endpoint(settings)
    if named is not None:
        return pulumi.Output.from_input(named)
    return address.apply(lambda found: f"{scheme(settings.gateway)}://{found}")
