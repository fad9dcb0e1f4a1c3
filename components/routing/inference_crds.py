"""The CustomResourceDefinitions of the gateway release, as a Helm release of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import pulumi
import pulumi_kubernetes as kubernetes

from components.type_tokens import token
from inference.derive.names import CRD_NAMESPACE, CRD_RELEASE
from inference.documents import CrdValue

CHART: Final = "./charts/crds"
"""Relative to the project: an absolute path would differ on every machine."""


@final
@dataclass(frozen=True, kw_only=True)
class InferenceCrdsArgs:
    """The CRDs to install, and the chart that does it."""

    documents: Sequence[CrdValue]
    """The CRDs as objects; see `inference.documents`. No release is made of none."""
    chart: str = CHART
    """Path of the chart `charts/crds` of this project."""


@final
class InferenceCrds(pulumi.ComponentResource):
    """The CRDs. They stay when the stack is destroyed, as objects of others would go with them.

    Their inputs are literal, so that objects of these kinds can be previewed before they exist.
    """

    def __init__(
        self, name: str, args: InferenceCrdsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("InferenceCrds"), name, None, opts)
        if args.documents:
            kubernetes.helm.v3.Release(
                f"{name}-release",
                name=CRD_RELEASE,
                namespace=CRD_NAMESPACE,
                chart=args.chart,
                values={"documents": list(args.documents)},
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
