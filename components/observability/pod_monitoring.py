"""A PodMonitoring of Managed Prometheus. Registers one resource for its caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi

from components.kubernetes_object import CustomResource, object_meta

_INTERVAL: Final = "15s"


@final
@dataclass(frozen=True, kw_only=True)
class PodMonitoringArgs:
    """Whose metrics, and the token where the endpoint demands one."""

    name: str
    namespace: pulumi.Input[str]
    selector: Mapping[str, str]
    port: str
    token_secret: pulumi.Input[str] | None = None


def pod_monitoring(
    name: str, args: PodMonitoringArgs, opts: pulumi.ResourceOptions
) -> CustomResource:
    """Scrape /metrics of the selected Pods."""
    endpoint: dict[str, Any] = {
        "port": args.port,
        "scheme": "http",
        "path": "/metrics",
        "interval": _INTERVAL,
    }
    if args.token_secret is not None:
        endpoint["authorization"] = {
            "type": "Bearer",
            "credentials": {"secret": {"name": args.token_secret, "key": "token"}},
        }
    return CustomResource(
        name,
        api_version="monitoring.googleapis.com/v1",
        kind="PodMonitoring",
        metadata=object_meta(args.name, args.namespace),
        spec={"selector": {"matchLabels": dict(args.selector)}, "endpoints": [endpoint]},
        opts=opts,
    )
