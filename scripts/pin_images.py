"""`make pin-images`: ask the registries for the digest of every image and chart of the catalog.

Writes catalog/digests.json. What a registry does not tell keeps the digest it had, and the exit
status is then 1.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, Final

import dxf
import requests
from dxf import exceptions

from inference.catalog import images, releases
from inference.catalog.images import Artifact

_DOCKER_HUB: Final = {"docker.io": "registry-1.docker.io"}
"""Names of images and hosts of registries differ for Docker Hub alone."""
_TIMEOUT: Final = 20


def artifacts() -> list[Artifact]:
    """Every image and chart of the catalog, each once."""
    every = [images.VLLM, images.VLLM_TPU, images.SGLANG, images.LORA_SYNCER, images.SIMULATOR]
    for release in releases.RELEASES.values():
        every += [release.chart, release.picker_image]
    return list(dict.fromkeys(every))


def _anonymous(registry: dxf.DXFBase, response: requests.Response) -> None:
    """Fetch the token that registries give to anyone who only pulls."""
    registry.authenticate(actions=["pull"], response=response)


def registry_digest(artifact: Artifact, *, insecure: bool = False) -> str:
    """The digest under which a registry holds the artifact's tag.

    Raises:
        requests.RequestException, exceptions.DXFError: when the registry does not tell.
    """
    host = _DOCKER_HUB.get(artifact.registry, artifact.registry)
    registry = dxf.DXF(host, artifact.repository, _anonymous, insecure=insecure, timeout=_TIMEOUT)
    digest, _ = registry.head_manifest_and_response(artifact.tag)
    if not digest:
        raise exceptions.DXFError(f"{host} names no digest")
    return digest


def pin(
    digests: dict[str, str], ask: Callable[[Artifact], str]
) -> tuple[dict[str, str], list[str]]:
    """New digests by `repository:tag`, and a line for each artifact that could not be asked."""
    pinned: dict[str, str] = {}
    problems: list[str] = []
    for artifact in artifacts():
        name = artifact.tagged
        try:
            pinned[name] = ask(artifact)
        except (requests.RequestException, exceptions.DXFError) as error:
            reason = type(error).__name__
            problems.append(f"{name}: {artifact.registry} did not answer ({reason})")
            if name in digests:
                pinned[name] = digests[name]
    return pinned, problems


def main() -> int:
    """Write the file and say what changed."""
    file = images.DIGESTS_FILE
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    pinned, problems = pin(known, registry_digest)
    if pinned != known:
        file.write_text(json.dumps(pinned, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    for name, digest in sorted(pinned.items()):
        print(f"{name}@{digest}{'' if known.get(name) == digest else '  new'}")
    for problem in problems:
        print(f"not pinned: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
