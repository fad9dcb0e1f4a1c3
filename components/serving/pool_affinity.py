"""Which node pools a model's Pods prefer. Registers nothing."""

from pulumi_kubernetes import core

from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.placement import POOL_LABEL, pool_weights


def pool_affinity(settings: Settings, model: Model) -> core.v1.AffinityArgs | None:
    """Pools in the order of the stack file; a preference, so that the next one is a fallback."""
    terms = [
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
        for pool, weight in pool_weights(settings, model).items()
    ]
    if not terms:
        return None
    return core.v1.AffinityArgs(
        node_affinity=core.v1.NodeAffinityArgs(
            preferred_during_scheduling_ignored_during_execution=terms
        )
    )
