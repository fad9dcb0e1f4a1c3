"""The Google Cloud services of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token


@final
@dataclass(frozen=True, kw_only=True)
class ProjectArgs:
    """Which services."""

    apis: Sequence[str]
    """Services to enable, such as `compute.googleapis.com`."""


@final
class Project(pulumi.ComponentResource):
    """Enables APIs in the provider's project. They stay enabled when the stack is destroyed."""

    services: Mapping[str, gcp.projects.Service]
    """Enabled services by name."""

    def __init__(
        self, name: str, args: ProjectArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Project"), name, None, opts)
        self.services = {
            api: gcp.projects.Service(
                f"{name}-{api.split('.')[0]}",
                service=api,
                # Others in the project may use the API: disabling it would break them.
                disable_on_destroy=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for api in args.apis
        }
        self.register_outputs({})
