"""The model server: its image on these accelerators and drivers; the flags of vLLM's version."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.drivers import CUDA_DRIVERS, GKE_DRIVERS
from inference.catalog.facts import CUDA_IMAGES, IMAGE_TAGS, KV_OFFLOADING, VLLM_PARSER
from inference.catalog.machines import ACCELERATORS, TPU
from inference.catalog.source import Level
from inference.catalog.vllm import (
    CUDAGRAPH_SPECIALIZE_LORA_SINCE,
    FLAGS,
    SHUTDOWN_TIMEOUT_SINCE,
)
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import Fix, remove_command
from inference.config.models import Model
from inference.derive.drivers import needed_driver, node_driver
from inference.derive.engines import image, runs_on
from inference.derive.engines.given import arguments_given
from inference.derive.engines.vllm import DIALECT
from inference.derive.versions import image_version, is_unpinned
from inference.preflight.argument_edits import instead
from inference.preflight.registry import error, refusal, warning

IMAGE_UNPINNED: Final = warning(
    id="image.unpinned",
    cause="An image has no tag, or the tag `latest` or `main`.",
    consequence="Replicas that start on different days run different versions, and a restart may "
    "bring one without the flags used.",
    fix="Use a release tag or a digest, or leave `image` unset.",
    source=IMAGE_TAGS,
)
VLLM_NO_DRAIN: Final = warning(
    id="vllm.no-drain",
    cause="The image is older than the first version known to have --shutdown-timeout, or its tag "
    "gives no version.",
    consequence="vLLM aborts running requests whenever a replica stops, as in each roll-out.",
    fix="Use vLLM 0.32.0 or later.",
    source=VLLM_PARSER,
)
VLLM_FLAG_NOT_IN_VERSION: Final = warning(
    id="vllm.flag-not-in-version",
    cause="A setting needs a flag that the image's version does not have.",
    consequence="The flag is omitted, and the setting has no effect.",
    fix="Remove the setting, or use a later image.",
    source=VLLM_PARSER,
)
VLLM_ARGUMENT_NOT_IN_VERSION: Final = error(
    id="vllm.argument-not-in-version",
    cause="`extraArgs` has an argument that the image's version does not have yet, or no longer "
    "has.",
    consequence="vLLM exits at once with a usage error, and the Pod restarts indefinitely.",
    fix="Leave it out, or use an image that has it.",
    source=VLLM_PARSER,
)

TPU_ENGINE: Final = refusal(
    id="tpu.engine",
    cause="SGLang is to serve a model on TPUs, but its image is built for NVIDIA GPUs.",
    consequence="The server finds no GPU, and exits on each start.",
    fix="Use vLLM, which has an image for TPUs.",
    source=CUDA_IMAGES,
)
TPU_KV_OFFLOADING: Final = error(
    id="tpu.kv-offloading",
    cause="`--kv-offloading-size` is set for vLLM on TPUs, but its connector copies only between "
    "host memory and GPUs.",
    consequence="The server does not start.",
    fix="Remove the argument.",
    source=KV_OFFLOADING,
)

GPU_DRIVER_TOO_OLD: Final = warning(
    id="gpu.driver-too-old",
    cause="The image is built with a CUDA version that needs a newer NVIDIA driver than the nodes "
    "get: Autopilot installs its default unless Pods select "
    "`cloud.google.com/gke-gpu-driver-version: latest`.",
    consequence="The server finds no usable GPU and exits, after the node was created and paid "
    "for.",
    fix="Let Pods select their nodes, or use an older image. `inference doctor` checks the nodes "
    "of an existing Standard cluster.",
    source=GKE_DRIVERS,
    also=(CUDA_DRIVERS,),
)

_OFFLOADING: Final = "--kv-offloading-size"


def _unpinned(index: int, model: Model) -> Iterator[Finding]:
    weights = model.weights.image if model.weights else None
    images = {"image": image(model), **({"weights.image": weights} if weights else {})}
    for key, reference in images.items():
        path = f"models[{index}].{key}"
        if not is_unpinned(reference):
            continue
        yield IMAGE_UNPINNED.finding(
            path,
            f"{reference} can point to another image tomorrow: replicas would differ",
            remove_command(path) + ", or use a release tag",
        )


def _image(index: int, model: Model) -> Iterator[Finding]:
    path = f"models[{index}].image"
    reference = image(model)
    version = image_version(reference)
    if version is None or version < SHUTDOWN_TIMEOUT_SINCE:
        since = _dotted(SHUTDOWN_TIMEOUT_SINCE)
        yield VLLM_NO_DRAIN.finding(
            path,
            f"{reference} is not known to have --shutdown-timeout, which vLLM {since} has: "
            "running requests are aborted when a replica stops",
            f"use vLLM {since} or later",
        )
    lora = model.lora
    new = lora is not None and lora.specialize_cudagraphs is not None
    if new and (version is None or version < CUDAGRAPH_SPECIALIZE_LORA_SINCE):
        yield VLLM_FLAG_NOT_IN_VERSION.to_remove(
            f"models[{index}].lora.specializeCudagraphs",
            f"{reference} is not known to have cudagraph_specialize_lora, so it is left out",
        )


def _dotted(version: tuple[int, int, int]) -> str:
    return ".".join(str(part) for part in version)


def _versions(index: int, model: Model) -> Iterator[Finding]:
    """Arguments against the version of the image; nothing where its tag names none."""
    version = image_version(image(model))
    if version is None:
        return
    for one in arguments_given(model.extra_args, DIALECT):
        position, argument = one.position, model.extra_args[one.position]
        name = argument.partition("=")[0].replace("_", "-").replace("--no-", "--", 1)
        for flag in FLAGS:
            if flag.name != name:
                continue
            early = flag.since is not None and version < flag.since
            late = flag.gone is not None and version >= flag.gone
            if early or late:
                when = (
                    f"comes with {_dotted(flag.since)}"
                    if flag.since is not None
                    else f"was removed by {_dotted(flag.gone or version)}"
                )
                yield VLLM_ARGUMENT_NOT_IN_VERSION.finding(
                    f"models[{index}].extraArgs[{position}]",
                    f"{argument} {when}, but the image has vLLM {_dotted(version)}: the server "
                    "would exit on each start",
                    Fix(flag.instead, *instead(index, model, one, None).edits),
                    Severity.ERROR if flag.level is Level.HIGH else Severity.WARNING,
                )


def _tpu(index: int, model: Model) -> Iterator[Finding]:
    accelerator = ACCELERATORS[model.gpu.accelerator]
    if accelerator.kind is not TPU:
        return
    if not runs_on(model.engine, accelerator):
        yield TPU_ENGINE.to_set(
            f"models[{index}].engine",
            f"{model.engine.label} has no image for {accelerator.name}: the server would exit "
            "on each start",
            Engine.VLLM.value,
        )
    for given in arguments_given(model.extra_args, DIALECT):
        if _OFFLOADING in given.names:
            yield TPU_KV_OFFLOADING.finding(
                f"models[{index}].extraArgs[{given.position}]",
                f"{given.written} keeps part of the KV cache in host memory, which vLLM does "
                "only on GPUs: the server would not start",
                instead(index, model, given, None),
            )


def _driver(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    needed, given = needed_driver(model), node_driver(settings, model)
    if needed is not None and given is not None and given < needed:
        path = f"models[{index}].gpu.selectNodes"
        yield GPU_DRIVER_TOO_OLD.finding(
            path,
            f"the image needs driver R{needed}, but nodes not selected by driver version may "
            f"have R{given}",
            f"use an image for R{given}"
            if model.gpu.select_nodes
            else remove_command(path) + f", or use an image for R{given}",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about images and arguments, and what they run on."""
    for index, model in enumerate(settings.models):
        yield from _unpinned(index, model)
        if model.engine is Engine.VLLM:
            yield from _image(index, model)
            yield from _versions(index, model)
        yield from _tpu(index, model)
        yield from _driver(index, settings, model)
