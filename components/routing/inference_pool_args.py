"""What an InferencePool is made of: values that any Pulumi program can give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, final

import pulumi

from inference.catalog.releases import GatewayRelease, PickerRequests
from inference.config.gateway import HealthCheck
from inference.config.gateway_traffic import Iap


@final
@dataclass(frozen=True, kw_only=True)
class Picker:
    """The endpoint pickers of a pool, which choose a model server for each request."""

    replicas: int = 1
    """Pickers. One leads and answers, the others stand by and take over."""
    requests: PickerRequests | None = None
    """vCPU and GiB of each; what its release was measured with when None."""
    failure_mode: Literal["FailOpen", "FailClose"] | None = None
    """Whether requests go to any server while no picker answers; the chart's choice when None."""
    scorers: Mapping[str, int] | None = None
    """Weights of scorer plugins, such as `queue-scorer`; the chart's when None."""
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Parameters by the type of a plugin; one that is no scorer is added. Beside `scorers`."""
    flow_control: Mapping[str, Any] | None = None
    """Section `flowControl` of the EndpointPickerConfig, from v1.5.0 on; off when None. Beside
    `scorers`."""
    flags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Flags of release v1.0.0's picker, which knows vLLM's metrics only by these."""


@final
@dataclass(frozen=True, kw_only=True)
class LoadBalancing:
    """What the load balancer of a GKE Gateway does with the requests for a pool."""

    health_path: str = "/health"
    """Path that answers 200 while a server is ready."""
    health_check: HealthCheck = field(default_factory=HealthCheck)
    """How it finds servers that are ready."""
    timeout_seconds: int = 600
    """Time after which a request is answered 504."""
    draining_seconds: int = 90
    """Time that open connections get when a server leaves; shorter than the server itself drains,
    it would cut answers off."""
    log_sample_rate: int | None = 1_000_000
    """Requests logged of every million; no log when None."""
    security_policy: pulumi.Input[str] | None = None
    """Name of a regional Cloud Armor policy."""
    iap: Iap | None = None
    """Identity-Aware Proxy; None for none."""


@final
@dataclass(frozen=True, kw_only=True)
class PickerMetrics:
    """Managed Prometheus reads the picker's metrics."""

    token_secret: pulumi.Input[str] | None
    """Secret with the token that some releases' pickers demand; see `MetricsReader`."""


@final
@dataclass(frozen=True, kw_only=True)
class InferencePoolArgs:
    """Which model servers, and how one of them is chosen."""

    name: str
    """Name of the pool and the Helm release, at most 40 characters: the chart cuts the rest."""
    release: GatewayRelease
    """Chart and picker, such as `inference.catalog.releases.RELEASES["v1.5.0"]`."""
    selector: pulumi.Input[Mapping[str, str]]
    """Labels of the model servers, such as `ModelServer.labels`."""
    port: pulumi.Input[int] = 8000
    """Port that they answer on."""
    namespace: pulumi.Input[str] = "default"
    """Namespace of the servers and the pool."""
    picker: Picker = Picker()
    """The chart's picker by default."""
    provider: Literal["none", "istio"] = "none"
    """What the chart adds for the gateway: `istio`'s DestinationRule, or nothing."""
    load_balancing: LoadBalancing | None = None
    """Policies for a GKE Gateway; None before any other gateway."""
    metrics: PickerMetrics | None = None
    """None where no Managed Prometheus runs."""
    crds: pulumi.Resource | None = None
    """Defines the kinds that the chart uses; None where the cluster has them."""
    removal: pulumi.Resource | None = None
    """Waits for the end of its load balancers, such as `LoadBalancerRemoval`; None for no wait."""
