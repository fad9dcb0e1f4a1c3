"""The Hugging Face token as a file that Secret Manager's add-on mounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import pulumi
import pulumi_gcp as gcp
import yaml

from components.google.server_account import ServerAccount
from components.kubernetes_object import CustomResource, object_meta
from components.type_tokens import token
from inference.catalog.secret_manager import ACCESSOR_ROLE, CLASS_API_VERSION, CLASS_KIND, PROVIDER
from inference.config.secret_manager import SecretManagerSecret
from inference.derive.names import TOKEN_CLASS

TOKEN_FILE: Final = "token"  # noqa: S105 the file's name


@final
@dataclass(frozen=True, kw_only=True)
class MountedTokenArgs:
    """Which secret, and who may read it."""

    secret: SecretManagerSecret
    project: str
    """Id of the project that holds it."""
    namespace: pulumi.Input[str]
    account: ServerAccount


@final
class MountedToken(pulumi.ComponentResource):
    """How the secret is mounted, and that the servers' account may read it.

    The secret is not made here, nor read: a new version reaches servers without an update.
    """

    class_name: pulumi.Output[str]
    """SecretProviderClass that their volume names."""

    def __init__(
        self, name: str, args: MountedTokenArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("MountedToken"), name, None, opts)
        project, secret = args.project, args.secret
        grant = gcp.secretmanager.SecretIamMember(
            f"{name}-grant",
            project=project,
            secret_id=secret.secret,
            role=ACCESSOR_ROLE,
            member=args.account.member,
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the project's workload pool comes with its first cluster.
                depends_on=[args.account.after] if args.account.after else None,
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
            metadata=object_meta(TOKEN_CLASS, args.namespace),
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
        self.register_outputs({"className": self.class_name})
