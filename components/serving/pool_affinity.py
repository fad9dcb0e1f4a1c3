"""Which node pools a model's Pods prefer. Registers nothing."""

from collections.abc import Mapping

from pulumi_kubernetes import core

from inference.derive.placement import POOL_LABEL


def pool_affinity(weights: Mapping[str, int]) -> core.v1.AffinityArgs | None:
    """A preference for pools by their weights, so that the next one is a fallback."""
    if not weights:
        return None
    return core.v1.AffinityArgs(
        node_affinity=core.v1.NodeAffinityArgs(
            preferred_during_scheduling_ignored_during_execution=[
                core.v1.PreferredSchedulingTermArgs(
                    weight=weight,
                    preference=core.v1.NodeSelectorTermArgs(
                        match_expressions=[
                            core.v1.NodeSelectorRequirementArgs(
                                key=POOL_LABEL, operator="In", values=[pool]
                            )
                        ]
                    ),
                )
                for pool, weight in weights.items()
            ]
        )
    )
