"""What all Kubernetes objects of the stack share: their metadata, and a custom resource's name."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes

from components.type_tokens import LABELS
from inference.catalog.releases import POOL_GROUP

RELEASE_TIMEOUT: Final = 900
"""Seconds for the Pods of a chart to become ready, a node for them on Autopilot included."""


class CustomResource(kubernetes.apiextensions.CustomResource):
    """The SDK's class, which sets `metadata` but does not declare it."""

    metadata: pulumi.Output[Mapping[str, Any]]

    @property
    def object_name(self) -> pulumi.Output[str]:
        """metadata.name; whoever uses it comes after this object."""
        return self.metadata.apply(lambda metadata: str(metadata["name"]))


def object_meta(
    name: str,
    namespace: pulumi.Input[str] | None,
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> kubernetes.meta.v1.ObjectMetaArgs:
    """Metadata of an object of this stack; without a namespace of a cluster-scoped one."""
    return kubernetes.meta.v1.ObjectMetaArgs(
        name=name, namespace=namespace, labels=LABELS, annotations=annotations
    )


def subject(
    name: pulumi.Input[str], namespace: pulumi.Input[str]
) -> kubernetes.rbac.v1.SubjectArgs:
    """A ServiceAccount that a role is bound to."""
    return kubernetes.rbac.v1.SubjectArgs(kind="ServiceAccount", name=name, namespace=namespace)


def role(name: pulumi.Input[str], kind: str = "ClusterRole") -> kubernetes.rbac.v1.RoleRefArgs:
    """The role that is bound."""
    return kubernetes.rbac.v1.RoleRefArgs(
        api_group="rbac.authorization.k8s.io", kind=kind, name=name
    )


def gke_policy(
    name: str,
    kind: str,
    metadata: kubernetes.meta.v1.ObjectMetaArgs,
    spec: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> CustomResource:
    """An object by which GKE's Gateway controller sets up its load balancers."""
    return CustomResource(
        name,
        api_version="networking.gke.io/v1",
        kind=kind,
        metadata=metadata,
        spec=spec,
        opts=opts,
    )


def pool_reference(name: pulumi.Input[str]) -> dict[str, Any]:
    """How policies, objectives and routes name an InferencePool."""
    return {"group": POOL_GROUP, "kind": "InferencePool", "name": name}
