"""The InferencePool of one model, its endpoint picker and the load balancer's policies."""

from typing import Any, final

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes_object import RELEASE_TIMEOUT, gke_policy, object_meta, pool_reference
from components.observability.pod_monitoring import PodMonitoring, PodMonitoringArgs
from components.routing.inference_pool_args import InferencePoolArgs, LoadBalancing
from components.routing.pool_chart import pool_values
from components.type_tokens import token
from inference.derive.names import picker_name


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
        self._name, self._args = name, args
        self.pool_name = self._release().name.apply(str)
        if args.load_balancing is not None:
            health = _health_check(args.port, args.load_balancing)
            self._policy("health-check", "HealthCheckPolicy", health)
            self._policy("backend-policy", "GCPBackendPolicy", _backend(args.load_balancing))
        if args.metrics is not None:
            picker, needs_token = picker_name(args.name), args.release.metrics_token
            PodMonitoring(
                f"{name}-picker-monitoring",
                PodMonitoringArgs(
                    name=picker,
                    namespace=args.namespace,
                    selector={args.release.picker_label: picker},
                    port="metrics",
                    token_secret=args.metrics.token_secret if needs_token else None,
                ),
                pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"poolName": self.pool_name})

    def _release(self) -> kubernetes.helm.v3.Release:
        args = self._args
        chart, version = args.release.chart.oci
        return kubernetes.helm.v3.Release(
            f"{self._name}-release",
            name=args.name,
            namespace=args.namespace,
            chart=chart,
            version=version,
            values=pool_values(args),
            timeout=RELEASE_TIMEOUT,
            # Only the leader is ever ready, and Helm would wait for all.
            skip_await=args.picker.replicas > 1 or None,
            opts=pulumi.ResourceOptions(
                parent=self,
                # The chart makes objects of kinds that the CRDs define; a pool has NEGs.
                depends_on=[one for one in (args.crds, args.removal) if one is not None],
                # Selectors are immutable: a release of the other picker cannot be upgraded into.
                replacement_trigger=args.release.picker_label,
                # Both would have the same name.
                delete_before_replace=True,
            ),
        )

    def _policy(self, suffix: str, kind: str, default: dict[str, Any]) -> None:
        gke_policy(
            f"{self._name}-{suffix}",
            kind,
            object_meta(self._args.name, self._args.namespace),
            {"targetRef": pool_reference(self.pool_name), "default": default},
            pulumi.ResourceOptions(parent=self),
        )


def _health_check(port: pulumi.Input[int], wanted: LoadBalancing) -> dict[str, Any]:
    check = wanted.health_check
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
                "port": port,
                "requestPath": wanted.health_path,
            },
        },
    }


def _backend(wanted: LoadBalancing) -> dict[str, Any]:
    rate = wanted.log_sample_rate
    policy: dict[str, Any] = {
        "timeoutSec": wanted.timeout_seconds,
        "connectionDraining": {"drainingTimeoutSec": wanted.draining_seconds},
        "logging": {"enabled": False} if rate is None else {"enabled": True, "sampleRate": rate},
    }
    if wanted.security_policy is not None:
        policy["securityPolicy"] = wanted.security_policy
    if wanted.iap is not None:
        policy["iap"] = {
            "enabled": True,
            "clientID": wanted.iap.client_id,
            "oauth2ClientSecret": {"name": wanted.iap.secret},
        }
    return policy
