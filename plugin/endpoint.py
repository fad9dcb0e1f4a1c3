"""The whole stack as one component for other programs, in the language of the stack files.

`config` is validated by the models that read stack files, and preflight checks it: a typed copy of
every section would be a second description of them. So its keys are not in the package's schema;
what is wrong with one is told by the same findings.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast, final

import pulumi
from pulumi.errors import InputPropertiesError
from pydantic import ValidationError

from components import InferenceStack, InferenceStackArgs
from components.type_tokens import token
from inference.config import Configuration, Finding, RefusedError
from inference.config.loader import Token
from inference.config.problems import findings
from inference.config.settings import Settings
from inference.documents import load_crds
from inference.preflight import check, enforce


class InferenceEndpointArgs(TypedDict):
    """What to serve, and where."""

    config: Mapping[str, Any]
    """Sections of a stack file, such as `cluster` and `models`; `gcp` holds project and region."""
    hugging_face_token: NotRequired[pulumi.Input[str]]
    """Token that may read the gated models."""


def _whole(value: Any) -> Any:  # noqa: ANN401 any JSON
    """Whole numbers as such: the engine's protocol knows only floating ones."""
    if isinstance(value, Mapping):
        return {key: _whole(part) for key, part in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_whole(part) for part in cast("Sequence[Any]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refuse(problems: Sequence[Finding]) -> InputPropertiesError:
    return InputPropertiesError(
        str(RefusedError(problems)),
        [
            {"property_path": f"config.{problem.path}".rstrip("."), "reason": problem.message}
            for problem in problems
        ],
    )


def settings_of(config: Mapping[str, Any]) -> Settings:
    """The settings that a component's `config` gives.

    Raises:
        InputPropertiesError: with every problem at once.

    """
    try:
        return Settings.model_validate_json(json.dumps(_whole(config)), strict=True)
    except ValidationError as error:
        raise _refuse(findings(error)) from None


@final
class InferenceEndpoint(pulumi.ComponentResource):
    """An OpenAI-compatible endpoint for open models on GKE, behind the GKE Inference Gateway."""

    endpoint: pulumi.Output[str]
    """URL of the Gateway; empty with a class whose address is not known beforehand."""
    served_models: pulumi.Output[list[str]]
    """Names to give as `model`: base models and adapters."""
    kubeconfig: pulumi.Output[str]
    """Secret; empty with an existing cluster."""

    def __init__(
        self,
        name: str,
        args: InferenceEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(token("InferenceEndpoint"), name, None, opts)
        settings = settings_of(args["config"])
        given = args.get("hugging_face_token")
        configuration = Configuration(
            settings=settings,
            # What the caller's program has is neither in clear text here nor to be looked at.
            token=Token(value=pulumi.Output.secret(given), encrypted=True, well_formed=True)
            if given is not None
            else None,
        )
        try:
            enforce(check(configuration, offline=False))
            crds = load_crds(settings)
        except RefusedError as error:
            raise _refuse(error.findings) from None
        stack = InferenceStack(
            name,
            InferenceStackArgs(configuration=configuration, crds=crds),
            pulumi.ResourceOptions(parent=self),
        )
        outputs = stack.outputs
        self.endpoint = pulumi.Output.from_input(outputs.get("endpoint", ""))
        self.served_models = pulumi.Output.from_input(outputs["servedModels"])
        self.kubeconfig = pulumi.Output.secret(outputs.get("kubeconfig", ""))
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "servedModels": self.served_models,
                "kubeconfig": self.kubeconfig,
            }
        )
