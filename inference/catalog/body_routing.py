"""Body-based routing: the chart that copies a request's `model` into a header, by release."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, final

from inference.catalog.images import Artifact
from inference.catalog.source import high

BODY_ROUTER_PORT: Final = 9004
BODY_ROUTER_HEALTH_PORT: Final = 9005
"""Ports of the charts, for calls and for gRPC health checks."""
_EXTENSION: Final = "gateway-api-inference-extension"
BODY_ROUTER_SOURCE: Final = high(
    f"{_EXTENSION} v1.0.0 and v1.5.0: charts and pkg/bbr, read at their tags"
)


@final
@dataclass(frozen=True, kw_only=True)
class BodyRouter:
    """Chart and image that belong together."""

    chart: Artifact
    image: Artifact
    hub_layout: bool
    """Whether the chart names images by `hub` and `name`, as v1.0.0 does."""

    def mirrored(self, prefix: str | None) -> "BodyRouter":
        """The same with chart and image below the prefix of a mirror."""
        return replace(self, chart=self.chart.mirrored(prefix), image=self.image.mirrored(prefix))


def _router(tag: str, *, hub_layout: bool) -> BodyRouter:
    return BodyRouter(
        chart=Artifact("registry.k8s.io", f"{_EXTENSION}/charts/body-based-routing", tag),
        image=Artifact("registry.k8s.io", f"{_EXTENSION}/bbr", tag),
        hub_layout=hub_layout,
    )


_V1_5_0: Final = _router("v1.5.0", hub_layout=False)
BODY_ROUTERS: Final[Mapping[str, BodyRouter]] = {
    "v1.0.0": _router("v1.0.0", hub_layout=True),
    "v1.5.0": _V1_5_0,
    # It sets a header and knows nothing of pickers, so it goes with llm-d's as well.
    "llm-d-v0.10.0": _V1_5_0,
}
"""By gateway release."""
