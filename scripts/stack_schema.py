"""The JSON Schema of stack files, by which editors complete, explain and check them.

It says what one key can say of itself: names, types, bounds, choices. Rules between keys, such as
zones that lie in the region, stay with the program. It is draft 7, which editors know best. Beside
a `$ref` that draft ignores everything, so a reference with a text of its own is in `allOf`.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from pydantic import BaseModel

from inference.catalog.machines import ACCELERATORS, MACHINES
from inference.catalog.models import MODELS
from inference.config.docstrings import docstrings
from inference.config.finding import PROJECT, TOKEN_KEY
from inference.config.models import Gpu, Model
from inference.config.node_pools import NodePool
from inference.config.patterns import PATTERNS
from inference.config.section import with_inner_sections
from inference.config.settings import GcpSettings, Settings
from inference.config.stack_file import TOP_LEVEL

Schema = dict[str, Any]
MODELINE: Final = "# yaml-language-server: $schema=docs/stack.schema.json"
"""First line of a stack file, by which editors find the schema."""
_SECURE: Final[Schema] = {
    "description": "A value that `pulumi config set --secret` has encrypted.",
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}
_FROM_CATALOG: Final[Mapping[tuple[type[BaseModel], str], Schema]] = {
    (Gpu, "accelerator"): {"enum": sorted(ACCELERATORS)},
    (NodePool, "machine_type"): {"enum": list(MACHINES)},
    (Model, "model"): {"examples": sorted(MODELS)},
}
"""What the catalog knows of a key: the only values, or examples of them."""
_ENGINE_KEYS: Final[Mapping[str, Schema]] = {
    "environment": {
        "description": "Pulumi ESC environments whose values the stack takes in.",
        "type": ["array", "object"],
    },
    "secretsprovider": {
        "description": "What encrypts this stack's secrets, such as a key of Cloud KMS.",
        "type": "string",
    },
    "encryptedkey": {"description": "Written by `pulumi stack init`.", "type": "string"},
    "encryptionsalt": {"description": "Written by `pulumi stack init`.", "type": "string"},
}


def _draft_7(value: Any) -> Any:  # noqa: ANN401 any JSON
    """A schema as pydantic writes it, without generated titles and in draft 7's words."""
    if isinstance(value, list):
        return [_draft_7(part) for part in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    schema = cast("Schema", value)
    result: Schema = {
        key: {name: _draft_7(part) for name, part in content.items()}
        if key == "properties"
        else content
        if key == "default"
        else _draft_7(content)
        for key, content in schema.items()
        if key != "title"
    }
    if "$ref" in result:
        reference = {"$ref": result.pop("$ref").replace("#/$defs/", "#/definitions/")}
        result = {"allOf": [reference], **result} if result else reference
    if result.get("pattern") in PATTERNS:
        result["patternErrorMessage"] = f"must be {PATTERNS[result['pattern']]}"
    return result


def _may_be_secure(schema: Schema) -> Schema:
    """Free text may be encrypted; a value with a form is checked offline and must be readable."""
    if schema.get("type") == "string" and not {"pattern", "enum"} & schema.keys():
        free = {key: schema.pop(key) for key in ("type", "minLength") if key in schema}
        return {**schema, "anyOf": [free, {"$ref": "#/definitions/secure"}]}
    if "anyOf" in schema:
        options = cast("list[Schema]", schema["anyOf"])
        free = any(option.get("type") == "string" and "pattern" not in option for option in options)
        if free:
            schema["anyOf"] = [*options, {"$ref": "#/definitions/secure"}]
    return schema


def _described(model: type[BaseModel], schema: Schema) -> Schema:
    """The schema of a section with the text of each key, and what the catalog knows of it."""
    texts = docstrings(model)
    properties = cast("dict[str, Schema]", schema["properties"])
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key not in properties:
            continue
        known = _FROM_CATALOG.get((model, name), {})
        text = " ".join(texts[name].split())
        properties[key] = _may_be_secure({"description": text, **properties[key], **known})
    return schema


def _definitions() -> tuple[Schema, dict[str, Schema]]:
    """The schema of the settings, and those of all that is in them by name."""
    whole = Settings.model_json_schema(by_alias=True)
    parts = cast("dict[str, Schema]", _draft_7(whole.pop("$defs")))
    for section in dict.fromkeys(with_inner_sections(Settings)):
        if section is not Settings:
            _described(section, parts[section.__name__])
    return _described(Settings, cast("Schema", _draft_7(whole))), parts


def _unset(schema: Schema) -> Schema:
    """A key of the project, for which empty values mean that it is not set."""
    return {
        **{key: schema[key] for key in ("description", "default") if key in schema},
        "anyOf": [
            {key: part for key, part in schema.items() if key not in {"description", "default"}},
            {"enum": ["", {}, []]},
        ],
    }


def stack_schema() -> Schema:
    """The schema of the stack files of this project."""
    settings, definitions = _definitions()
    properties = cast("dict[str, Schema]", settings["properties"])
    gcp = cast("dict[str, Schema]", definitions.pop(GcpSettings.__name__)["properties"])
    del properties["gcp"]
    token: Schema = {
        "description": "Hugging Face token that may read the gated models: "
        f"`pulumi config set --secret {TOKEN_KEY} hf_…`",
        "anyOf": [{"type": "string"}, {"$ref": "#/definitions/secure"}],
    }
    own = {**{key: _unset(schema) for key, schema in properties.items()}, TOKEN_KEY: token}
    names = "|".join(re.escape(name) for name in own)
    config: Schema = {
        "type": "object",
        "properties": {
            **{f"gcp:{key}": schema for key, schema in gcp.items()},
            **{f"{PROJECT}:{key}": {"$ref": f"#/definitions/key.{key}"} for key in own},
        },
        "patternProperties": {
            # The engine takes a key without a namespace as one of the project's.
            **{f"^{re.escape(key)}$": {"$ref": f"#/definitions/key.{key}"} for key in own},
            f"^({PROJECT}:)?(?!({names})$)[^:]*$": {
                "not": {},
                "description": "Unknown key: it would have no effect, and the program refuses it.",
            },
        },
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Stack file of gke-inference-gateway",
        "description": "Written by `make docs` from the models of the configuration.",
        "type": "object",
        "properties": {
            key: {"description": "The stack's configuration.", "anyOf": [config, {"type": "null"}]}
            if key == "config"
            else _ENGINE_KEYS[key]
            for key in sorted(TOP_LEVEL)
        },
        "additionalProperties": False,
        "definitions": {
            "secure": _SECURE,
            **{f"key.{key}": schema for key, schema in own.items()},
            **definitions,
        },
    }


def text() -> str:
    """The schema as a file holds it."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"
