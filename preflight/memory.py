"""GPU and host memory: whether the model, its adapters and its longest request fit."""

from collections.abc import Iterator
from typing import Final

from catalog.facts import NODE_SIZES, VLLM_MEMORY, VLLM_PARALLEL
from config import Finding, Settings, Severity
from config.finding import set_command
from config.models import Model
from derive.memory import GpuMemory, gpu_memory
from derive.placement import machine_for
from derive.size import local_ssd_gib, memory_gib, memory_share_gib, pod_size
from preflight.registry import Check

WEIGHTS: Final = Check(
    id="memory.weights",
    severity=Severity.WARNING,
    cause="Weights, LoRA slots and activations need more memory than vLLM may use of each GPU.",
    consequence="The server runs out of memory while it loads, and restarts for ever.",
    fix="More GPUs a replica, GPUs with more memory, or a smaller or quantised model.",
    source=VLLM_MEMORY,
)
CONTEXT: Final = Check(
    id="memory.context",
    severity=Severity.WARNING,
    cause="What is left for the KV cache does not hold one request of the longest context.",
    consequence="vLLM refuses to start, after it has downloaded and loaded the model.",
    fix="Lower maxModelLen, or give the replica more GPU memory.",
    source=VLLM_MEMORY,
)
UNKNOWN: Final = Check(
    id="memory.unknown",
    severity=Severity.INFO,
    cause="The catalog does not know the model, and the stack does not say how large it is.",
    consequence="Whether it fits is not checked; disk and memory are sized by what GPUs can hold.",
    fix="Set parametersBillion.",
    source=VLLM_MEMORY,
)
PARALLEL: Final = Check(
    id="memory.tensor-parallel",
    severity=Severity.WARNING,
    cause="The model's attention heads do not divide by the GPUs of a replica.",
    consequence="vLLM refuses to start.",
    fix="Choose a number of GPUs that divides the heads.",
    source=VLLM_PARALLEL,
)
HOST: Final = Check(
    id="memory.host",
    severity=Severity.WARNING,
    cause="A replica's share of the node's memory is less than loading the model needs.",
    consequence="The request is cut to the share, and the server may be killed while it loads.",
    fix="A machine with more memory a GPU.",
    source=VLLM_MEMORY,
)
DISK: Final = Check(
    id="memory.local-ssd",
    severity=Severity.WARNING,
    cause="The replicas of a node request more ephemeral storage than its local SSDs give.",
    consequence="The last replica stays Pending.",
    fix="Lower maxCpuLoras, or put fewer replicas on a node.",
    source=NODE_SIZES,
)
CHECKS: Final = (WEIGHTS, CONTEXT, UNKNOWN, PARALLEL, HOST, DISK)

_SSD_USABLE: Final = 0.85
"""Share of local SSDs that is left after formatting and GKE's reservations (inferred)."""


def _sum(memory: GpuMemory) -> str:
    lora = f" - {memory.lora:.1f} LoRA" if memory.lora else ""
    return (
        f"each GPU has {memory.usable:.1f} GiB for vLLM - {memory.weights:.1f} weights{lora} - "
        f"{memory.activations:.1f} activations = {memory.cache:.1f} for the KV cache"
    )


def _gpu(index: int, model: Model) -> Iterator[Finding]:
    memory = gpu_memory(model)
    if memory is None:
        if model.facts is None:
            path = f"models[{index}].parametersBillion"
            yield UNKNOWN.finding(
                path,
                f"{model.model} is not in the catalog, so whether it fits is not checked",
                set_command(path, "BILLIONS"),
            )
        return
    gpu = f"models[{index}].gpu.count"
    if memory.cache <= 0:
        yield WEIGHTS.finding(
            gpu,
            f"{model.name} does not fit on {model.gpu.count} {model.gpu.accelerator}: "
            f"{_sum(memory)}",
            set_command(gpu, str(model.gpu.count * 2)),
        )
    elif memory.requests < 1:
        path = f"models[{index}].maxModelLen"
        possible = int(memory.context * memory.requests) // 1024 * 1024
        yield CONTEXT.finding(
            path,
            f"{_sum(memory)}, but one request of {memory.context} tokens needs "
            f"{memory.one_request:.1f}: vLLM would refuse to start",
            f"{set_command(path, str(possible))}, or more GPUs",
        )
    facts = model.facts
    if facts is not None and facts.attention and facts.attention.heads % model.gpu.count:
        yield PARALLEL.finding(
            gpu,
            f"{facts.attention.heads} attention heads of {model.name} do not divide by "
            f"{model.gpu.count} GPUs: vLLM would refuse to start",
            set_command(gpu, "1"),
        )


def _node(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    machine = machine_for(settings, model)
    need, share = memory_gib(model), memory_share_gib(model, machine)
    if model.facts is not None and need > share:
        yield HOST.finding(
            f"models[{index}].gpu",
            f"loading {model.name} needs {need:.0f} GiB of host memory, and its share of a "
            f"{machine.name} is {share:.0f}",
            "choose a machine with more memory for each GPU",
        )
    replicas = machine.gpus // model.gpu.count
    requested = replicas * pod_size(model, machine).ephemeral_storage
    have = local_ssd_gib(machine) * _SSD_USABLE
    if machine.local_ssds and requested > have:
        yield DISK.finding(
            f"models[{index}]",
            f"{replicas} replicas of {model.name} on a {machine.name} request {requested} GiB of "
            f"ephemeral storage, and its local SSDs give about {have:.0f}",
            "lower lora.maxCpuLoras, or use fewer replicas on a node",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the memory and disk of each model's replicas."""
    for index, model in enumerate(settings.models):
        yield from _gpu(index, model)
        yield from _node(index, settings, model)
