"""Serves the component to programs in any language. The engine starts this folder as a plugin."""

import sys
from pathlib import Path
from typing import final

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

# The engine runs this folder; the rooms stand beside it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from inference.config.finding import PROJECT
from plugin.endpoint import InferenceEndpoint


@final
class _Provider(ComponentProvider):
    """Tells a refused input as such, which the base class wraps and tells with a traceback."""

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
