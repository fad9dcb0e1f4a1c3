"""`models`: what is served, on which GPUs, with which adapters and priorities."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Self, final

from pydantic import AfterValidator, Field, model_validator

from inference.catalog.limits import LEAST_PORT, PORT
from inference.catalog.machines import ACCELERATORS, Capacity
from inference.catalog.models import GATED_NAMES, MODELS, ModelFacts
from inference.catalog.precision import bits_by_name
from inference.catalog.vllm import DEFAULT_MAX_LORA_RANK
from inference.config.autoscaling import ServerAutoscaling
from inference.config.engine import Engine
from inference.config.measurement import Measurement
from inference.config.nearest import not_in_catalog
from inference.config.patterns import ADAPTER_PATTERN, RESERVATION_PATTERN
from inference.config.pod import ObjectName, PullSecretName, Variable, VariableName, Volume
from inference.config.section import Amount, DnsLabel, ModelName, PositiveInt, Section, each_once
from inference.config.traffic import Traffic
from inference.config.weights import ModelWeights


def _in_the_catalog(accelerator: str) -> str:
    """One of the catalog."""
    if accelerator not in ACCELERATORS:
        raise not_in_catalog(accelerator, ACCELERATORS)
    return accelerator


@final
class Gpu(Section):
    """The GPUs or TPU chips of one replica; tensor parallelism equals `count`."""

    accelerator: Annotated[str, AfterValidator(_in_the_catalog)] = "nvidia-h100-80gb"
    """Value of the node label `cloud.google.com/gke-accelerator`; of TPUs, such as
    `tpu-v6e-slice`, of `cloud.google.com/gke-tpu-accelerator`."""
    count: PositiveInt = 1
    """GPUs a replica; of TPUs the chips of a whole node, 1, 4 or 8."""
    capacity: Capacity | None = None
    """Where GKE makes the nodes: the capacity to try first; by the machine type when unset."""
    reservation: Annotated[str, Field(pattern=RESERVATION_PATTERN)] | None = None
    """Reservation for capacity `reservation`; one that matches, else on demand, when unset."""
    fallback: Annotated[tuple[Capacity, ...], AfterValidator(each_once)] = ()
    """Capacities to try in this order when `capacity` has no stock. GKE makes the nodes for it,
    also in a Standard cluster of this stack, whose node pools the model then leaves alone."""
    compute_class: ObjectName | None = None
    """ComputeClass that the cluster has, in place of these keys."""
    select_nodes: bool = True
    """Whether Pods select nodes by that label; false in a cluster of yours without such labels."""

    @property
    def by_class(self) -> bool:
        """Whether a ComputeClass says on which nodes replicas run, in clusters of every mode."""
        return self.compute_class is not None or bool(self.fallback)


@final
class Adapter(Section):
    """A LoRA adapter, served under its own name."""

    name: Annotated[str, Field(pattern=ADAPTER_PATTERN)]
    """Name that requests give as `model`; with SGLang after the base model's: `BASE:NAME`."""
    source: Annotated[str, Field(min_length=1)]
    """Hugging Face repository, folder in a volume, or `gs://` folder in the bucket of `weights`."""


@final
class Lora(Section):
    """LoRA adapters, loaded and unloaded at run time by the syncer sidecar."""

    max_loras: PositiveInt = 2
    """Adapters in one batch, held in GPU memory."""
    max_cpu_loras: PositiveInt = 12
    """Adapters kept in host memory."""
    max_rank: PositiveInt = DEFAULT_MAX_LORA_RANK
    """Highest rank of an adapter."""
    specialize_cudagraphs: bool | None = None
    """Sets `cudagraph_specialize_lora` where the vLLM version has it; left to vLLM when unset."""
    adapters: tuple[Adapter, ...] = ()
    """The adapters to load."""
    retired: tuple[str, ...] = ()
    """Names of adapters taken out of `adapters`, to be unloaded from running servers."""


@final
class Objective(Section):
    """An InferenceObjective: requests that carry its name in a header get its priority."""

    name: DnsLabel
    """Name of the object, unique in the namespace."""
    priority: Annotated[int, Field(ge=-(2**31), lt=2**31)] = 0
    """Higher is served first; below 0 may be dropped under load."""


@final
class Drain(Section):
    """What the grace period is computed from: the longest request a stopping server finishes."""

    max_output_tokens: PositiveInt = 4096
    """Longest response, in tokens."""
    tokens_per_second: PositiveInt = 100
    """Slowest generation rate of one request at full batch."""
    pre_stop_seconds: Annotated[int, Field(ge=0, le=3600)] = 30
    """Time for load balancers to take the server out of rotation; when unset behind a GKE
    Gateway, the time its health checks take to fail, plus 20 s for the change to propagate."""


@final
class Model(Section):
    """One base model: a Deployment of model servers and the InferencePool in front of it."""

    name: ModelName = "llama3-8b"
    """Name of the Deployment, InferencePool and Helm release."""
    model: Annotated[str, Field(min_length=1)] = "meta-llama/Llama-3.1-8B-Instruct"
    """Hugging Face repository of the base model."""
    weights: ModelWeights | None = None
    """Where its weights are, other than on Hugging Face; `{}` for the bucket of `weights`."""
    served_name: str | None = None
    """Name that requests send as `model`; the repository's name when unset, as in vLLM."""
    aliases: Annotated[tuple[str, ...], AfterValidator(each_once)] = ()
    """Additional names of the base model, such as one that existing clients already send."""
    engine: Engine = Engine.VLLM
    """`vllm`, `sglang`, or `simulator`: llm-d-inference-sim, which makes up answers without a
    GPU."""
    replicas: Amount = 1
    """Number of model servers."""
    autoscaling: ServerAutoscaling | None = None
    """Bounds within which the load sets the number of servers, instead of `replicas`."""
    spread: bool = False
    """Whether servers are spread over zones and nodes, as far as GPUs allow."""
    priority_class: DnsLabel | None = None
    """PriorityClass of the servers: one of `priorityClasses`, or one that the cluster has."""
    gpu: Gpu = Gpu()
    """GPUs of one replica."""
    lora: Lora | None = None
    """LoRA adapters; no LoRA support when unset."""
    objectives: tuple[Objective, ...] = ()
    """InferenceObjectives of this model's pool."""
    max_model_len: PositiveInt | None = None
    """Context length in tokens; the model's own when unset."""
    concurrency: PositiveInt = 1
    """Requests of full context length that one replica's KV cache must hold at once."""
    gpu_memory_utilization: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of GPU memory that vLLM uses, or SGLang for weights and cache; its default when
    unset. Never all of it is free, as CUDA's own context takes some."""
    extra_args: tuple[str, ...] = ()
    """Additional arguments for the model server."""
    env: Mapping[VariableName, Variable] = {}
    """Environment variables of the server, such as `HF_ENDPOINT`: text, or `{secret, key}`."""
    volumes: tuple[Volume, ...] = ()
    """Files for the server: existing claims and ConfigMaps, mounted read-only."""
    image: str | None = None
    """Image of the model server, by tag or digest; the catalog's when unset."""
    image_pull_secrets: tuple[PullSecretName, ...] = ()
    """Secrets for pulling the Pod's images."""
    port: Annotated[int, Field(ge=LEAST_PORT, le=PORT)] = 8000
    """Port of the model server."""
    parameters_billion: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """Billions of parameters, for a model that is not in the catalog; 16 bit each, or fewer if
    the repository's name says so, as in `-AWQ`, `-FP8` or `-4bit`."""
    drain: Drain = Drain()
    """Values from which the grace period is computed."""
    traffic: Traffic | None = None
    """Expected load on this model, instead of the stack's `traffic`."""
    measurements: tuple[Measurement, ...] = ()
    """What `inference load --record` measured on these servers; corrects what the plan computes."""

    @model_validator(mode="after")
    def _one_number_of_servers(self) -> Self:
        if self.autoscaling is not None and "replicas" in self.model_fields_set:
            message = "set `replicas` or `autoscaling`, not both: the autoscaler sets the number"
            raise ValueError(message)
        return self

    @property
    def least_replicas(self) -> int:
        """Servers when there is no load."""
        return self.autoscaling.min if self.autoscaling else self.replicas

    @property
    def most_replicas(self) -> int:
        """Servers at the highest load, for which there must be GPUs."""
        return self.autoscaling.max if self.autoscaling else self.replicas

    @property
    def served_model_name(self) -> str:
        """Name under which the base model is served."""
        return self.served_name or self.model

    @property
    def served_names(self) -> tuple[str, ...]:
        """The base model's names and those of its adapters, in that order."""
        adapters = self.lora.adapters if self.lora else ()
        base = self.served_model_name
        named = (self.engine.adapter_name(base, adapter.name) for adapter in adapters)
        return (base, *self.aliases, *named)

    @property
    def facts(self) -> ModelFacts | None:
        """What is known of the model's size; the stack's own figure goes before the catalog's."""
        known = MODELS.get(self.model)
        if self.parameters_billion is None:
            return known
        if known is not None:
            return replace(known, parameters_billion=self.parameters_billion)
        return ModelFacts(
            name=self.model,
            parameters_billion=self.parameters_billion,
            bytes_per_weight=bits_by_name(self.model) / 8,
            gated=self.model.startswith(GATED_NAMES),
        )
