"""The InferenceObjectives of one model: priorities that requests ask for by header."""

from dataclasses import dataclass
from typing import final

import pulumi

from components.kubernetes_object import CustomResource, object_meta, pool_reference
from components.type_tokens import token
from inference.catalog.releases import GatewayRelease
from inference.config.models import Model


@final
@dataclass(frozen=True, kw_only=True)
class InferenceObjectivesArgs:
    """Whose objectives, in the API group of the release."""

    release: GatewayRelease
    model: Model
    namespace: pulumi.Input[str]
    pool_name: pulumi.Input[str]
    crds: pulumi.Resource


@final
class InferenceObjectives(pulumi.ComponentResource):
    """One object for each objective. It acts only on requests that carry its name in a header."""

    def __init__(
        self, name: str, args: InferenceObjectivesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("InferenceObjectives"), name, None, opts)
        for objective in args.model.objectives:
            CustomResource(
                f"{name}-{objective.name}",
                api_version=args.release.objective_api_version,
                kind="InferenceObjective",
                metadata=object_meta(objective.name, args.namespace),
                spec={
                    "priority": objective.priority,
                    "poolRef": pool_reference(args.pool_name),
                },
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # No value shows that the kind must be defined first.
                    depends_on=[args.crds],
                ),
            )
        self.register_outputs({})
