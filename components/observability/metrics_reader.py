"""Who may read metrics: an account for /metrics, and the collector's access to its token."""

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes_object import object_meta, role, subject
from components.type_tokens import token
from inference.catalog.gcp import GMP_NAMESPACE
from inference.derive.names import (
    METRICS_ACCOUNT,
    METRICS_BINDING,
    METRICS_ROLE,
    METRICS_SECRET,
    METRICS_SECRET_ROLE,
    collector_binding,
)


@final
@dataclass(frozen=True, kw_only=True)
class MetricsReaderArgs:
    """Where the account is, and who collects."""

    namespace: pulumi.Input[str] = "default"
    """Namespace of the account and its token."""
    collector_namespace: str = GMP_NAMESPACE
    """Namespace of Managed Prometheus's service account `collector`; Autopilot has another."""
    suffix: str = ""
    """Of the names of cluster-scoped objects, by which two readers in a cluster differ."""


@final
class MetricsReader(pulumi.ComponentResource):
    """The tutorial's metrics RBAC. Made on GKE for every release, as PodMonitorings may need it."""

    secret_name: pulumi.Output[str]
    """Secret that holds the account's token under the key `token`."""

    def __init__(
        self, name: str, args: MetricsReaderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("MetricsReader"), name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        reader = kubernetes.rbac.v1.ClusterRole(
            f"{name}-role",
            metadata=object_meta(METRICS_ROLE + args.suffix, None),
            rules=[
                kubernetes.rbac.v1.PolicyRuleArgs(non_resource_urls=["/metrics"], verbs=["get"])
            ],
            opts=child,
        )
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata=object_meta(METRICS_ACCOUNT, args.namespace),
            opts=child,
        )
        kubernetes.rbac.v1.ClusterRoleBinding(
            f"{name}-binding",
            metadata=object_meta(METRICS_BINDING + args.suffix, None),
            subjects=[subject(account.metadata.name, args.namespace)],
            role_ref=role(reader.metadata.name),
            opts=child,
        )
        secret = kubernetes.core.v1.Secret(
            f"{name}-token",
            metadata=object_meta(
                METRICS_SECRET,
                args.namespace,
                {"kubernetes.io/service-account.name": account.metadata.name},
            ),
            type="kubernetes.io/service-account-token",
            opts=child,
        )
        self.secret_name = secret.metadata.name.apply(str)
        secret_reader = kubernetes.rbac.v1.ClusterRole(
            f"{name}-secret-role",
            metadata=object_meta(METRICS_SECRET_ROLE + args.suffix, None),
            rules=[
                kubernetes.rbac.v1.PolicyRuleArgs(
                    api_groups=[""],
                    resources=["secrets"],
                    verbs=["get", "list", "watch"],
                    resource_names=[self.secret_name],
                )
            ],
            opts=child,
        )
        kubernetes.rbac.v1.ClusterRoleBinding(
            f"{name}-secret-binding",
            metadata=object_meta(collector_binding(args.collector_namespace) + args.suffix, None),
            subjects=[subject("collector", args.collector_namespace)],
            role_ref=role(secret_reader.metadata.name),
            opts=child,
        )
        self.register_outputs({"secretName": self.secret_name})
