"""Endpoint pickers: what the chart of the release can do with their settings."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import CHART_V1_0_0, LEADER_ELECTION, OWN_KEYS
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.config.finding import remove_command, set_command
from inference.derive import system_pool
from inference.preflight.registry import Check

STICKS: Final = Check(
    id="picker.update-sticks",
    severity=Severity.ERROR,
    cause="Several pickers elect a leader, and the chart of release v1.0.0 replaces them one after "
    "the other, although only the leader is ever ready.",
    consequence="Each later change of a picker waits indefinitely for a second one to be "
    "ready, and the old ones stay.",
    fix="Use release v1.5.0 or later, or one picker.",
    source=LEADER_ELECTION,
)
IGNORED: Final = Check(
    id="picker.setting-ignored",
    severity=Severity.WARNING,
    cause="`picker.failureMode` or `picker.requests` is set, and the chart of release v1.0.0 has "
    "no such value.",
    consequence="The CRD's FailClose holds, and pickers request nothing; their nodes alone are "
    "sized by the setting.",
    fix="Use release v1.5.0 or later, or remove the setting.",
    source=CHART_V1_0_0,
)
SHARED: Final = Check(
    id="picker.more-than-nodes",
    severity=Severity.WARNING,
    cause="There are more pickers of a model than CPU nodes to keep them apart on.",
    consequence="Two of them share a node, and are lost with it together.",
    fix="Lower `picker.replicas`, or use a regional cluster.",
    source=LEADER_ELECTION,
)
NO_WEIGHTS: Final = Check(
    id="picker.no-weights",
    severity=Severity.ERROR,
    cause="Every weight of `picker.scorers` is 0.",
    consequence="Every server scores the same: requests are spread by chance.",
    fix="Leave `scorers` out, or give one a weight.",
    source=OWN_KEYS,
    acceptable=False,
)
CHECKS: Final = (NO_WEIGHTS, STICKS, IGNORED, SHARED)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about replicas and the values of the chart."""
    picker, path = settings.picker, "picker.replicas"
    scorers = picker.scorers
    if scorers is not None and not any(scorers.model_dump().values()):
        yield NO_WEIGHTS.finding(
            "picker.scorers",
            "all weights are 0: every server would score the same",
            remove_command("picker.scorers"),
        )
    if not settings.release.configures_picker:
        if picker.replicas > 1:
            yield STICKS.finding(
                path,
                f"{picker.replicas} pickers of release {settings.release.name} could not be "
                "updated: a new one is ready only once it leads, and the old leader stays until "
                "then",
                f"{set_command('gatewayRelease', 'v1.5.0')}, or {set_command(path, '1')}",
            )
        ignored = {
            "picker.failureMode": picker.failure_mode,
            "picker.requests": picker.requests,
        }
        for key, value in ignored.items():
            if value is not None:
                yield IGNORED.finding(
                    key,
                    f"chart {settings.release.name} has no value for it, so it has no effect on "
                    "the picker",
                    f"{set_command('gatewayRelease', 'v1.5.0')}, or {remove_command(key)}",
                )
    if settings.cluster.mode is ClusterMode.STANDARD:
        nodes = system_pool.nodes(settings)
        if picker.replicas > nodes:
            yield SHARED.finding(
                path,
                f"{picker.replicas} pickers on {nodes} CPU nodes: two of a model share one, and "
                "are lost with it together",
                set_command(path, str(nodes)),
            )
