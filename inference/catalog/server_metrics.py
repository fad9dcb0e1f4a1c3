"""Metrics of model servers, by engine: what each calls the same thing."""

from dataclasses import dataclass, fields
from functools import partial
from typing import Final, cast, final

from inference.catalog.metric import Metric, Shape
from inference.catalog.sglang import SGLANG_SOURCE
from inference.catalog.source import Source, high

_VLLM: Final = high(
    "vLLM 0.32.0 and 0.33.0, vllm/v1/metrics/loggers.py of the wheels",
    "https://github.com/vllm-project/vllm/blob/main/vllm/v1/metrics/loggers.py",
)


@final
@dataclass(frozen=True, kw_only=True)
class ServerMetrics:
    """What one engine exports. All have the label `model_name`, the name that is served."""

    time_to_first_token: Metric
    inter_token: Metric
    time_per_output_token: Metric
    end_to_end: Metric
    queue_time: Metric
    running: Metric
    waiting: Metric
    kv_cache: Metric
    """Share of the KV cache in use, from 0 to 1."""
    prompt_tokens: Metric
    generation_tokens: Metric
    prefix_hits: Metric
    """Tokens of prompts that were in the cache."""
    prefix_queries: Metric
    """Tokens of prompts that were looked for there."""
    preemptions: Metric
    """Requests that lost their place in the KV cache."""
    lora_requests: Metric | None = None
    """Its labels name the adapters in use."""
    lora_slots: Metric | None = None
    """How many adapters are in GPU memory."""

    @property
    def every(self) -> tuple[Metric, ...]:
        """All of them, each once."""
        values = (cast("Metric | None", getattr(self, field.name)) for field in fields(self))
        return tuple(dict.fromkeys(value for value in values if value is not None))


def _metric(engine: str, source: Source, name: str, shape: Shape) -> Metric:
    suffix = "_total" if shape is Shape.COUNTER else ""
    return Metric(name=f"{engine}:{name}{suffix}", shape=shape, source=source)


_vllm = partial(_metric, "vllm", _VLLM)
_sglang = partial(_metric, "sglang", SGLANG_SOURCE)
VLLM_METRICS: Final = ServerMetrics(
    time_to_first_token=_vllm("time_to_first_token_seconds", Shape.HISTOGRAM),
    inter_token=_vllm("inter_token_latency_seconds", Shape.HISTOGRAM),
    time_per_output_token=_vllm("request_time_per_output_token_seconds", Shape.HISTOGRAM),
    end_to_end=_vllm("e2e_request_latency_seconds", Shape.HISTOGRAM),
    queue_time=_vllm("request_queue_time_seconds", Shape.HISTOGRAM),
    running=_vllm("num_requests_running", Shape.GAUGE),
    waiting=_vllm("num_requests_waiting", Shape.GAUGE),
    kv_cache=_vllm("kv_cache_usage_perc", Shape.GAUGE),
    prompt_tokens=_vllm("prompt_tokens", Shape.COUNTER),
    generation_tokens=_vllm("generation_tokens", Shape.COUNTER),
    prefix_hits=_vllm("prefix_cache_hits", Shape.COUNTER),
    prefix_queries=_vllm("prefix_cache_queries", Shape.COUNTER),
    preemptions=_vllm("num_preemptions", Shape.COUNTER),
    lora_requests=_vllm("lora_requests_info", Shape.GAUGE),
)
_SGLANG_PROMPT_TOKENS: Final = _sglang("prompt_tokens", Shape.COUNTER)
SGLANG_METRICS: Final = ServerMetrics(
    time_to_first_token=_sglang("time_to_first_token_seconds", Shape.HISTOGRAM),
    inter_token=_sglang("inter_token_latency_seconds", Shape.HISTOGRAM),
    time_per_output_token=_sglang("request_time_per_output_token_seconds", Shape.HISTOGRAM),
    end_to_end=_sglang("e2e_request_latency_seconds", Shape.HISTOGRAM),
    queue_time=_sglang("queue_time_seconds", Shape.HISTOGRAM),
    running=_sglang("num_running_reqs", Shape.GAUGE),
    waiting=_sglang("num_queue_reqs", Shape.GAUGE),
    kv_cache=_sglang("token_usage", Shape.GAUGE),
    prompt_tokens=_SGLANG_PROMPT_TOKENS,
    generation_tokens=_sglang("generation_tokens", Shape.COUNTER),
    prefix_hits=_sglang("cached_tokens", Shape.COUNTER),
    prefix_queries=_SGLANG_PROMPT_TOKENS,
    preemptions=_sglang("num_retracted_requests", Shape.COUNTER),
    lora_slots=_sglang("lora_pool_slots_used", Shape.GAUGE),
)
