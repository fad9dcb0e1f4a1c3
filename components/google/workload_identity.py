"""Kubernetes ServiceAccounts as IAM knows them: Workload Identity Federation for GKE."""

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token


@final
@dataclass(frozen=True, kw_only=True)
class WorkloadIdentityArgs:
    """Of which project's clusters."""

    project_id: str
    """Id of the project whose workload pool the clusters' accounts are in."""
    project: pulumi.Resource | None = None
    """Enables the Cloud Resource Manager API; None where it is enabled."""


@final
class WorkloadIdentity(pulumi.ComponentResource):
    """Gives the IAM member of an account in the cluster. No Google service account is needed."""

    project: str
    """Id of the project whose workload pool the cluster's accounts are in."""

    def __init__(
        self, name: str, args: WorkloadIdentityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("WorkloadIdentity"), name, None, opts)
        self.project = args.project_id
        # Identities name the project by its number.
        self._number = gcp.organizations.get_project_output(
            project_id=args.project_id,
            opts=pulumi.InvokeOutputOptions(
                parent=self,
                # No value shows that the API which is asked must be enabled first.
                depends_on=[args.project] if args.project else None,
            ),
        ).number
        self.register_outputs({})

    def member(
        self, namespace: pulumi.Input[str], account: pulumi.Input[str]
    ) -> pulumi.Output[str]:
        """`principal://…` of a ServiceAccount, to be granted roles."""
        return pulumi.Output.format(
            "principal://iam.googleapis.com/projects/{}/locations/global/workloadIdentityPools/"
            "{}.svc.id.goog/subject/ns/{}/sa/{}",
            self._number,
            self.project,
            namespace,
            account,
        )
