"""Container images and charts by released tag, with the digest where one has been recorded.

Nobody types a digest: `make pin-images` asks the registries and writes `catalog/digests.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Self, cast, final

from inference.catalog.source import high

DIGESTS_FILE: Final = Path(__file__).with_name("digests.json")
UNPINNED_TAGS: Final = frozenset({"latest", "main"})
_HOST: Final = "[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?"
_PART: Final = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
REFERENCE_PATTERN: Final = (
    rf"(({_HOST}(\.{_HOST})+(:[0-9]+)?|{_HOST}:[0-9]+|localhost)/)?{_PART}(/{_PART})*"
    r"(:[A-Za-z0-9_][-.A-Za-z0-9_]{0,127})?(@sha256:[0-9a-f]{64})?"
)
"""An image reference, by the grammar of github.com/distribution/reference."""


@cache
def _digests() -> Mapping[str, str]:
    """`repository:tag` to `sha256:…`, as `make pin-images` recorded them."""
    if not DIGESTS_FILE.exists():
        return {}
    return cast("Mapping[str, str]", json.loads(DIGESTS_FILE.read_text(encoding="utf-8")))


@final
@dataclass(frozen=True)
class Artifact:
    """A released image or OCI chart."""

    registry: str
    repository: str
    tag: str
    mirror: str | None = None
    """Prefix that it is pulled below, in place of `registry`."""

    def mirrored(self, prefix: str | None) -> Self:
        """The same below the prefix of a mirror; itself without one."""
        return self if prefix is None else replace(self, mirror=prefix)

    @property
    def host(self) -> str:
        """Registry and path before `repository` in the reference that is pulled."""
        return self.mirror or self.registry

    @property
    def tagged(self) -> str:
        """`registry/repository:tag` as it was released."""
        return f"{self.registry}/{self.repository}:{self.tag}"

    @property
    def digest(self) -> str | None:
        """`sha256:…` where it was recorded, else None."""
        return _digests().get(self.tagged)

    @property
    def pinned_tag(self) -> str:
        """The tag, followed by `@sha256:…` where the digest is known."""
        return f"{self.tag}@{self.digest}" if self.digest else self.tag

    @property
    def released(self) -> str:
        """`registry/repository:tag[@sha256:…]` as it was released, for a mirror to copy."""
        return f"{self.registry}/{self.repository}:{self.pinned_tag}"

    @property
    def oci(self) -> tuple[str, str | None]:
        """A chart's address and version for Helm, which verifies a digest in the address."""
        if self.digest:
            return f"oci://{self.reference}", None
        return f"oci://{self.host}/{self.repository}", self.tag

    @property
    def reference(self) -> str:
        """`registry/repository:tag[@sha256:…]`, what a Pod or Helm is given."""
        return f"{self.host}/{self.repository}:{self.pinned_tag}"


VLLM: Final = Artifact("docker.io", "vllm/vllm-openai", "v0.32.0")
VLLM_TPU_SOURCE: Final = high("llm-d v0.10.0, docs/api-reference/artifacts.md")
VLLM_TPU: Final = Artifact("docker.io", "vllm/vllm-tpu", "v0.29.0")
SGLANG: Final = Artifact("docker.io", "lmsysorg/sglang", "v0.5.23")
LORA_SYNCER_SOURCE: Final = high(
    "gateway-api-inference-extension v1.0.0, tools/dynamic-lora-sidecar"
)
LORA_SYNCER: Final = Artifact(
    "registry.k8s.io", "gateway-api-inference-extension/lora-syncer", "v1.0.0"
)
SIMULATOR: Final = Artifact("ghcr.io", "llm-d/llm-d-inference-sim", "v0.10.2")
