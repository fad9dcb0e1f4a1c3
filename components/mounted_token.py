"""The Hugging Face token as a file that Secret Manager's add-on mounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes
import yaml

from catalog.secret_manager import ACCESSOR_ROLE, CLASS_API_VERSION, CLASS_KIND, PROVIDER
from components.kubernetes_object import CustomResource, object_meta
from components.tokens import token
from components.workload_identity import WorkloadIdentity
from config.secret_manager import SecretManagerSecret

ACCOUNT: Final = "model-server"
CLASS: Final = "hugging-face-token"
TOKEN_FILE: Final = "token"  # noqa: S105 the file's name


@final
@dataclass(frozen=True, kw_only=True)
class MountedTokenArgs:
    """Which secret, and who may read it."""

    secret: SecretManagerSecret
    namespace: pulumi.Input[str]
    identity: WorkloadIdentity
    after: pulumi.Resource | None
    """Makes the workload pool and the add-on; None in a cluster that has them."""


@final
class MountedToken(pulumi.ComponentResource):
    """An account of the model servers that may read the secret, and how it is mounted.

    The secret is not made here, nor read: a new version reaches servers without an update.
    """

    account: pulumi.Output[str]
    """ServiceAccount that Pods run as."""
    class_name: pulumi.Output[str]
    """SecretProviderClass that their volume names."""

    def __init__(
        self, name: str, args: MountedTokenArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("MountedToken"), name, None, opts)
        project, secret = args.identity.project, args.secret
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata=object_meta(ACCOUNT, args.namespace),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.account = account.metadata.name.apply(str)
        grant = gcp.secretmanager.SecretIamMember(
            f"{name}-grant",
            project=project,
            secret_id=secret.secret,
            role=ACCESSOR_ROLE,
            member=args.identity.member(args.namespace, self.account),
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the project's workload pool comes with its first cluster.
                depends_on=[args.after] if args.after else None,
            ),
        )
        source = {
            "resourceName": f"projects/{project}/secrets/{secret.secret}/versions/{secret.version}",
            "path": TOKEN_FILE,
        }
        provider_class = CustomResource(
            f"{name}-class",
            api_version=CLASS_API_VERSION,
            kind=CLASS_KIND,
            metadata=object_meta(CLASS, args.namespace),
            spec={
                "provider": PROVIDER,
                "parameters": {"secrets": yaml.safe_dump([source], sort_keys=False)},
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that a Pod which mounts it waits until the secret may be read.
                depends_on=[grant],
            ),
        )
        self.class_name = provider_class.object_name
        self.register_outputs({"account": self.account, "className": self.class_name})
