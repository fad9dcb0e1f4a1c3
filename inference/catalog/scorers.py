"""Scorers of the endpoint pickers and their parameters, by what each release calls them.

A picker does not start with a plugin that it does not know. Those of the releases before llm-d read
past parameters that they do not know; llm-d's does not start with one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

from inference.catalog.source import high

SCORERS_SOURCE: Final = high(
    "endpoint pickers v1.0.0, v1.5.0 and llm-d v0.10.0, cmd/epp/runner: registered plugins; "
    "their factories: parameters and defaults",
    "https://github.com/kubernetes-sigs/gateway-api-inference-extension/tree/v1.5.0/pkg/epp",
)
_OLD: Final = "v1.0.0"
_NEW: Final = ("v1.5.0", "llm-d-v0.10.0")


@final
@dataclass(frozen=True, kw_only=True)
class Scorer:
    """A scorer, and who knows it."""

    plugin: str
    """Its type in an EndpointPickerConfig."""
    releases: tuple[str, ...] = (_OLD, *_NEW)
    """Names of the releases whose picker has it, the oldest first."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the picker calls each parameter, by its field in the configuration."""


SCORERS: Final[Mapping[str, Scorer]] = {
    "queue": Scorer(plugin="queue-scorer"),
    "kv_cache": Scorer(plugin="kv-cache-utilization-scorer"),
    "prefix_cache": Scorer(
        plugin="prefix-cache-scorer",
        parameters={
            "block_size": "blockSizeTokens",
            "max_prefix_blocks_to_match": "maxPrefixBlocksToMatch",
            "lru_capacity_per_server": "lruCapacityPerServer",
        },
    ),
    "lora_affinity": Scorer(plugin="lora-affinity-scorer"),
    "running_requests": Scorer(plugin="running-requests-size-scorer", releases=_NEW),
    "token_load": Scorer(
        plugin="token-load-scorer",
        # v1.5.0 registers it, but does not start with what it scores by: tried.
        releases=_NEW[1:],
        parameters={"queue_threshold_tokens": "queueThresholdTokens"},
    ),
    "load_aware": Scorer(
        plugin="load-aware-scorer",
        releases=_NEW[1:],
        parameters={"threshold": "threshold"},
    ),
}
"""By the field of the configuration."""
PREFIX_PRODUCER: Final = "approx-prefix-cache-producer"
"""Has the parameters of the prefix cache in llm-d, whose scorer takes none of them."""
CHARACTERS_A_TOKEN: Final = 4
"""By which v1.0.0, whose blocks are of characters, guesses."""
OLD_BLOCK_SIZE: Final = "hashBlockSize"
"""What v1.0.0 calls the size of a block."""
LEAST_BLOCK_OF_LLM_D: Final = 64
"""Tokens: llm-d takes this for any smaller block, so that its index stays small."""
FLOW_CONTROL_RELEASES: Final = _NEW
"""Releases whose picker has the feature gate `flowControl`."""
SATURATION_PLUGIN: Final = "utilization-detector"
"""By which flow control knows that servers are busy; the default of both releases."""
