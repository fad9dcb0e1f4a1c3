"""`slo`: what the running stack must hold under load. Measured, never built."""

from typing import Annotated, final

from pydantic import Field

from inference.config.section import Section

_Milliseconds = Annotated[float, Field(gt=0, le=10**7)]


@final
class Slo(Section):
    """Service level objectives of each base model and adapter; one that is unset is not judged."""

    time_to_first_token_p95_ms: _Milliseconds | None = None
    """Highest time to first token, in milliseconds, of 95 % of the requests."""
    inter_token_p95_ms: _Milliseconds | None = None
    """Highest time between tokens, in milliseconds, of 95 % of the requests."""
    error_rate: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Highest share of requests that fail, from 0 to below 1."""
    tokens_per_second: Annotated[float, Field(gt=0, le=10**9)] | None = None
    """Lowest number of tokens generated per second, over all requests together."""
