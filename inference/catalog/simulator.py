"""What llm-d-inference-sim does, and what a Pod of it requests."""

from typing import Final

from inference.catalog.source import high

SIMULATOR_SOURCE: Final = high(
    "llm-d-inference-sim v0.10.2: pkg/common/parser.go, pkg/communication, Dockerfile",
    "https://github.com/llm-d/llm-d-inference-sim/tree/v0.10.2",
)
DRAIN_SECONDS: Final = 30
"""Running requests are finished for this long after SIGTERM, whatever the grace period."""
READY_PATH: Final = "/health/ready"
"""Answers 503 for `--startup-duration`, which /health does not."""
USER: Final = 65532
"""The image's user, `nonroot` of distroless. Nothing is written to its file system."""
CPU: Final = 0.1
MEMORY_MIB: Final = 256
STORAGE_MIB: Final = 100
"""Requests of a Pod, small enough for a laptop (inferred)."""
PICKER_CPU: Final = 0.1
PICKER_MEMORY_GIB: Final = 0.25
"""Requests of the picker before simulated servers; charts ask for 4 CPU or more (inferred)."""
_FLAGS: Final = """
    add_dir_header alsologtostderr alsologtostderrthreshold block-size config
    data-parallel-rank data-parallel-size dataset-in-memory dataset-path dataset-table-name
    dataset-url default-embedding-dimensions ec-transfer-config enable-kvcache
    enable-prefix-caching enable-request-id-headers enable-sleep-mode enforce-eager
    event-batch-size failure-injection-rate failure-types fake-metrics
    fake-metrics-refresh-interval force-dummy-tokenizer global-cache-hit-threshold hash-seed
    image-emission-rate inter-token-latency inter-token-latency-std-dev kv-cache-size
    kv-cache-transfer-latency kv-cache-transfer-latency-std-dev
    kv-cache-transfer-time-per-token kv-cache-transfer-time-std-dev latency-calculator
    legacy_stderr_threshold_behavior log-http log_backtrace_at log_dir log_file
    log_file_max_size logtostderr lora-modules max-cpu-loras max-loras max-model-len
    max-num-seqs max-request-body-size-mb max-tool-call-array-param-length
    max-tool-call-integer-param max-tool-call-number-param max-waiting-queue-length
    min-tool-call-array-param-length min-tool-call-integer-param min-tool-call-number-param
    mm-encoder-only mm-processor-kwargs mm-render-timeout mode model no-enable-prefix-caching
    no-enable-sleep-mode no-enforce-eager no-mm-encoder-only no-omni
    object-tool-call-not-required-field-probability omni one_output port prefill-overhead
    prefill-time-per-token prefill-time-std-dev render-timeout render-url seed
    self-signed-certs served-model-name skip_headers skip_log_headers ssl-certfile ssl-keyfile
    startup-duration stderrthreshold time-factor-under-load time-to-first-token
    time-to-first-token-std-dev time-to-generate-image time-to-generate-image-std-dev
    tool-call-not-required-param-probability use-vllm-map-event-format v vmodule zmq-endpoint
"""
FLAGS: Final = frozenset(_FLAGS.split())
"""Every flag that `--help` of v0.10.2 lists; it exits at any other."""
