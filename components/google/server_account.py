"""The account that model servers run as, where Google is to know them."""

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_kubernetes as kubernetes

from components.google.workload_identity import WorkloadIdentity
from components.kubernetes_object import object_meta
from components.type_tokens import token
from inference.derive.names import SERVER_ACCOUNT


@final
@dataclass(frozen=True, kw_only=True)
class ServerAccountArgs:
    """Where the account is, and how IAM knows it."""

    namespace: pulumi.Input[str]
    """Namespace of the Pods that run as it."""
    identity: WorkloadIdentity
    """Names the account to IAM."""
    account: str = SERVER_ACCOUNT
    """Name of the ServiceAccount."""
    after: pulumi.Resource | None = None
    """Makes the workload pool; None in a cluster that has one."""


@final
class ServerAccount(pulumi.ComponentResource):
    """One account for all model servers of the stack. It may do nothing in the cluster."""

    name: pulumi.Output[str]
    """ServiceAccount that Pods run as."""
    member: pulumi.Output[str]
    """The same, to be granted roles."""
    after: pulumi.Resource | None
    """What a grant waits for: no value shows that the pool comes with its first cluster."""

    def __init__(
        self, name: str, args: ServerAccountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("ServerAccount"), name, None, opts)
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata=object_meta(args.account, args.namespace),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = account.metadata.name.apply(str)
        self.member = args.identity.member(args.namespace, self.name)
        self.after = args.after
        self.register_outputs({"name": self.name, "member": self.member})
