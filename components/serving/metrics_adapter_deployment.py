"""The Deployment of the Custom Metrics Stackdriver Adapter. Registers nothing."""

from typing import Final

import pulumi
from pulumi_kubernetes import apps, core, meta

from components.type_tokens import LABELS
from inference.catalog.metrics_adapter import (
    ADAPTER,
    ADAPTER_CPU,
    ADAPTER_MEMORY,
    ADAPTER_PORT,
)

SELECTOR: Final = {"k8s-app": ADAPTER}
"""Labels that the Deployment and the Service select its Pod by."""


def deployment_spec(account: pulumi.Input[str], image: str) -> apps.v1.DeploymentSpecArgs:
    """One adapter that runs as the ServiceAccount `account`, of an image."""
    return apps.v1.DeploymentSpecArgs(
        replicas=1,
        selector=meta.v1.LabelSelectorArgs(match_labels=SELECTOR),
        template=core.v1.PodTemplateSpecArgs(
            metadata=meta.v1.ObjectMetaArgs(labels={**LABELS, **SELECTOR}),
            spec=core.v1.PodSpecArgs(
                service_account_name=account,
                security_context=core.v1.PodSecurityContextArgs(
                    seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault")
                ),
                containers=[_container(image)],
            ),
        ),
    )


def _container(image: str) -> core.v1.ContainerArgs:
    amounts = {"cpu": ADAPTER_CPU, "memory": ADAPTER_MEMORY}
    return core.v1.ContainerArgs(
        name="adapter",
        image=image,
        image_pull_policy="IfNotPresent",
        command=[
            "/adapter",
            "--use-new-resource-model=true",
            "--fallback-for-container-metrics=true",
        ],
        ports=[core.v1.ContainerPortArgs(container_port=ADAPTER_PORT)],
        # Until it answers, the API server would ask it for metrics, and autoscalers have none.
        readiness_probe=core.v1.ProbeArgs(
            http_get=core.v1.HTTPGetActionArgs(path="/healthz", port=ADAPTER_PORT, scheme="HTTPS")
        ),
        resources=core.v1.ResourceRequirementsArgs(requests=amounts, limits=amounts),
        security_context=core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"], add=["NET_BIND_SERVICE"]),
        ),
    )
