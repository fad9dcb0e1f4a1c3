"""Which resources can be made at the same time."""

from collections.abc import Mapping, Sequence

from inference.offline.recorder import Registration


def waves(resources: Sequence[Registration]) -> Mapping[str, int]:
    """Wave by URN: 0 for what waits for nothing, else one after the last it waits for.

    Everything in a wave can be made in parallel. A component is in the wave of its first child.
    """
    result: dict[str, int] = {}
    by_urn = {resource.urn: resource for resource in resources}
    for resource in resources:
        # A program can only depend on what it has registered before, so one pass is enough.
        if resource.custom:
            before = [result[urn] for urn in resource.waits_for if urn in result]
            result[resource.urn] = max(before, default=-1) + 1
    for resource in reversed(resources):
        # Children are registered after their component, so backwards they come first.
        own = result.setdefault(resource.urn, 0)
        parent = by_urn.get(resource.parent)
        if parent is not None and not parent.custom:
            result[parent.urn] = min(result.get(parent.urn, own), own)
    return result
