"""Who may read metrics: an account for /metrics, and the collector's access to its token."""

from dataclasses import dataclass
from typing import Final, final

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes_object import object_meta
from components.type_tokens import token
from inference.derive.names import (
    METRICS_ACCOUNT,
    METRICS_BINDING,
    METRICS_ROLE,
    METRICS_SECRET,
    METRICS_SECRET_ROLE,
    cluster_scoped,
)

_RBAC: Final = "rbac.authorization.k8s.io"


@final
@dataclass(frozen=True, kw_only=True)
class MetricsReaderArgs:
    """Where the account lives, and who collects."""

    namespace: pulumi.Input[str]
    namespace_name: str
    """The same, as text, for names of cluster-scoped objects."""
    collector_namespace: str
    """Namespace of Managed Prometheus's service account `collector`."""


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
            metadata=_cluster_scoped(METRICS_ROLE, args.namespace_name),
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
            metadata=_cluster_scoped(METRICS_BINDING, args.namespace_name),
            subjects=[_subject(account.metadata.name, args.namespace)],
            role_ref=_role_ref(reader.metadata.name),
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
        self.secret_name = secret.metadata.name
        secret_reader = kubernetes.rbac.v1.ClusterRole(
            f"{name}-secret-role",
            metadata=_cluster_scoped(METRICS_SECRET_ROLE, args.namespace_name),
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
            metadata=_cluster_scoped(
                f"{args.collector_namespace}:collector:{METRICS_SECRET_ROLE}", args.namespace_name
            ),
            subjects=[_subject("collector", args.collector_namespace)],
            role_ref=_role_ref(secret_reader.metadata.name),
            opts=child,
        )
        self.register_outputs({"secretName": self.secret_name})


def _cluster_scoped(name: str, namespace: str) -> kubernetes.meta.v1.ObjectMetaArgs:
    return object_meta(cluster_scoped(name, namespace), None)


def _subject(
    name: pulumi.Input[str], namespace: pulumi.Input[str]
) -> kubernetes.rbac.v1.SubjectArgs:
    return kubernetes.rbac.v1.SubjectArgs(kind="ServiceAccount", name=name, namespace=namespace)


def _role_ref(name: pulumi.Input[str]) -> kubernetes.rbac.v1.RoleRefArgs:
    return kubernetes.rbac.v1.RoleRefArgs(api_group=_RBAC, kind="ClusterRole", name=name)
