"""The service account that nodes run as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.child_options import child_after
from components.type_tokens import token
from inference.catalog.gcp import IMAGE_STREAMING_ROLE, NODE_ROLE


@final
@dataclass(frozen=True, kw_only=True)
class NodeAccountArgs:
    """How the account is called."""

    account_id: str
    """The part of its e-mail address before the `@`; Google takes 6 to 30 characters."""
    display_name: str | None = None
    """Name in Google's console."""
    roles: Sequence[str] = ()
    """Roles in the project beside the minimal one, such as to pull images."""
    streams_images: bool = False
    """Whether nodes start images before they have all of them, which takes a role of its own."""
    project: pulumi.Resource | None = None
    """Enables the IAM API; None where it is enabled."""


@final
class NodeAccount(pulumi.ComponentResource):
    """An account with the minimal role: logs, metrics and images, nothing else."""

    email: pulumi.Output[str]
    grants: Sequence[gcp.projects.IAMMember]
    """Bindings of its roles; nodes that start before them cannot report to the cluster."""

    def __init__(
        self, name: str, args: NodeAccountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("NodeAccount"), name, None, opts)
        account = gcp.serviceaccount.Account(
            f"{name}-account",
            account_id=args.account_id,
            display_name=args.display_name,
            opts=child_after(self, args.project),
        )
        self.email = account.email
        roles = {"role": NODE_ROLE}
        if args.streams_images:
            roles["streaming-role"] = IMAGE_STREAMING_ROLE
        roles |= {role.rpartition(".")[2]: role for role in args.roles}
        self.grants = [
            gcp.projects.IAMMember(
                f"{name}-{suffix}",
                project=account.project,
                role=role,
                member=account.member,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for suffix, role in roles.items()
        ]
        self.register_outputs({"email": self.email})
