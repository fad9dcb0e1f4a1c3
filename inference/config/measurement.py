"""`models[].measurements`: what `inference load --record` saw of the running stack."""

from typing import Annotated, final

from pydantic import Field

from inference.config.patterns import DAY_PATTERN
from inference.config.section import PositiveInt, Section

_Latency = Annotated[float, Field(ge=0, le=10**7)]


@final
class Measurement(Section):
    """A load that was kept up, and what callers saw. Written by `inference load --record`."""

    date: Annotated[str, Field(pattern=DAY_PATTERN)]
    """Day of the measurement, as in 2026-11-28."""
    server: Annotated[str, Field(min_length=1)]
    """GPUs and image of a replica; measurements of other servers are not used."""
    replicas: PositiveInt
    """Model servers that shared the load."""
    requests_per_second: Annotated[float, Field(gt=0, le=10**6)]
    """Requests per second that all of them answered together."""
    input_tokens: PositiveInt
    """Tokens per prompt."""
    output_tokens: PositiveInt
    """Tokens per response."""
    shared_prefix: Annotated[float, Field(ge=0, lt=1)] = 0
    """Share of a prompt that all prompts started with."""
    time_to_first_token_p95_ms: _Latency
    """Time to first token, in milliseconds, of 95 % of the requests."""
    inter_token_p95_ms: _Latency
    """Time between tokens, in milliseconds, of 95 % of the requests."""
