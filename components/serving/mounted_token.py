"""The Hugging Face token as a file that Secret Manager's add-on mounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp
import yaml

from components.child_options import child_after
from components.kubernetes_object import CustomResource, object_meta
from components.serving.server_volumes import TOKEN_FILE
from components.type_tokens import token
from inference.catalog.secret_manager import ACCESSOR_ROLE, CLASS_API_VERSION, CLASS_KIND, PROVIDER


@final
@dataclass(frozen=True, kw_only=True)
class MountedTokenArgs:
    """Which secret of Secret Manager, and who may read it."""

    name: str
    """Name of the SecretProviderClass."""
    namespace: pulumi.Input[str] = "default"
    """Namespace of the Pods that mount it."""
    project: pulumi.Input[str]
    """Id of the project that holds the secret."""
    secret: str
    """Name of the secret."""
    version: str = "latest"
    """Number or alias of its version; `latest` follows each new one."""
    member: pulumi.Input[str]
    """IAM member of the ServiceAccount that Pods with the token run as."""
    after: Sequence[pulumi.Resource] = ()
    """What makes the project's workload pool, such as its first cluster."""


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
        grant = gcp.secretmanager.SecretIamMember(
            f"{name}-grant",
            project=args.project,
            secret_id=args.secret,
            role=ACCESSOR_ROLE,
            member=args.member,
            # No value shows that the project's workload pool comes with its first cluster.
            opts=child_after(self, *args.after),
        )
        provider_class = CustomResource(
            f"{name}-class",
            api_version=CLASS_API_VERSION,
            kind=CLASS_KIND,
            metadata=object_meta(args.name, args.namespace),
            spec={
                "provider": PROVIDER,
                "parameters": {"secrets": _secrets(args)},
            },
            # No value shows that a Pod which mounts it waits until the secret may be read.
            opts=child_after(self, grant),
        )
        self.class_name = provider_class.object_name
        self.register_outputs({"className": self.class_name})


def _secrets(args: MountedTokenArgs) -> pulumi.Output[str]:
    """YAML in YAML, as the add-on reads it."""

    def text(project: str) -> str:
        version = f"projects/{project}/secrets/{args.secret}/versions/{args.version}"
        source = {"resourceName": version, "path": TOKEN_FILE}
        return yaml.safe_dump([source], sort_keys=False)

    return pulumi.Output.from_input(args.project).apply(text)
