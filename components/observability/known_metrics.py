"""A resource whose creation waits until Cloud Monitoring knows some metrics."""

from collections.abc import Sequence
from typing import Any, final

import pulumi
from pulumi import dynamic

from components.wait_provider import WaitProvider


class Provider(WaitProvider):
    """Waits when it creates or updates. Named by states: see `WaitProvider`."""

    identity = "known-metrics"

    def before_recording(self, props: dict[str, Any]) -> None:
        """Wait for the metrics.

        Raises:
            WaitError: when they are not known in time.
        """
        # Here, as a plan asks Google for nothing.
        from inference.live.waiting import await_metrics  # noqa: PLC0415

        self.show_errors_alone()
        await_metrics(props["project"], props["types"])


@final
class KnownMetrics(dynamic.Resource, module="observability", name="KnownMetrics"):
    """Exists once Cloud Monitoring knows metrics of these types in a project."""

    def __init__(
        self, name: str, project: str, types: Sequence[str], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(Provider(), name, {"project": project, "types": list(types)}, opts)
