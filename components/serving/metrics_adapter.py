"""The Custom Metrics Stackdriver Adapter: what autoscalers read Cloud Monitoring through."""

from dataclasses import dataclass
from typing import Final, final

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from components.child_options import child_after
from components.google.workload_identity import WorkloadIdentity
from components.kubernetes_object import object_meta, role, subject
from components.serving.metrics_adapter_deployment import SELECTOR, deployment_spec
from components.type_tokens import token
from inference.catalog.gcp import MONITORING_VIEWER_ROLE
from inference.catalog.metrics_adapter import (
    ADAPTER,
    ADAPTER_NAMESPACE,
    ADAPTER_PORT,
    METRICS_ADAPTER,
    METRICS_GROUP,
    METRICS_VERSIONS,
)
from inference.derive.names import ADAPTER_AUTH_READER, ADAPTER_DELEGATOR, ADAPTER_READER

_SYSTEM: Final = "kube-system"


@final
@dataclass(frozen=True, kw_only=True)
class MetricsAdapterArgs:
    """Whose account is granted a role."""

    identity: WorkloadIdentity
    """How IAM knows the adapter's account, and the project whose metrics it reads."""
    cluster: pulumi.Resource | None = None
    """Makes the workload pool that the identity is in; None where it is there."""
    image: str = METRICS_ADAPTER.reference
    """The adapter's image."""


@final
class MetricsAdapter(pulumi.ComponentResource):
    """Upstream's manifest as typed resources, without the external metrics that nothing here reads.

    There is one in a cluster: its API group can be served once only.
    """

    def __init__(
        self, name: str, args: MetricsAdapterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("MetricsAdapter"), name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace", metadata=object_meta(ADAPTER_NAMESPACE, None), opts=child
        ).metadata.name
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account", metadata=object_meta(ADAPTER, namespace), opts=child
        ).metadata.name
        _permissions(name, namespace, account, child)
        grant = gcp.projects.IAMMember(
            f"{name}-grant",
            project=args.identity.project,
            role=MONITORING_VIEWER_ROLE,
            member=args.identity.member(namespace, account),
            # No value shows that the project's workload pool comes with its first cluster.
            opts=child_after(self, args.cluster),
        )
        deployment = kubernetes.apps.v1.Deployment(
            f"{name}-deployment",
            metadata=object_meta(ADAPTER, namespace),
            spec=deployment_spec(account, args.image),
            # No value shows that the adapter starts by reading Cloud Monitoring.
            opts=child_after(self, grant),
        )
        service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata=object_meta(ADAPTER, namespace),
            spec=kubernetes.core.v1.ServiceSpecArgs(
                selector=SELECTOR,
                ports=[
                    kubernetes.core.v1.ServicePortArgs(port=ADAPTER_PORT, target_port=ADAPTER_PORT)
                ],
            ),
            opts=child,
        )
        self._apis(name, namespace, service.metadata.name, deployment)
        self.register_outputs({})

    def _apis(
        self,
        name: str,
        namespace: pulumi.Input[str],
        service: pulumi.Input[str],
        deployment: pulumi.Resource,
    ) -> None:
        for version, priority in METRICS_VERSIONS:
            kubernetes.apiregistration.v1.APIService(
                f"{name}-{version}",
                metadata=object_meta(f"{version}.{METRICS_GROUP}", None),
                spec=kubernetes.apiregistration.v1.APIServiceSpecArgs(
                    group=METRICS_GROUP,
                    version=version,
                    group_priority_minimum=100,
                    version_priority=priority,
                    # The adapter makes its own certificate at each start.
                    insecure_skip_tls_verify=True,
                    service=kubernetes.apiregistration.v1.ServiceReferenceArgs(
                        name=service, namespace=namespace
                    ),
                ),
                # On destroy it must go first: while an API has no server, no namespace of the
                # cluster can be deleted.
                opts=child_after(self, deployment),
            )


def _permissions(
    name: str,
    namespace: pulumi.Input[str],
    account: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    subjects = [subject(account, namespace)]
    kubernetes.rbac.v1.ClusterRoleBinding(
        f"{name}-delegator",
        metadata=object_meta(ADAPTER_DELEGATOR, None),
        role_ref=role("system:auth-delegator"),
        subjects=subjects,
        opts=opts,
    )
    kubernetes.rbac.v1.RoleBinding(
        f"{name}-auth-reader",
        metadata=object_meta(ADAPTER_AUTH_READER, _SYSTEM),
        role_ref=role("extension-apiserver-authentication-reader", "Role"),
        subjects=subjects,
        opts=opts,
    )
    reader = kubernetes.rbac.v1.ClusterRole(
        f"{name}-reader",
        metadata=object_meta(ADAPTER_READER, None),
        rules=[
            kubernetes.rbac.v1.PolicyRuleArgs(
                api_groups=[""],
                resources=["pods", "nodes", "nodes/stats"],
                verbs=["get", "list", "watch"],
            )
        ],
        opts=opts,
    )
    kubernetes.rbac.v1.ClusterRoleBinding(
        f"{name}-reader-binding",
        metadata=object_meta(ADAPTER_READER, None),
        role_ref=role(reader.metadata.name),
        subjects=subjects,
        opts=opts,
    )
