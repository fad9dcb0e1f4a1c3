"""What SGLang's server does that others need to know of."""

from typing import Final

from catalog.source import Level, Source

SGLANG_SOURCE: Final = Source(
    title="SGLang 0.5.23, the wheel: sglang/srt/arg_groups/fields, entrypoints/http_server.py, "
    "entrypoints/openai/serving_base.py, managers/tokenizer_manager.py, observability",
    url="https://pypi.org/project/sglang/0.5.23/",
    date="2026-11",
    level=Level.HIGH,
)
SGLANG_TAGS: Final = Source(
    title="SGLang, installation: images on Docker Hub are tagged by release, with CUDA 13",
    url="https://docs.sglang.io/get_started/install.html",
    date="2026-11",
    level=Level.MEDIUM,
)
"""The image itself was not pulled."""
NO_GENERATION: Final = "SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION"
"""When false, /health answers at once; else it waits a second and has a token generated."""
ADAPTER_SEPARATOR: Final = ":"
"""A request names an adapter as `BASE:ADAPTER`; any other name is answered by the base model."""
ENGINE_LABELS: Final = ("inference.networking.k8s.io/engine-type", "llm-d.ai/engine-type")
"""Labels by which pickers from v1.5.0 on (H) and of llm-d (M) know whose metrics a Pod has."""
