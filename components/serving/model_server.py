"""The model servers of one base model."""

from dataclasses import dataclass
from typing import Final, final

import pulumi
import pulumi_kubernetes as kubernetes
import yaml

from components.kubernetes_object import object_meta
from components.observability.pod_monitoring import PodMonitoringArgs, pod_monitoring
from components.serving.compute_class import compute_class
from components.serving.hugging_face_secret import HuggingFaceSecret
from components.serving.server_autoscaler import ServerAutoscalerArgs, server_autoscaler
from components.serving.server_network_policy import (
    ServerNetworkPolicyArgs,
    server_network_policy,
)
from components.serving.server_parts import ServerParts
from components.serving.server_pod import ServerPodArgs, server_pod
from components.type_tokens import LABELS, token
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.chart import server_labels
from inference.derive.engines import has_syncer, server_of
from inference.derive.monitoring_names import scrapes_servers
from inference.derive.names import adapters_config as adapters_config_name
from inference.derive.placement import rollout
from inference.derive.sidecar import pod_annotations
from inference.derive.syncer import CONFIG_FILE, adapters_config
from inference.derive.timing import deployment_times
from inference.derive.weights import reads_hugging_face, uses_buckets

_FORCE: Final = "pulumi.com/patchForce"
_REPLICAS: Final = "spec.replicas"
"""The provider sends what it ignores as it is in the cluster, or not when others own it."""


@final
@dataclass(frozen=True, kw_only=True)
class ModelServerArgs:
    """Which model, and where its token is."""

    settings: Settings
    model: Model
    namespace: pulumi.Input[str]
    secret: HuggingFaceSecret | None
    parts: ServerParts
    priority_class: pulumi.Input[str] | None = None


@final
class ModelServer(pulumi.ComponentResource):
    """Deployment, adapters, disruption budget and PodMonitoring.

    It does not wait for the node pool: Pods wait for nodes, and everything else runs meanwhile.
    """

    def __init__(
        self, name: str, args: ModelServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("ModelServer"), name, None, opts)
        model, namespace = args.model, args.namespace
        selector = dict(server_labels(model))
        child = pulumi.ResourceOptions(parent=self)
        adapters = (
            kubernetes.core.v1.ConfigMap(
                f"{name}-adapters",
                metadata=object_meta(adapters_config_name(model.name), namespace),
                data={CONFIG_FILE: yaml.safe_dump(adapters_config(model), sort_keys=False)},
                opts=child,
            )
            if has_syncer(model)
            else None
        )
        parts = args.parts
        # A server that asks Hugging Face for nothing gets no token.
        asks = reads_hugging_face(model)
        secret, mounted = (args.secret, parts.mounted) if asks else (None, None)
        reads = uses_buckets(args.settings, model)
        pod = ServerPodArgs(
            settings=args.settings,
            model=model,
            secret_name=secret.secret_name if secret else None,
            secret_key=secret.key if secret else "",
            config_map=adapters.metadata.name if adapters else None,
            priority_class=args.priority_class,
            account=parts.account.name if parts.account and (reads or mounted) else None,
            mounted=mounted,
        )
        before: list[pulumi.Resource] = []
        if model.gpu.fallback:
            # No value shows it: Pods name the class by a label, and Autopilot refuses one without.
            before.append(compute_class(f"{name}-compute-class", args.settings, model, child))
        if parts.weights is not None and reads:
            # Nor that a server which may not read its weights exits, and starts ever later.
            before += parts.weights.grants
        strategy, times = rollout(args.settings, model), deployment_times(model)
        kubernetes.apps.v1.Deployment(
            f"{name}-deployment",
            # What an autoscaler owned until now, or `kubectl scale`, is taken back.
            metadata=object_meta(
                model.name, namespace, None if model.autoscaling else {_FORCE: "true"}
            ),
            spec=kubernetes.apps.v1.DeploymentSpecArgs(
                # With an autoscaler it is the one who says how many.
                replicas=None if model.autoscaling else model.replicas,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=selector),
                strategy=kubernetes.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=kubernetes.apps.v1.RollingUpdateDeploymentArgs(
                        max_surge=strategy.max_surge, max_unavailable=strategy.max_unavailable
                    ),
                ),
                progress_deadline_seconds=times.progress_deadline,
                template=kubernetes.core.v1.PodTemplateSpecArgs(
                    metadata=kubernetes.meta.v1.ObjectMetaArgs(
                        labels={**LABELS, **server_of(model).labels, **selector},
                        annotations=pod_annotations(args.settings, model) or None,
                    ),
                    spec=server_pod(pod),
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=before or None,
                # The number stays as it is until the autoscaler has it: taken away, it would be 1.
                ignore_changes=[_REPLICAS] if model.autoscaling else None,
                # The default of 10 minutes is shorter than a node, an image and a model take.
                custom_timeouts=pulumi.CustomTimeouts(
                    create=f"{times.create}s", update=f"{times.update}s"
                ),
            ),
        )
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{name}-budget",
            metadata=object_meta(model.name, namespace),
            spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
                # A share of a number that the autoscaler changes would need to follow it.
                min_available=None if model.autoscaling else model.replicas - 1,
                max_unavailable=1 if model.autoscaling else None,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=selector),
            ),
            opts=child,
        )
        if model.autoscaling is not None:
            server_autoscaler(
                f"{name}-autoscaler",
                ServerAutoscalerArgs(
                    namespace=namespace,
                    deployment=model.name,
                    autoscaling=model.autoscaling,
                    metrics=server_of(model).metrics,
                ),
                child,
            )
        if args.settings.security.network_policy and args.settings.gateway.is_gke:
            server_network_policy(
                f"{name}-network-policy",
                ServerNetworkPolicyArgs(settings=args.settings, model=model, namespace=namespace),
                child,
            )
        if scrapes_servers(args.settings):
            pod_monitoring(
                f"{name}-monitoring",
                PodMonitoringArgs(
                    name=model.name, namespace=namespace, selector=selector, port="http"
                ),
                child,
            )
        self.register_outputs({})
