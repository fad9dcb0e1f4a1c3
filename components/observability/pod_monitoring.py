"""A PodMonitoring of Managed Prometheus, as a typed resource."""

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
    """Name of the object."""
    namespace: pulumi.Input[str]
    """Namespace of the object and of the Pods."""
    selector: Mapping[str, str]
    """Labels of the Pods to scrape, in the same namespace."""
    port: str
    """Name of their port."""
    token_secret: pulumi.Input[str] | None = None
    """Secret whose key `token` holds a bearer token; None where /metrics needs none."""


@final
class PodMonitoring(CustomResource):
    """Scrapes /metrics of the selected Pods."""

    def __init__(
        self, name: str, args: PodMonitoringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
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
        super().__init__(
            name,
            api_version="monitoring.googleapis.com/v1",
            kind="PodMonitoring",
            metadata=object_meta(args.name, args.namespace),
            spec={"selector": {"matchLabels": dict(args.selector)}, "endpoints": [endpoint]},
            opts=opts,
        )
