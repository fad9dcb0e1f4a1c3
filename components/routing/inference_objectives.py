"""The InferenceObjectives of one pool: priorities that requests ask for by header."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import pulumi

from components.child_options import child_after
from components.kubernetes_object import CustomResource, object_meta, pool_reference
from components.type_tokens import token
from inference.catalog.releases import GatewayRelease


@final
@dataclass(frozen=True, kw_only=True)
class InferenceObjectivesArgs:
    """Which priorities, of which pool."""

    priorities: Mapping[str, int]
    """Priority by the objective's name, which is unique in the namespace. A higher one is served
    first; below 0, requests may be dropped under load."""
    pool_name: pulumi.Input[str]
    """Name of the InferencePool, such as `InferencePool.pool_name`."""
    release: GatewayRelease
    """Release of the pool: it says the API group of the objectives."""
    namespace: pulumi.Input[str] = "default"
    """Namespace of the pool."""
    crds: pulumi.Resource | None = None
    """Defines the kind; None where the cluster has it."""


@final
class InferenceObjectives(pulumi.ComponentResource):
    """One object for each objective. It acts only on requests that carry its name in a header."""

    def __init__(
        self, name: str, args: InferenceObjectivesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("InferenceObjectives"), name, None, opts)
        for objective, priority in args.priorities.items():
            CustomResource(
                f"{name}-{objective}",
                api_version=args.release.objective_api_version,
                kind="InferenceObjective",
                metadata=object_meta(objective, args.namespace),
                spec={"priority": priority, "poolRef": pool_reference(args.pool_name)},
                # No value shows that the kind must be defined first.
                opts=child_after(self, args.crds),
            )
        self.register_outputs({})
