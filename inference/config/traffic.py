"""`traffic`: what callers are expected to ask. Decides cost and servers needed; builds nothing."""

from typing import Annotated, final

from pydantic import Field

from inference.config.section import PositiveInt, Section


@final
class Traffic(Section):
    """Requests to one model, its adapters included."""

    requests_per_second: Annotated[float, Field(gt=0, le=10**6)]
    """Requests per second, averaged over the month."""
    peak_factor: Annotated[float, Field(ge=1, le=1000)] = 1.5
    """The busiest minutes' rate, as a multiple of the average; servers are sized for it."""
    input_tokens: PositiveInt = 1024
    """Tokens per prompt, on average."""
    output_tokens: PositiveInt = 256
    """Tokens per response, on average."""
    shared_prefix: Annotated[float, Field(ge=0, lt=1)] = 0
    """Share of a prompt that other prompts start with too, served from the prefix cache."""

    @property
    def peak(self) -> float:
        """Requests a second at the peak."""
        return self.requests_per_second * self.peak_factor
