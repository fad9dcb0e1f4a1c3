"""`picker`: the endpoint pickers, which choose a model server for each request."""

from enum import StrEnum
from typing import Annotated, final

from pydantic import Field

from inference.config.section import Section


class FailureMode(StrEnum):
    """What the load balancer does with requests while no picker answers."""

    OPEN = "FailOpen"
    CLOSE = "FailClose"


@final
class PickerRequestsSettings(Section):
    """What the container of a picker requests."""

    cpu: Annotated[float, Field(gt=0, le=128)]
    """In vCPU."""
    memory_gib: Annotated[float, Field(gt=0, le=512)]
    """In GiB."""


_Weight = Annotated[int, Field(ge=0, le=100)]


@final
class Scorers(Section):
    """Weights of the scorers; a server is chosen by the weighted sum. 0 leaves one out."""

    queue: _Weight = 2
    """Fewer requests waiting."""
    kv_cache: _Weight = 2
    """More of the KV cache free."""
    prefix_cache: _Weight = 3
    """More of the prompt's beginning cached."""
    lora_affinity: _Weight = 0
    """The adapter of the request is loaded, or there is space for it."""


@final
class PickerSettings(Section):
    """The pickers of all models; each model has its own."""

    replicas: Annotated[int, Field(ge=1, le=10)] = 1
    """Pickers of each model. One leads and answers, the others stand by and take over."""
    requests: PickerRequestsSettings | None = None
    """CPU and memory that each requests; what its release was measured with when unset."""
    failure_mode: FailureMode | None = None
    """`FailOpen` sends requests to any server, `FailClose` refuses; the chart's when unset."""
    scorers: Scorers | None = None
    """Weights of the scorers; the chart's when unset."""
