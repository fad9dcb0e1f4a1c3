"""The traffic extension by which Model Armor sees prompts and answers."""

import json
from typing import Any

from inference.config.gateway_traffic import ModelArmor
from inference.config.settings import Settings

_EVENTS = (
    "RequestHeaders",
    "RequestBody",
    "ResponseHeaders",
    "ResponseBody",
    "RequestTrailers",
    "ResponseTrailers",
)


def template_path(settings: Settings, name: str) -> str:
    """The whole name of a template, one of the stack's project and region when it is short."""
    if "/" in name:
        return name
    return f"projects/{settings.gcp.project}/locations/{settings.gcp.region}/templates/{name}"


def armor_chains(settings: Settings, armor: ModelArmor) -> list[dict[str, Any]]:
    """`extensionChains` of the GCPTrafficExtension before every Gateway."""
    answers = armor.answer_template or armor.template
    templates = {
        "model": "default",
        "user_prompt_template_id": template_path(settings, armor.template),
        "model_response_template_id": template_path(settings, answers),
    }
    extension = {
        "name": "model-armor",
        "googleAPIServiceName": f"modelarmor.{settings.gcp.region}.rep.googleapis.com",
        "timeout": f"{armor.timeout_milliseconds}ms",
        "failOpen": armor.fail_open,
        "supportedEvents": list(_EVENTS),
        "metadata": {"model_armor_settings": json.dumps([templates])},
    }
    return [
        {
            "name": "model-armor",
            # What carries no prompt, such as the list of models, is not sent there.
            "matchCondition": {"celExpressions": [{"celMatcher": 'request.method == "POST"'}]},
            "extensions": [extension],
        }
    ]
