"""The Google Cloud services of the project."""

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token
from inference.config.settings import Settings
from inference.derive.apis import apis


class Project(pulumi.ComponentResource):
    """Enables the APIs that the stack calls. They stay enabled when the stack is destroyed."""

    def __init__(
        self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Project"), name, None, opts)
        for api in apis(settings):
            gcp.projects.Service(
                f"{name}-{api.split('.')[0]}",
                service=api,
                # Others in the project may use the API: disabling it would break them.
                disable_on_destroy=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
