"""The whole configuration of a stack."""

from collections import Counter
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Annotated, Literal, Self, final

from pydantic import Field, model_validator

from inference.catalog.gcp import INTERNAL_CLASS
from inference.catalog.machines import ZONES
from inference.catalog.metrics_adapter import MANAGED_SINCE
from inference.catalog.releases import GKE_OWNED_CRDS, POOL_CRD_SINCE, RELEASES, GatewayRelease
from inference.config.autoscaling import AdapterOrigin, AutoscalingSettings, MetricsOrigin
from inference.config.cluster import ClusterMode, ClusterSettings, ReleaseChannel
from inference.config.crds import CrdSettings
from inference.config.gateway import GatewaySettings, Routing, paths_of
from inference.config.gke_version import is_before
from inference.config.models import Model
from inference.config.network import NetworkSettings
from inference.config.node_pools import NodePool
from inference.config.observability import Observability
from inference.config.patterns import (
    LABEL_KEY_PATTERN,
    LABEL_VALUE_PATTERN,
    PROJECT_PATTERN,
    REGION_PATTERN,
)
from inference.config.picker import PickerSettings
from inference.config.preflight import PreflightSettings
from inference.config.priority_classes import PriorityClassSettings
from inference.config.registry import Registry
from inference.config.secret_manager import SecretManagerSecret
from inference.config.section import DnsLabel, ExistingSecret, Section
from inference.config.security import SecuritySettings
from inference.config.slo import Slo
from inference.config.traffic import Traffic
from inference.config.weights import Bucket

LabelKey = Annotated[str, Field(pattern=LABEL_KEY_PATTERN)]
LabelValue = Annotated[str, Field(pattern=LABEL_VALUE_PATTERN)]


@cache
def _default_pool(region: str) -> NodePool:
    """The tutorial's pool, in a zone of the region that is known to offer its machine."""
    known = ZONES[NodePool().machine_type]
    zones = sorted(zone for zone in known if zone.startswith(f"{region}-"))
    return NodePool(zones=(zones[0] if zones else f"{region}-a",))


def _sleeping(model: Model, seconds: int) -> Model:
    """The model with that preStop time, unless it has one of its own."""
    drain, given = model.drain, model.model_fields_set
    if "pre_stop_seconds" in drain.model_fields_set or drain.pre_stop_seconds == seconds:
        return model
    drain = drain.model_copy(update={"pre_stop_seconds": seconds})
    found = model.model_copy(update={"drain": drain})
    # A default, as if nobody had set it.
    drain.model_fields_set.discard("pre_stop_seconds")
    found.model_fields_set.intersection_update(given)
    return found


@final
class GcpSettings(Section):
    """The keys of the gcp provider that this program reads."""

    project: Annotated[str, Field(pattern=PROJECT_PATTERN)] | None = None
    """Project to deploy to; required if the stack has Google Cloud resources."""
    region: Annotated[str, Field(pattern=REGION_PATTERN)] = "us-central1"
    """Region to deploy to."""


@final
class Settings(Section):
    """What a stack file may say. Secrets are not here: see `config.loader`."""

    namespace: DnsLabel = "default"
    """Namespace for every object; created unless it is `default`."""
    cluster: ClusterSettings = ClusterSettings()
    """The GKE cluster to create, or the existing one to use."""
    node_pools: tuple[NodePool, ...] = ()
    """GPU node pools of a Standard cluster, the one that replicas prefer first; one `gpupool` when
    unset."""
    gateway_release: Literal["v1.0.0", "v1.5.0", "llm-d-v0.10.0"] = "v1.5.0"
    """Release of the charts, CRDs and endpoint picker, which belong together."""
    registry: Registry = Registry()
    """Your registry that mirrors every image and chart of the program."""
    models: Annotated[tuple[Model, ...], Field(min_length=1)]
    """The base models to serve; required, so that a misspelt key deploys nothing."""
    gateway: GatewaySettings = GatewaySettings()
    """The entry point."""
    autoscaling: AutoscalingSettings = AutoscalingSettings()
    """What all autoscaled models share."""
    priority_classes: tuple[PriorityClassSettings, ...] = ()
    """PriorityClasses to create, for use by models."""
    picker: PickerSettings = PickerSettings()
    """The endpoint pickers, which choose a model server for each request."""
    network: NetworkSettings = NetworkSettings()
    """VPC network, proxy-only subnet and address."""
    security: SecuritySettings = SecuritySettings()
    """Deletion protection, secure boot and network policies."""
    labels: Mapping[LabelKey, LabelValue] = {}
    """Labels for every Google Cloud resource of the stack, besides those that identify the
    stack."""
    crds: CrdSettings = CrdSettings()
    """Where CRDs come from."""
    preflight: PreflightSettings = PreflightSettings()
    """Findings that are accepted."""
    slo: Slo = Slo()
    """Objectives that `inference load` checks the running stack against."""
    traffic: Traffic | None = None
    """Expected load on each model that has no `traffic` of its own."""
    weights: Bucket | None = None
    """A Cloud Storage bucket with weights; `{create: true}` creates one. None when unset."""
    observability: Observability = Observability()
    """Metrics, dashboard, alerts and SLOs in Cloud Monitoring."""
    hugging_face_secret_manager: SecretManagerSecret | None = None
    """A Secret Manager secret with the token, mounted by its add-on and never read here."""
    hugging_face_secret: ExistingSecret | None = None
    """An existing Secret with the Hugging Face token, instead of `huggingFaceToken`."""
    gcp: Annotated[GcpSettings, Field(exclude=True)] = GcpSettings()
    """Filled from `gcp:project` and `gcp:region`, not from this program's namespace."""

    @model_validator(mode="after")
    def _paths_follow_the_release(self) -> Self:
        if "paths" not in self.gateway.model_fields_set:
            gateway = self.gateway.model_copy(update={"paths": paths_of(self.release)})
            # A default, as if nobody had set it; settings are frozen for everyone else.
            gateway.model_fields_set.discard("paths")
            object.__setattr__(self, "gateway", gateway)
        return self

    @model_validator(mode="after")
    def _pre_stops_follow_the_health_checks(self) -> Self:
        if self.gateway.is_gke:
            least = self.gateway.health_check.least_pre_stop
            models = tuple(_sleeping(model, least) for model in self.models)
            object.__setattr__(self, "models", models)
        return self

    @property
    def release(self) -> GatewayRelease:
        """The catalog's record of `gatewayRelease`."""
        return RELEASES[self.gateway_release].mirrored(self.registry.prefix)

    @cached_property
    def pools(self) -> tuple[NodePool, ...]:
        """The GPU node pools to make; a Standard cluster without any gets the tutorial's.

        Not where every model is simulated, or has nodes by a ComputeClass: GPUs would cost money
        and do nothing.
        """
        unset = self.cluster.mode is ClusterMode.STANDARD and (
            "node_pools" not in self.model_fields_set
        )
        if unset and not all(m.engine.is_simulated or m.gpu.by_class for m in self.models):
            return (_default_pool(self.gcp.region),)
        return self.node_pools

    @cached_property
    def gpus_wanted(self) -> Mapping[tuple[str, int], int]:
        """GPUs of all replicas at most that need a node pool, by accelerator and GPUs a replica."""
        wanted: Counter[tuple[str, int]] = Counter()
        for model in self.models:
            if not model.engine.is_simulated and not model.gpu.by_class:
                gpu = model.gpu
                wanted[gpu.accelerator, gpu.count] += model.most_replicas * gpu.count
        return wanted

    @property
    def makes_proxy_subnet(self) -> bool:
        """Whether the stack makes the subnet of GKE's proxies; an existing Gateway has its own."""
        made = self.gateway.is_gke and self.gateway.existing is None
        return made and self.network.proxy_only_subnet.create

    @property
    def streams_images(self) -> bool:
        """Whether nodes of this stack start images before they have all of them."""
        return self.cluster.image_streaming or self.cluster.mode is ClusterMode.AUTOPILOT

    @property
    def location(self) -> str:
        """Region or zone of the cluster."""
        return self.cluster.location or self.gcp.region

    @property
    def preinstalled_crds(self) -> tuple[str, ...]:
        """Names of CRDs that the cluster brings."""
        if self.crds.preinstalled is not None:
            return self.crds.preinstalled
        version = self.cluster.version
        old = version is not None and is_before(version, POOL_CRD_SINCE)
        return GKE_OWNED_CRDS if self.cluster.is_created and not old else ()

    @property
    def gateway_object(self) -> tuple[str, str]:
        """Namespace and name of the Gateway, the stack's or another team's."""
        existing = self.gateway.existing
        return (
            (self.namespace, self.gateway.name)
            if existing is None
            else (existing.namespace, existing.name)
        )

    @property
    def on_gke(self) -> bool:
        """Whether GKE's policies and Managed Prometheus exist in the cluster."""
        return self.cluster.is_created or self.gateway.is_gke

    @property
    def routing(self) -> Routing | None:
        """How a request finds its model among several; None with one model."""
        return self.gateway.routing if len(self.models) > 1 else None

    @property
    def served_names(self) -> tuple[str, ...]:
        """Every name that requests may give as `model`, each once."""
        return tuple(dict.fromkeys(n for model in self.models for n in model.served_names))

    @property
    def needs_project(self) -> bool:
        """Whether any Google Cloud resource is built."""
        return self.on_gke

    @property
    def has_managed_metrics(self) -> bool:
        """Whether GKE itself gives autoscalers the servers' metrics, and there are any."""
        if not any(model.autoscaling for model in self.models):
            return False
        wanted, cluster = self.autoscaling, self.cluster
        if wanted.metrics is not None:
            return wanted.metrics is MetricsOrigin.MANAGED
        old = cluster.version is not None and is_before(cluster.version, MANAGED_SINCE)
        rapid = cluster.is_created and cluster.release_channel is ReleaseChannel.RAPID
        return rapid and not old and wanted.adapter is None

    @property
    def installs_adapter(self) -> bool:
        """Whether this stack makes the custom metrics adapter, of which a cluster has one."""
        if self.has_managed_metrics or not any(model.autoscaling for model in self.models):
            return False
        if self.autoscaling.adapter is None:
            return self.cluster.is_created
        return self.autoscaling.adapter is AdapterOrigin.INSTALL

    @property
    def uses_workload_identity(self) -> bool:
        """Whether accounts in the cluster are granted roles in Google Cloud."""
        return self.installs_adapter or self.servers_have_identity

    @property
    def servers_have_identity(self) -> bool:
        """Whether model servers run as an account that is granted roles in Google Cloud."""
        return self.hugging_face_secret_manager is not None or self.weights is not None

    @property
    def is_public(self) -> bool:
        """Whether the endpoint can be reached from the internet."""
        return self.gateway.is_gke and self.gateway.class_name != INTERNAL_CLASS
