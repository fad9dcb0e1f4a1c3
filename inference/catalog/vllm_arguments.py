"""Arguments of vLLM, by `python -m scripts.engine_arguments` from a wheel."""

from collections.abc import Mapping
from typing import Final

VERSION: Final[tuple[int, int, int]] = (0, 32, 0)
"""The version whose arguments these are."""


def _names(block: str) -> frozenset[str]:
    return frozenset(f"--{name}" for name in block.split())


ARGUMENTS: Final = _names("""
    additional-config aggregate-engine-logging all2all-backend allow-credentials
    allow-deprecated-quantization allowed-headers allowed-local-media-path allowed-media-domains
    allowed-methods allowed-origins anthropic-disabled-thinking-effort api-key api-server-count
    async-scheduling attention-backend attention-config aux-output-config block-size chat-template
    chat-template-content-format code-revision cohere-format cohere-is-reasoning-model
    collect-detailed-traces compilation-config config config-format convert
    cp-kv-cache-interleave-size cpu-distributed-timeout-seconds cpu-offload-gb cpu-offload-params
    cudagraph-capture-sizes cudagraph-metrics custom-histogram-buckets data-parallel-address
    data-parallel-backend data-parallel-external-lb data-parallel-hybrid-lb
    data-parallel-multi-port-external-lb data-parallel-rank data-parallel-rpc-port
    data-parallel-size data-parallel-size-local data-parallel-start-rank
    data-parallel-supervisor-port dbo-decode-token-threshold dbo-prefill-token-threshold
    dcp-comm-backend dcp-kv-cache-interleave-size dcp-q-replicate decode-context-parallel-size
    default-chat-template-kwargs default-mm-loras device-ids device-memory-utilization
    diffusion-config disable-access-log-for-endpoints disable-cascade-attn disable-chunked-mm-input
    disable-custom-all-reduce disable-fastapi-docs disable-hybrid-kv-cache-manager disable-log-stats
    disable-nccl-for-dp-synchronization disable-sliding-window disable-uvicorn-access-log
    distributed-executor-backend distributed-timeout-seconds download-dir
    dp-supervisor-probe-failure-threshold dp-supervisor-probe-interval-s
    dp-supervisor-probe-timeout-s dp-sync-interval dtype ec-manager-config ec-transfer-config
    elastic-ep-max-dp-size enable-auto-tool-choice enable-batch-sharded-sampling
    enable-chunked-prefill enable-cumem-allocator enable-dbo enable-elastic-ep
    enable-ep-weight-filter enable-eplb enable-expert-parallel enable-fault-tolerance
    enable-flash-late-interaction enable-flashinfer-autotune enable-force-include-usage enable-hc-sp
    enable-layerwise-nvtx-tracing enable-log-deltas enable-log-outputs enable-log-requests
    enable-logging-iteration-details enable-lora enable-mamba-cache-stochastic-rounding
    enable-mamba-shared-prefix-checkpoint enable-mfu-metrics enable-mixed-moe-lora-format
    enable-mm-embeds enable-moe-shared-loras enable-nccl-comm-suspend enable-offline-docs
    enable-per-request-metrics enable-prefix-caching enable-prompt-embeds
    enable-prompt-tokens-details enable-request-id-headers enable-return-routed-experts
    enable-scale-out enable-server-load-tracking enable-shm-tensor-arena enable-sleep-mode
    enable-ssl-refresh enable-tokenizer-info-endpoint enable-tower-connector-lora
    enable-trace-replay enforce-eager engram-config eplb-config exclude-tools-when-tool-choice-none
    expert-placement-strategy fail-on-environ-validation fault-tolerance-config fingerprint-mode
    fingerprint-value fully-sharded-loras gdn-prefill-backend generation-config
    gpu-memory-utilization grpc grpc-port h11-max-header-count h11-max-incomplete-event-size
    headless help hf-config-path hf-overrides hf-token host ignore-patterns interleave-mm-strings
    io-processor-plugin ir-op-priority jit-monitor-mode jit-monitor-verbose kda-decode-backend
    kda-prefill-backend kernel-config kv-cache-dtype kv-cache-dtype-skip-layers
    kv-cache-memory-bytes kv-cache-metrics kv-cache-metrics-sample kv-events-config
    kv-offloading-backend kv-offloading-size kv-sharing-fast-prefill kv-transfer-config
    language-model-only limit-mm-per-prompt linear-backend load-format log-config-file
    log-error-stack log-level logging-config logits-processors logprobs-mode
    long-prefill-token-threshold long-prefill-token-threshold-adaptive lora-dtype lora-modules
    lora-target-modules mamba-backend mamba-block-size mamba-cache-dtype mamba-cache-mode
    mamba-cache-philox-rounds mamba-ssm-cache-dtype mamba-ssu-algorithm master-addr master-port
    max-cpu-loras max-cudagraph-capture-size max-log-len max-logprobs max-lora-cls-labels
    max-lora-rank max-loras max-model-len max-num-active-seqs max-num-batched-tokens
    max-num-queued-reqs max-num-queued-tokens max-num-scheduled-tokens max-num-seqs
    max-parallel-loading-workers media-io-kwargs middleware mm-device-do-normalize
    mm-encoder-attn-backend mm-encoder-attn-dtype mm-encoder-fp8-scale-path
    mm-encoder-fp8-scale-save-margin mm-encoder-fp8-scale-save-path mm-encoder-only
    mm-encoder-tp-mode mm-hasher-algorithm mm-ipc-gpu-memory-gb mm-processor-cache-gb
    mm-processor-cache-type mm-processor-device mm-processor-kwargs mm-shm-cache-max-object-size-mb
    mm-tensor-ipc model model-class-overrides model-impl model-loader-extra-config moe-backend
    nnodes node-rank num-gpu-blocks-override numa-bind numa-bind-cpus numa-bind-nodes
    offload-backend offload-group-size offload-num-in-group offload-params offload-prefetch-step
    optimization-level otlp-traces-endpoint override-generation-config
    per-request-spec-decode-metrics performance-mode pipeline-parallel-size pooler-config port
    prefill-context-parallel-size prefill-schedule-interval prefix-cache-retention-interval
    prefix-caching-hash-algo prefix-match-unit profiler-config pt-load-map-location quantization
    quantization-config ray-workers-use-nsight reasoning-config reasoning-parser
    reasoning-parser-plugin renderer-num-workers replayssm-buffer-len response-role
    return-sampling-mask return-tokens-as-token-ids revision root-path runner
    safetensors-load-strategy safetensors-prefetch-block-size safetensors-prefetch-num-threads
    scheduler-cls scheduler-reserve-full-isl scheduling-policy seed served-model-name
    show-hidden-metrics-for-version shutdown-timeout skip-mm-profiling skip-tokenizer-init
    sleep-mode-offload-cudagraph sleep-preserve-parameter-names sparse-indexer-topk-backend
    spec-method spec-model spec-tokens specialize-active-lora speculative-config
    sse-keep-alive-interval ssl-ca-certs ssl-cert-reqs ssl-certfile ssl-ciphers ssl-keyfile
    stream-interval structured-outputs-config swa-bounded-replay tensor-parallel-size tokenizer
    tokenizer-mode tokenizer-revision tokens-only tool-call-parser tool-parser-plugin tool-server
    tool-strict-level trust-remote-code trust-request-chat-template trust-request-mm-kwargs
    ubatch-size uds use-fp64-gumbel use-replayssm use-tqdm-on-load uvicorn-log-level
    video-pruning-method video-pruning-rate watermark watermark-config weight-transfer-config
    worker-cls worker-extension-cls
""")
"""Long names; switches may also take `--no-` before the name."""
SWITCHES: Final = _names("""
    aggregate-engine-logging allow-credentials allow-deprecated-quantization async-scheduling
    cohere-is-reasoning-model cudagraph-metrics data-parallel-external-lb data-parallel-hybrid-lb
    data-parallel-multi-port-external-lb dcp-q-replicate disable-cascade-attn
    disable-chunked-mm-input disable-custom-all-reduce disable-fastapi-docs
    disable-hybrid-kv-cache-manager disable-log-stats disable-nccl-for-dp-synchronization
    disable-sliding-window disable-uvicorn-access-log enable-auto-tool-choice
    enable-batch-sharded-sampling enable-chunked-prefill enable-cumem-allocator enable-dbo
    enable-elastic-ep enable-ep-weight-filter enable-eplb enable-expert-parallel
    enable-fault-tolerance enable-flash-late-interaction enable-flashinfer-autotune
    enable-force-include-usage enable-hc-sp enable-layerwise-nvtx-tracing enable-log-deltas
    enable-log-outputs enable-log-requests enable-logging-iteration-details enable-lora
    enable-mamba-cache-stochastic-rounding enable-mamba-shared-prefix-checkpoint enable-mfu-metrics
    enable-mixed-moe-lora-format enable-mm-embeds enable-moe-shared-loras enable-nccl-comm-suspend
    enable-offline-docs enable-per-request-metrics enable-prefix-caching enable-prompt-embeds
    enable-prompt-tokens-details enable-request-id-headers enable-return-routed-experts
    enable-scale-out enable-server-load-tracking enable-shm-tensor-arena enable-sleep-mode
    enable-ssl-refresh enable-tokenizer-info-endpoint enable-tower-connector-lora
    enable-trace-replay enforce-eager exclude-tools-when-tool-choice-none fail-on-environ-validation
    fully-sharded-loras grpc headless interleave-mm-strings jit-monitor-verbose kv-cache-metrics
    kv-sharing-fast-prefill language-model-only log-error-stack
    long-prefill-token-threshold-adaptive mm-device-do-normalize mm-encoder-only numa-bind
    ray-workers-use-nsight return-sampling-mask return-tokens-as-token-ids
    scheduler-reserve-full-isl skip-mm-profiling skip-tokenizer-init sleep-mode-offload-cudagraph
    specialize-active-lora swa-bounded-replay tokens-only trust-remote-code
    trust-request-chat-template trust-request-mm-kwargs use-fp64-gumbel use-replayssm
    use-tqdm-on-load
""")
"""Those that take no value."""
WHOLE: Final = _names("""
    api-server-count block-size cp-kv-cache-interleave-size cpu-distributed-timeout-seconds
    data-parallel-rank data-parallel-rpc-port data-parallel-size data-parallel-size-local
    data-parallel-start-rank data-parallel-supervisor-port dbo-decode-token-threshold
    dbo-prefill-token-threshold dcp-kv-cache-interleave-size decode-context-parallel-size
    distributed-timeout-seconds dp-supervisor-probe-failure-threshold dp-sync-interval
    elastic-ep-max-dp-size grpc-port h11-max-header-count h11-max-incomplete-event-size
    long-prefill-token-threshold mamba-block-size mamba-cache-philox-rounds master-port
    max-cpu-loras max-cudagraph-capture-size max-log-len max-logprobs max-lora-cls-labels max-loras
    max-model-len max-num-active-seqs max-num-queued-reqs max-num-seqs max-parallel-loading-workers
    mm-shm-cache-max-object-size-mb nnodes node-rank num-gpu-blocks-override offload-group-size
    offload-num-in-group offload-prefetch-step pipeline-parallel-size port
    prefill-context-parallel-size prefill-schedule-interval prefix-cache-retention-interval
    prefix-match-unit renderer-num-workers replayssm-buffer-len safetensors-prefetch-num-threads
    seed shutdown-timeout spec-tokens sse-keep-alive-interval ssl-cert-reqs stream-interval
    tensor-parallel-size ubatch-size
""")
"""Those that take a whole number."""
ROUNDED: Final = _names("""
    kv-cache-memory-bytes max-num-batched-tokens max-num-queued-tokens max-num-scheduled-tokens
    safetensors-prefetch-block-size
""")
"""Those that take a whole number, also as 8k."""
FRACTIONS: Final = _names("""
    cpu-offload-gb device-memory-utilization dp-supervisor-probe-interval-s
    dp-supervisor-probe-timeout-s gpu-memory-utilization kv-cache-metrics-sample kv-offloading-size
    mm-encoder-fp8-scale-save-margin mm-ipc-gpu-memory-gb mm-processor-cache-gb video-pruning-rate
    watermark
""")
"""Those that take a number."""
JSON: Final = _names("""
    additional-config attention-config aux-output-config compilation-config custom-histogram-buckets
    default-chat-template-kwargs default-mm-loras diffusion-config ec-manager-config
    ec-transfer-config engram-config eplb-config fault-tolerance-config ir-op-priority kernel-config
    kv-events-config kv-transfer-config limit-mm-per-prompt media-io-kwargs mm-processor-kwargs
    model-class-overrides override-generation-config pooler-config profiler-config
    quantization-config reasoning-config speculative-config structured-outputs-config
    watermark-config weight-transfer-config
""")
"""Those that take an object in JSON."""
_CHOICES: Final = """
    all2all-backend: allgather_reducescatter deepep_high_throughput deepep_low_latency deepep_v2
    flashinfer_all2allv flashinfer_nvlink_one_sided flashinfer_nvlink_two_sided moonep
    mori_high_throughput mori_low_latency naive nixl_ep passthrough pplx;
    convert: auto classify embed none;
    dcp-comm-backend: a2a ag_rs;
    dtype: auto bfloat16 float float16 float32 half;
    expert-placement-strategy: linear round_robin;
    fingerprint-mode: custom full hash none;
    gdn-prefill-backend: aiter_flydsl cutedsl flashinfer triton;
    jit-monitor-mode: error warn;
    kda-decode-backend: auto flashinfer native triton;
    kda-prefill-backend: auto flashinfer flashkda fused triton;
    kv-cache-dtype: auto bfloat16 float16 fp8 fp8_ds_mla fp8_e4m3 fp8_e5m2 fp8_inc
    fp8_per_token_head int4_per_token_head int8_per_token_head nvfp4 nvfp4_4over6 nvfp4_ds_mla
    turboquant_3bit_nc turboquant_4bit_nc turboquant_k3v4_nc turboquant_k8v4 ultraquant_4bit;
    kv-offloading-backend: lmcache native;
    load-format: auto dummy fastsafetensors hf instanttensor ipc_cache mistral modelexpress npcache
    pt runai_streamer runai_streamer_sharded safetensors sharded_state tensorizer;
    log-level: CRITICAL DEBUG ERROR INFO NOTSET WARNING;
    logprobs-mode: processed_logits processed_logprobs raw_logits raw_logprobs;
    lora-dtype: auto bfloat16 float16;
    mamba-cache-dtype: auto bfloat16 float16 float32;
    mamba-cache-mode: align none;
    mamba-ssm-cache-dtype: auto bfloat16 float16 float32;
    mamba-ssu-algorithm: auto horizontal simple vertical;
    max-lora-rank: 1 128 16 256 32 320 512 64 8;
    mm-encoder-attn-dtype: fp8;
    mm-encoder-tp-mode: data weights;
    mm-hasher-algorithm: blake3 sha256 sha512;
    mm-processor-cache-type: lru shm;
    mm-tensor-ipc: direct_rpc torch_shm;
    offload-backend: auto prefetch uva;
    per-request-spec-decode-metrics: detailed none summary;
    performance-mode: balanced interactivity throughput;
    prefix-caching-hash-algo: sha256 sha256_cbor xxhash xxhash_cbor;
    quantization: auto_awq auto_gptq awq awq_marlin compressed-tensors deepseek_v4_fp8 experts_int8
    fbgemm_fp8 fp8 fp8_per_block fp8_per_channel fp8_per_tensor fp_quant gpt_oss_mxfp4 gptq
    gptq_marlin humming inc int8_per_channel_weight_only modelopt modelopt_fp4 modelopt_mixed
    modelopt_mxfp8 moe_wna16 mxfp4 mxfp8 nvfp4_per_token online quark torchao;
    reasoning-parser: cohere_command3 cohere_command4 deepseek_r1 deepseek_v3 deepseek_v4
    deepseek_v41 ernie45 gemma4 glm45 glm47 granite granite_thinking_parser hf holo2 hunyuan_a13b
    hy_v3 hy_v4 inkling k2_horizon kimi_k2 kimi_k3 ling3 mimo minicpmv minimax_m2
    minimax_m2_append_think minimax_m3 mistral muse_glimmer nemotron_v3 olmo3 openai_gptoss plamo3
    poolside_v1 qwen3 seed_oss step3 step3p5;
    runner: auto draft generate pooling;
    scheduling-policy: fcfs priority;
    spec-method: bailing_hybrid_mtp bailing_hybrid_v3_mtp custom_class deepseek_mtp dflash
    dots3_note_mtp draft_model dspark eagle eagle3 ernie_mtp exaone4_5_mtp exaone_moe_mtp
    extract_hidden_states gemma4_mtp glm4_moe_lite_mtp glm4_moe_mtp glm5_next_mtp glm_ocr_mtp
    hy_v3_mtp hy_v4_mtp inkling_mtp kimi_k3_mtp longcat_flash_mtp medusa mimo_mtp mimo_v2_mtp
    minimax_m3_mtp mlp_speculator mtp nemotron_h_mtp ngram ngram_gpu pangu_ultra_moe_mtp qwen3_5_mtp
    qwen3_next_mtp qwen4_exp_mtp step3p5_mtp suffix;
    tool-call-parser: apertus cohere_command3 cohere_command4 deepseek_v3 deepseek_v31 deepseek_v32
    deepseek_v4 deepseek_v41 dots ernie45 functiongemma gemma4 gigachat3 glm45 glm47 granite
    granite-20b-fc granite4 hermes hf hunyuan_a13b hy_v3 hy_v4 inkling internlm jamba k2_horizon
    kimi_k2 kimi_k3 lfm2 ling3 llama3_json llama4_json llama4_pythonic longcat mimo minicpm5
    minimax_m2 minimax_m3 mistral muse_glimmer olmo3 openai phi4_mini_json plamo3 poolside_v1
    pythonic qwen3_coder qwen3_json qwen3_xml seed_oss step3 step3p5 xlam;
    uvicorn-log-level: critical debug error info trace warning;
    video-pruning-method: evs vidcom2
"""
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    f"--{name.strip()}": tuple(values.split())
    for name, values in (one.split(":") for one in _CHOICES.split(";"))
}
"""All values of those that have only some."""
OPEN: Final = ("--load-format", "--quantization", "--reasoning-parser", "--tool-call-parser")
"""Of these, those that a plugin in the image may add values to."""
SHORT: Final[Mapping[str, str]] = {
    "-ac": "--attention-config",
    "-asc": "--api-server-count",
    "-cc": "--compilation-config",
    "-dc": "--diffusion-config",
    "-dcp": "--decode-context-parallel-size",
    "-dp": "--data-parallel-size",
    "-dpa": "--data-parallel-address",
    "-dpb": "--data-parallel-backend",
    "-dpe": "--data-parallel-external-lb",
    "-dph": "--data-parallel-hybrid-lb",
    "-dpl": "--data-parallel-size-local",
    "-dpm": "--data-parallel-multi-port-external-lb",
    "-dpn": "--data-parallel-rank",
    "-dpp": "--data-parallel-rpc-port",
    "-dpr": "--data-parallel-start-rank",
    "-ep": "--enable-expert-parallel",
    "-h": "--help",
    "-n": "--nnodes",
    "-pcp": "--prefill-context-parallel-size",
    "-pp": "--pipeline-parallel-size",
    "-q": "--quantization",
    "-r": "--node-rank",
    "-sc": "--speculative-config",
    "-tp": "--tensor-parallel-size",
}
"""Long name of each short one, or of another spelling."""
