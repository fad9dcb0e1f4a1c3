"""The PriorityClasses that model servers are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes_object import object_meta
from components.type_tokens import token
from inference.config.priority_classes import PriorityClassSettings


@final
@dataclass(frozen=True, kw_only=True)
class PriorityClassesArgs:
    """The classes to make."""

    classes: Sequence[PriorityClassSettings]
    """One object each."""


@final
class PriorityClasses(pulumi.ComponentResource):
    """One object for each class. They are cluster-scoped, and none is the default of a cluster."""

    names: Mapping[str, pulumi.Output[str]]
    """Keys are the classes' names. A value is the same name as an output: a resource that uses it
    comes after the class."""

    def __init__(
        self, name: str, args: PriorityClassesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("PriorityClasses"), name, None, opts)
        self.names = {
            wanted.name: kubernetes.scheduling.v1.PriorityClass(
                f"{name}-{wanted.name}",
                metadata=object_meta(wanted.name, None),
                value=wanted.value,
                preemption_policy=None if wanted.preempts else "Never",
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # Value and policy cannot change, and both would have the same name.
                    delete_before_replace=True,
                ),
            ).metadata.name.apply(str)
            for wanted in args.classes
        }
        self.register_outputs({})
