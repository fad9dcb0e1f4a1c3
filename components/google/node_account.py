"""The service account that nodes run as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token
from inference.catalog.gcp import NODE_ROLE
from inference.config.settings import Settings
from inference.derive.names import node_account_id


@final
@dataclass(frozen=True, kw_only=True)
class NodeAccountArgs:
    """Whose nodes."""

    settings: Settings
    project: pulumi.Resource
    """Enables the IAM API."""


@final
class NodeAccount(pulumi.ComponentResource):
    """An account with the minimal role: logs, metrics and images, nothing else."""

    email: pulumi.Output[str]
    grant: gcp.projects.IAMMember
    """The role's binding; nodes that start before it cannot report to the cluster."""

    def __init__(
        self, name: str, args: NodeAccountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("NodeAccount"), name, None, opts)
        settings = args.settings
        account = gcp.serviceaccount.Account(
            f"{name}-account",
            account_id=node_account_id(settings.cluster.name),
            display_name=f"Nodes of {settings.cluster.name}",
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the API must be enabled first.
                depends_on=[args.project],
            ),
        )
        self.email = account.email
        self.grant = gcp.projects.IAMMember(
            f"{name}-role",
            project=account.project,
            role=NODE_ROLE,
            member=account.member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"email": self.email})
