"""Paths of vLLM's server beside the API, and paths of the API that endpoint pickers know."""

from typing import Final

from inference.catalog.source import high

PICKER_PARSERS: Final = high(
    "endpoint pickers v1.0.0, v1.5.0 and llm-d 0.10.0, their request parsers at the tags"
)
CHANGING_CALLS: Final = (
    "/v1/load_lora_adapter",
    "/v1/unload_lora_adapter",
    "/abort_requests",
    "/collective_rpc",
    "/fault_tolerance/apply",
    "/finish_weight_update",
    "/init_weight_transfer_engine",
    "/invocations",
    "/pause",
    "/release_kv_cache_memory",
    "/reset_encoder_cache",
    "/reset_mm_cache",
    "/reset_prefix_cache",
    "/resume",
    "/scale_elastic_ep",
    "/shutdown_weight_transfer_engine",
    "/sleep",
    "/start_draft_weight_update",
    "/start_profile",
    "/start_weight_update",
    "/stop_profile",
    "/update_weight_version",
    "/update_weights",
    "/wake_up",
)
"""Calls of vLLM 0.32.0 that change or stop a server, or go around its API: read in its routers."""
TELLING_CALLS: Final = (
    "/metrics",
    "/tokenize",
    "/version",
    "/load",
    "/docs",
    "/openapi.json",
    "/server_info",
)
"""Calls that tell of a server's inside."""
UNPARSED: Final = (
    "/classify",
    "/pooling",
    "/rerank",
    "/score",
    "/v1/audio",
    "/v1/rerank",
    "/v1/score",
    "/v2/rerank",
)
"""Paths of vLLM's API that no picker parses."""
