"""The whole stack as one component for other programs, in the language of the stack files.

Inputs are the keys of a stack file, known when the program runs. They are validated by the models
that read stack files, and preflight checks them; problems are reported by the same findings.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast, final

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
from plugin.inputs import inputs

if TYPE_CHECKING:
    InferenceEndpointArgs = Mapping[str, Any]
else:
    InferenceEndpointArgs = inputs()

_TOKEN_KEY: Final = "huggingFaceToken"  # noqa: S105 the name of the input


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
        [{"property_path": problem.path, "reason": problem.message} for problem in problems],
    )


def settings_of(sections: Mapping[str, Any]) -> Settings:
    """The settings that a component's inputs give.

    Raises:
        InputPropertiesError: with every problem at once.
    """
    try:
        return Settings.model_validate_json(
            json.dumps(_whole(sections)), strict=True, by_name=False
        )
    except ValidationError as error:
        raise _refuse(findings(error)) from None


@final
class InferenceEndpoint(pulumi.ComponentResource):
    """An OpenAI-compatible endpoint for open models on GKE, behind the GKE Inference Gateway."""

    endpoint: pulumi.Output[str | None]
    """URL of the Gateway; none with a class whose address is not known beforehand."""
    gateway_address: pulumi.Output[str | None]
    """IP address of the Gateway; none with such a class."""
    served_models: pulumi.Output[list[str]]
    """Names to give as `model`: base models and adapters."""
    curl: pulumi.Output[str]
    """A shell command that asks the first model."""
    kubeconfig: pulumi.Output[str | None]
    """Secret; none with an existing cluster."""

    def __init__(
        self,
        name: str,
        args: InferenceEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(token("InferenceEndpoint"), name, None, opts)
        settings = settings_of({key: part for key, part in args.items() if key != _TOKEN_KEY})
        given = args.get(_TOKEN_KEY)
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
            # The caller's program may be of a language whose host knows nothing of Python.
            InferenceStackArgs(configuration=configuration, crds=crds, awaits_google=False),
            pulumi.ResourceOptions(parent=self),
        )
        self.endpoint = pulumi.Output.from_input(stack.endpoint)
        self.gateway_address = pulumi.Output.from_input(stack.gateway_address)
        self.served_models = pulumi.Output.from_input(list(stack.served_models))
        self.curl = pulumi.Output.from_input(stack.curl)
        self.kubeconfig = pulumi.Output.secret(stack.kubeconfig)
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "gatewayAddress": self.gateway_address,
                "servedModels": self.served_models,
                "curl": self.curl,
                "kubeconfig": self.kubeconfig,
            }
        )
