"""What SGLang's server does that others need to know of."""

from typing import Final

from inference.catalog.source import high, medium

SGLANG_SOURCE: Final = high(
    "SGLang 0.5.23, the wheel: sglang/srt/arg_groups/fields, entrypoints/http_server.py, "
    "entrypoints/v1_loads.py, entrypoints/elastic_ep.py, entrypoints/openai/serving_base.py, "
    "managers/tokenizer_manager.py, observability",
    "https://pypi.org/project/sglang/0.5.23/",
)
SGLANG_TAGS: Final = medium(
    "SGLang, installation: images on Docker Hub are tagged by release, with CUDA 13",
    "https://docs.sglang.io/get_started/install.html",
)
"""The image itself was not pulled."""
NO_GENERATION: Final = "SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION"
"""When false, /health answers at once; else it waits a second and has a token generated."""
ADAPTER_SEPARATOR: Final = ":"
"""A request names an adapter as `BASE:ADAPTER`; any other name is answered by the base model."""
COUNTERPARTS: Final = {
    "--block-size": "--page-size",
    "--enable-log-requests": "--log-requests",
    "--enforce-eager": "--disable-cuda-graph",
    "--gpu-memory-utilization": "--mem-fraction-static",
    "--hf-overrides": "--json-model-override-args",
    "--limit-mm-per-prompt": "--limit-mm-data-per-request",
    "--lora-modules": "--lora-paths",
    "--max-cpu-loras": "--max-loaded-loras",
    "--max-loras": "--max-loras-per-batch",
    "--max-model-len": "--context-length",
    "--max-num-batched-tokens": "--chunked-prefill-size",
    "--max-num-queued-reqs": "--max-queued-requests",
    "--max-num-seqs": "--max-running-requests",
    "--no-enable-prefix-caching": "--disable-radix-cache",
    "--scheduling-policy": "--schedule-policy",
    "--seed": "--random-seed",
    "--tokenizer": "--tokenizer-path",
    "--uvicorn-log-level": "--log-level-http",
}
"""SGLang's argument for what vLLM calls otherwise, by vLLM's name; values may differ."""
ENGINE_LABELS: Final = ("inference.networking.k8s.io/engine-type", "llm-d.ai/engine-type")
"""Labels by which pickers from v1.5.0 on (H) and of llm-d (M) know whose metrics a Pod has."""
MANAGEMENT_CALLS: Final = (
    "/abort_request",
    "/add_external_corpus",
    "/begin_weight_update",
    "/close_session",
    "/configure_logging",
    "/continue_generation",
    "/destroy_weights_update_group",
    "/dump_expert_distribution_record",
    "/end_weight_update",
    "/flush_cache",
    "/freeze_gc",
    "/generate",
    "/get_hicache_l3_cache_layout",
    "/get_remote_instance_transfer_engine_info",
    "/get_server_info",
    "/get_weights_by_name",
    "/hicache/storage-backend",
    "/hicache/storage-backend/clear",
    "/init_weights_send_group_for_remote_instance",
    "/init_weights_update_group",
    "/is_scaling_elastic_ep",
    "/list_external_corpora",
    "/load_lora_adapter",
    "/load_lora_adapter_from_tensors",
    "/open_session",
    "/pause_generation",
    "/pd_role_switch",
    "/release_memory_occupation",
    "/remote_instance_transfer_engine_info",
    "/remove_external_corpus",
    "/resume_memory_occupation",
    "/scale_elastic_ep",
    "/send_weights_to_remote_instance",
    "/server_info",
    "/set_internal_state",
    "/set_trace_level",
    "/slow_down",
    "/start_expert_distribution_record",
    "/start_profile",
    "/stop_expert_distribution_record",
    "/stop_profile",
    "/unload_lora_adapter",
    "/update_weight_version",
    "/update_weights_from_disk",
    "/update_weights_from_distributed",
    "/update_weights_from_ipc",
    "/update_weights_from_tensor",
    "/v1/loads",
    "/weights_checker",
)
"""Calls that change a server, interrupt it or tell of its inside, and its own /generate.

They are beside those that vLLM has as well, /metrics and /tokenize.
"""
