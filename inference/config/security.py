"""`security`: what is kept from being deleted, how nodes start, and who reaches servers."""

from typing import Literal, final

from inference.config.section import Section


@final
class SecuritySettings(Section):
    """Protection of what holds data or an identity, and of nodes."""

    protect: bool | None = None
    """Whether Pulumi refuses to delete cluster, VPC, address and weights. Set false to lift it."""
    secure_boot: bool = False
    """Whether nodes load only signed boot components and kernel modules; always on Autopilot."""
    network_policy: bool = False
    """Whether only load balancer, picker and collector can reach the model servers."""
    posture: Literal["basic", "disabled"] | None = None
    """GKE's security posture dashboard; GKE's default when unset."""
