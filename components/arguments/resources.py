"""What components of a stack take from its other resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import pulumi

from components.google.edge import Edge
from components.google.network import Network
from components.google.project import Project
from components.serving.hugging_face_secret import HuggingFaceSecret


@final
@dataclass(frozen=True, kw_only=True)
class StackResources:
    """Resources are None, and lists empty, where the settings need none of the kind."""

    namespace: pulumi.Input[str]
    """The stack's namespace."""
    project: Project | None = None
    """Enables Google's APIs; None where no Google Cloud resource is built."""
    network: Network | None = None
    """Addresses and proxy-only subnet of GKE Gateways."""
    edge: Edge | None = None
    """Certificate and policies."""
    node_account: pulumi.Input[str] | None = None
    """E-mail address of the account that nodes of the stack's cluster run as."""
    server_account: pulumi.Input[str] | None = None
    """ServiceAccount of model servers that Google is to know."""
    token_class: pulumi.Input[str] | None = None
    """SecretProviderClass that mounts the Hugging Face token."""
    grants: Sequence[pulumi.Resource] = ()
    """Grants on buckets: without them a server that reads there does not start."""
    removal: pulumi.Resource | None = None
    """Waits for the end of GKE's load balancers."""
    metrics_secret: pulumi.Input[str] | None = None
    """Secret of the metrics reader, which is made on GKE alone."""
    secret: HuggingFaceSecret | None = None
    """Holds the Hugging Face token; None where it is mounted or not needed."""
    crds: pulumi.Resource | None = None
    """Defines the kinds that pools and objectives are of."""
    priority_classes: Mapping[str, pulumi.Output[str]] = field(
        default_factory=dict[str, pulumi.Output[str]]
    )
    """The classes that the stack makes, by name."""
