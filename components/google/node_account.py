"""The service account that nodes run as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token
from inference.catalog.gcp import NODE_ROLE


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
    project: pulumi.Resource | None = None
    """Enables the IAM API; None where it is enabled."""


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
        account = gcp.serviceaccount.Account(
            f"{name}-account",
            account_id=args.account_id,
            display_name=args.display_name,
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the API must be enabled first.
                depends_on=[args.project] if args.project else None,
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
        for role in args.roles:
            gcp.projects.IAMMember(
                f"{name}-{role.rpartition('/')[2]}",
                project=account.project,
                role=role,
                member=account.member,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"email": self.email})
