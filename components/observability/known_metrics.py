"""A resource whose creation waits until Cloud Monitoring knows some metrics."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, final

import pulumi
from pulumi import dynamic


class Provider(dynamic.ResourceProvider):
    """Makes nothing, and waits when it creates or updates.

    The state names this class by its module and never holds its code, so neither may be renamed.
    """

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Wait for the metrics.

        Raises:
            WaitError: when they are not known in time.

        """
        self._wait(props)
        return dynamic.CreateResult("known-metrics", props)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        """Compare the inputs alone: how this class is written down is Python's business."""
        keys = ("project", "types")
        return dynamic.DiffResult(changes=any(olds.get(key) != news.get(key) for key in keys))

    def update(
        self,
        _id: str,
        _olds: dict[str, Any],
        news: dict[str, Any],
    ) -> dynamic.UpdateResult:
        """Wait for those that are named now."""
        self._wait(news)
        return dynamic.UpdateResult(news)

    @staticmethod
    def _wait(props: dict[str, Any]) -> None:
        # Here, as a plan asks Google for nothing.
        from inference.live.known_metrics import await_metrics  # noqa: PLC0415

        # The engine shows what is raised, and the way to it in this file says nothing.
        sys.tracebacklimit = 0
        await_metrics(props["project"], props["types"])


@final
class KnownMetrics(dynamic.Resource, module="observability", name="KnownMetrics"):
    """Exists once Cloud Monitoring knows metrics of these types in a project."""

    def __init__(
        self, name: str, project: str, types: Sequence[str], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(Provider(), name, {"project": project, "types": list(types)}, opts)
