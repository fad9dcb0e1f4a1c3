"""Serves the component to programs in any language. The engine starts this folder as a plugin."""

import sys
from pathlib import Path
from typing import final

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import ComponentDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

# The engine runs this folder; the packages are beside it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from inference.config.finding import PROJECT
from plugin.endpoint import InferenceEndpoint


@final
class _Provider(ComponentProvider):
    """Shows a refused input as such, which the base class wraps and shows with a traceback."""

    def map_inputs(
        self,
        inputs: pulumi.Inputs,
        component_def: ComponentDefinition,  # noqa: ARG002 the base class's signature
    ) -> pulumi.Inputs:
        """Inputs as they are: keys have one name, and the base class would drop unknown ones."""
        return inputs

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, InputPropertiesError):
                raise error.inner from None
            raise


if __name__ == "__main__":
    main(_Provider([InferenceEndpoint], PROJECT), sys.argv[1:])
