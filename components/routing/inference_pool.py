"""The InferencePool of one base model, its endpoint picker and the load balancer's policies."""

from dataclasses import dataclass
from typing import Any, Final, final

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes_object import CustomResource, object_meta, pool_reference
from components.observability.pod_monitoring import PodMonitoringArgs, pod_monitoring
from components.type_tokens import token
from inference.catalog.releases import GatewayRelease
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.chart import pool_values
from inference.derive.engines import server_of
from inference.derive.names import picker_name
from inference.derive.timing import drain_seconds

_POLICY_API: Final = "networking.gke.io/v1"
_LONGEST_DRAINING: Final = 3600
"""Seconds; the most that GKE's CRD takes."""
_RELEASE_TIMEOUT: Final = 900
"""Seconds for the picker to become ready, a node for it on Autopilot included."""


@final
@dataclass(frozen=True, kw_only=True)
class InferencePoolArgs:
    """Which model's pool."""

    settings: Settings
    model: Model
    namespace: pulumi.Input[str]
    crds: pulumi.Resource
    security_policy: pulumi.Input[str] | None
    """Name of the Cloud Armor policy; None for none."""
    metrics_secret: pulumi.Input[str] | None
    """Secret with the token that some releases' pickers demand on /metrics; None outside GKE."""


@final
class InferencePool(pulumi.ComponentResource):
    """The pool and its picker by Helm, and one policy of each kind by us.

    The chart's own policies are not used: GKE's CRD refuses its HealthCheckPolicy, and two of a
    kind on one target contradict each other.
    """

    pool_name: pulumi.Output[str]
    """Name of the InferencePool, known as soon as the release exists."""

    def __init__(
        self, name: str, args: InferencePoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("InferencePool"), name, None, opts)
        release = _release(self, name, args)
        self.pool_name = release.name.apply(str)
        child = pulumi.ResourceOptions(parent=self)
        if args.settings.gateway.is_gke:
            self._policy(f"{name}-health-check", args, "HealthCheckPolicy", _health_check(args))
            self._policy(f"{name}-backend-policy", args, "GCPBackendPolicy", _backend(args))
        if args.settings.on_gke:
            picker = picker_name(args.model.name)
            chosen = args.settings.release
            pod_monitoring(
                f"{name}-picker-monitoring",
                PodMonitoringArgs(
                    name=picker,
                    namespace=args.namespace,
                    selector={chosen.picker_label: picker},
                    port="metrics",
                    token_secret=args.metrics_secret if chosen.metrics_token else None,
                ),
                child,
            )
        self.register_outputs({"poolName": self.pool_name})

    def _policy(self, name: str, args: InferencePoolArgs, kind: str, default: Any) -> None:  # noqa: ANN401 a CRD's spec
        CustomResource(
            name,
            api_version=_POLICY_API,
            kind=kind,
            metadata=object_meta(args.model.name, args.namespace),
            spec={
                "targetRef": pool_reference(self.pool_name),
                "default": default,
            },
            opts=pulumi.ResourceOptions(parent=self),
        )


def _chart(release: GatewayRelease) -> tuple[str, str | None]:
    """Chart and version: with a digest both stand in the reference, which Helm then verifies."""
    if release.chart.digest:
        return f"oci://{release.chart.reference}", None
    return f"oci://{release.chart.registry}/{release.chart.repository}", release.chart.tag


def _release(
    parent: pulumi.Resource, name: str, args: InferencePoolArgs
) -> kubernetes.helm.v3.Release:
    chosen = args.settings.release
    chart, version = _chart(chosen)
    return kubernetes.helm.v3.Release(
        f"{name}-release",
        name=args.model.name,
        namespace=args.namespace,
        chart=chart,
        version=version,
        values=pool_values(args.settings, args.model),
        timeout=_RELEASE_TIMEOUT,
        # Only the leader is ever ready, and Helm would wait for all.
        skip_await=args.settings.picker.replicas > 1 or None,
        opts=pulumi.ResourceOptions(
            parent=parent,
            # The chart makes objects of kinds that the CRDs define.
            depends_on=[args.crds],
            # Selectors are immutable: a release of the other picker cannot be upgraded into.
            replacement_trigger=chosen.picker_label,
            # Both would have the same name.
            delete_before_replace=True,
        ),
    )


def _health_check(args: InferencePoolArgs) -> dict[str, Any]:
    check = args.settings.gateway.health_check
    return {
        "checkIntervalSec": check.interval_seconds,
        "timeoutSec": check.timeout_seconds,
        "healthyThreshold": check.healthy_threshold,
        "unhealthyThreshold": check.unhealthy_threshold,
        "config": {
            "type": "HTTP",
            "httpHealthCheck": {
                # GKE's CRD refuses a port without it.
                "portSpecification": "USE_FIXED_PORT",
                "port": args.model.port,
                "requestPath": server_of(args.model).ready_path,
            },
        },
    }


def _backend(args: InferencePoolArgs) -> dict[str, Any]:
    gateway = args.settings.gateway
    log = gateway.request_log
    logging = {"enabled": log.enabled}
    draining = gateway.draining_seconds
    if draining is None:
        # Shorter, and the load balancer would cut answers that the server still finishes.
        draining = min(drain_seconds(args.model), _LONGEST_DRAINING)
    policy: dict[str, Any] = {
        "timeoutSec": gateway.timeout_seconds,
        "connectionDraining": {"drainingTimeoutSec": draining},
        "logging": {**logging, "sampleRate": log.sample_rate} if log.enabled else logging,
    }
    if args.security_policy is not None:
        policy["securityPolicy"] = args.security_policy
    if gateway.iap is not None:
        policy["iap"] = {
            "enabled": True,
            "clientID": gateway.iap.client_id,
            "oauth2ClientSecret": {"name": gateway.iap.secret},
        }
    return policy
