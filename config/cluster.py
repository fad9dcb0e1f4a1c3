"""`cluster`: the GKE cluster to make, or the existing one to use."""

from enum import StrEnum
from typing import Self, final

from pydantic import model_validator

from config.section import ResourceName, Section


class ClusterMode(StrEnum):
    """Who owns the cluster and its nodes."""

    STANDARD = "standard"
    AUTOPILOT = "autopilot"
    EXISTING = "existing"


class ReleaseChannel(StrEnum):
    """GKE release channels."""

    RAPID = "rapid"
    REGULAR = "regular"
    STABLE = "stable"


_ONLY_EXISTING = frozenset({"context", "kubeconfig", "autopilot"})
_NEVER_EXISTING = frozenset({"location", "release_channel", "deletion_protection"})


@final
class ClusterSettings(Section):
    """The cluster. `context`, `kubeconfig` and `autopilot` belong to mode `existing` alone."""

    mode: ClusterMode = ClusterMode.STANDARD
    """`standard` (own node pools), `autopilot` (GKE makes the nodes) or `existing`."""
    name: ResourceName = "inference-gateway"
    """Name of the cluster to make; address, subnet and node account are named after it."""
    location: str | None = None
    """Region or zone of the control plane; `gcp:region` when unset."""
    release_channel: ReleaseChannel = ReleaseChannel.RAPID
    """Release channel. The gateway needs GKE 1.32.3 or later."""
    deletion_protection: bool = False
    """Whether GKE refuses to delete the cluster."""
    context: str | None = None
    """Kubeconfig context of the existing cluster."""
    kubeconfig: str | None = None
    """Path of the kubeconfig file; the usual places when unset."""
    autopilot: bool = False
    """Whether the existing cluster is an Autopilot cluster."""

    @model_validator(mode="after")
    def _keys_fit_the_mode(self) -> Self:
        existing = self.mode is ClusterMode.EXISTING
        foreign = self.model_fields_set & (_NEVER_EXISTING if existing else _ONLY_EXISTING)
        if foreign:
            names = ", ".join(sorted(f"`{type(self).model_fields[key].alias}`" for key in foreign))
            message = f"{names}: not for mode {self.mode}, where it would be ignored"
            raise ValueError(message)
        if existing and not self.context:
            message = "mode existing needs `context`, the kubeconfig context of the cluster"
            raise ValueError(message)
        return self

    @property
    def is_autopilot(self) -> bool:
        """Whether GKE provisions nodes for Pods, in a new cluster or an existing one."""
        return self.mode is ClusterMode.AUTOPILOT or self.autopilot

    @property
    def is_created(self) -> bool:
        """Whether this stack makes the cluster."""
        return self.mode is not ClusterMode.EXISTING
