"""`picker`: the endpoint pickers, which choose a model server for each request."""

from enum import StrEnum
from typing import Annotated, final

from pydantic import BeforeValidator, Field

from inference.config.section import PositiveInt, Section


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
class PrefixCacheScorer(Section):
    """Weight of the prefix cache, and how the picker remembers what each server has cached.

    Since v1.5.0 size and number of blocks follow from the servers' metrics, unless one is given.
    """

    weight: _Weight = 3
    """The weight; `prefixCache: 3` is short for `prefixCache: {weight: 3}`."""
    block_size: PositiveInt | None = None
    """Tokens per block, the unit in which prompts are compared, such as 64; the minimum with
    llm-d."""
    max_prefix_blocks_to_match: PositiveInt | None = None
    """Blocks of a prompt's prefix that are compared; the release's limit when unset."""
    lru_capacity_per_server: PositiveInt | None = None
    """Blocks remembered per server, such as 31250, the default."""


@final
class TokenLoadScorer(Section):
    """Weight of the tokens under way; llm-d alone."""

    weight: _Weight = 0
    """The weight; `tokenLoad: 2` is short for `tokenLoad: {weight: 2}`."""
    queue_threshold_tokens: PositiveInt | None = None
    """Tokens at which a server scores 0; 4194304 when unset."""


@final
class LoadAwareScorer(Section):
    """Weight of short queues, by a threshold; llm-d alone."""

    weight: _Weight = 0
    """The weight; `loadAware: 2` is short for `loadAware: {weight: 2}`."""
    threshold: PositiveInt | None = None
    """Waiting requests at which a server scores 0; 128 when unset."""


def _number_as_weight(given: object) -> object:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return {"weight": given} if is_number else given


def _or_weight(scorer: type[Section]) -> BeforeValidator:
    return BeforeValidator(_number_as_weight, json_schema_input_type=_Weight | scorer)


@final
class Scorers(Section):
    """Weights of the scorers; a server is chosen by the weighted sum. 0 leaves one out."""

    queue: _Weight = 2
    """Prefers fewer waiting requests."""
    kv_cache: _Weight = 2
    """Prefers more free KV cache."""
    prefix_cache: Annotated[PrefixCacheScorer, _or_weight(PrefixCacheScorer)] = PrefixCacheScorer()
    """Prefers more of the prompt's prefix cached: a weight, or `{weight: 3, blockSize: 64}`."""
    lora_affinity: _Weight = 0
    """Prefers servers that have loaded the request's adapter, or have space for it."""
    running_requests: _Weight = 0
    """Prefers fewer running requests; v1.5.0 or later."""
    token_load: Annotated[TokenLoadScorer, _or_weight(TokenLoadScorer)] = TokenLoadScorer()
    """Prefers fewer tokens in flight: a weight, or `{weight: 2, queueThresholdTokens: 100000}`."""
    load_aware: Annotated[LoadAwareScorer, _or_weight(LoadAwareScorer)] = LoadAwareScorer()
    """Prefers a queue below a threshold: a weight, or `{weight: 2, threshold: 64}`."""


@final
class FlowControl(Section):
    """The picker holds requests back while servers are busy, in the order of their priorities."""

    queue_depth: PositiveInt = 5
    """Average waiting requests per server at which requests are queued."""
    kv_cache_usage: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Average share of the KV cache in use at which requests are queued."""
    max_requests: PositiveInt | None = None
    """Maximum number of queued requests, beyond which they are rejected; the release's default
    when unset: unlimited in v1.5.0, 5000 per priority in llm-d."""
    request_ttl_seconds: PositiveInt = 60
    """Time after which a queued request is rejected."""


@final
class PickerSettings(Section):
    """The pickers of all models; each model has its own."""

    replicas: Annotated[int, Field(ge=1, le=10)] = 1
    """Pickers per model. One leads and responds; the others are on standby."""
    requests: PickerRequestsSettings | None = None
    """CPU and memory requests of each; what its release was measured with when unset."""
    failure_mode: FailureMode | None = None
    """`FailOpen` sends requests to any server, `FailClose` rejects them; the chart's default
    when unset."""
    scorers: Scorers | None = None
    """Weights of the scorers; the chart's defaults when unset."""
    flow_control: FlowControl | None = None
    """Queues requests while servers are busy; `{}` uses the defaults. Off when unset."""
