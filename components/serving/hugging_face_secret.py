"""The Secret with the Hugging Face token."""

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes_object import object_meta
from components.type_tokens import token
from inference.config.section import TOKEN_SECRET_KEY, ExistingSecret
from inference.derive.names import SECRET_NAME


@final
@dataclass(frozen=True, kw_only=True)
class HuggingFaceSecretArgs:
    """The token, or the Secret that holds it already."""

    namespace: pulumi.Input[str]
    token: pulumi.Output[str] | None
    existing: ExistingSecret | None


@final
class HuggingFaceSecret(pulumi.ComponentResource):
    """Names a Secret and its key, and makes it unless it exists."""

    secret_name: pulumi.Output[str]
    key: str

    def __init__(
        self, name: str, args: HuggingFaceSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("HuggingFaceSecret"), name, None, opts)
        if args.existing is not None:
            self.secret_name = pulumi.Output.from_input(args.existing.name)
            self.key = args.existing.key
        else:
            secret = kubernetes.core.v1.Secret(
                f"{name}-secret",
                metadata=object_meta(SECRET_NAME, args.namespace),
                string_data={TOKEN_SECRET_KEY: args.token} if args.token is not None else None,
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.secret_name = secret.metadata.name
            self.key = TOKEN_SECRET_KEY
        self.register_outputs({"secretName": self.secret_name, "key": self.key})
