"""The Secret with the Hugging Face token."""

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes_object import object_meta
from components.type_tokens import token
from inference.config.section import TOKEN_SECRET_KEY


@final
@dataclass(frozen=True, kw_only=True)
class HuggingFaceSecretArgs:
    """The token, or the Secret that holds it already."""

    name: str
    """Name of the Secret."""
    namespace: pulumi.Input[str] = "default"
    """Namespace of the Secret and of the servers that read it."""
    key: str = TOKEN_SECRET_KEY
    """Key of the token in the Secret; the tutorial's by default."""
    token: pulumi.Input[str] | None = None
    """The token, as a secret value; the Secret is made empty when None."""
    exists: bool = False
    """Whether the Secret is there already, so that none is made."""


@final
class HuggingFaceSecret(pulumi.ComponentResource):
    """Names a Secret and its key, and makes it unless it exists."""

    secret_name: pulumi.Output[str]
    """Name of the Secret; a resource that uses it comes after a Secret that is made."""
    key: str
    """Key of the token in the Secret."""

    def __init__(
        self, name: str, args: HuggingFaceSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("HuggingFaceSecret"), name, None, opts)
        self.key = args.key
        if args.exists:
            self.secret_name = pulumi.Output.from_input(args.name)
        else:
            secret = kubernetes.core.v1.Secret(
                f"{name}-secret",
                metadata=object_meta(args.name, args.namespace),
                string_data={args.key: args.token} if args.token is not None else None,
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.secret_name = secret.metadata.name.apply(str)
        self.register_outputs({"secretName": self.secret_name, "key": self.key})
