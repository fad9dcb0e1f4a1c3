"""What the last update of the stack registered, asked of the engine; nothing is kept elsewhere."""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

from inference.config.execution import is_offline
from inference.config.finding import PROJECT
from inference.derive.replacing import REPLACING_OUTPUT

_READ: Final = "pulumi:pulumi:readStackResourceOutputs"
"""Built into the engine: reads the state, and leaves nothing in it."""


def _registered(resources: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The values among the outputs of all resources, by URN; None where there are none."""
    for resource in resources.values():
        if str(resource["type"]).startswith(f"{PROJECT}:"):
            values = resource["outputs"].get(REPLACING_OUTPUT)
            if values:
                return {str(key): str(value) for key, value in values.items()}
    return None


def previous_values() -> Mapping[str, str] | None:
    """Values as `derive.replacing` gives them, of the last update that went through.

    None offline, in the first update, and where the state cannot be read: what is compared with
    them only warns, so that nothing may fail for the lack of them.
    """
    if is_offline():
        return None
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    try:
        answer = pulumi.runtime.invoke(_READ, {"stackName": stack})
        return _registered(cast("Mapping[str, Any]", answer.value["outputs"]))
    except Exception as error:  # noqa: BLE001 the engine's errors have no type of their own
        pulumi.debug(f"values of the last update cannot be read: {error}")
        return None
