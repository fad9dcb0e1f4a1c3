"""Objects of a plan against the schemas of their kinds."""

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
from conftest import make_settings, run

from inference.config import Finding, Settings
from inference.offline.recorder import SECRET, UNKNOWN, Registration
from inference.offline.schemas import refused
from scripts.kubernetes_schemas import schemas

_POD: Final = ("spec", "template", "spec")
_SERVER: Final = (*_POD, "containers", 0)
_PATH: Final = ("spec", "rules", 0, "matches", 0, "path", "value")
_WRONG: Final[Sequence[tuple[str, tuple[str | int, ...], object, str]]] = [
    ("Deployment", (*_SERVER, "image"), "a b", "is not a valid image reference"),
    ("Deployment", (*_SERVER, "image"), "a@sha256:0", "is not a valid image reference"),
    ("Deployment", (*_SERVER, "args", 0), "a\0b", "is not a valid text without NUL"),
    (
        "Deployment",
        (*_SERVER, "env", 0),
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": ".."}}},
        "is not a valid name of a file",
    ),
    ("Deployment", (*_SERVER, "resources", "limits", "cpu"), "1 Gi", "is not a valid quantity"),
    ("Deployment", (*_SERVER, "ports", 0, "containerPort"), 65536, "65536 is greater"),
    ("Deployment", (*_SERVER, "prots"), [], "'prots' was unexpected"),
    ("Deployment", ("spec", "replicas"), 2**31, "greater than the maximum"),
    ("Deployment", ("metadata", "labels", "a b"), "", '"a b" is not a valid name of a label'),
    ("Deployment", (*_POD, "nodeSelector", "a"), "a" * 64, "is not a valid value of a label"),
    ("Deployment", (*_POD, "terminationGracePeriodSeconds"), "5m", "is not of type"),
    ("ServiceAccount", ("metadata", "name"), "A", "is not a valid name"),
    ("HTTPRoute", _PATH, "/" + "a" * 1024, "longer than 1024"),
    ("HTTPRoute", ("spec", "rules", 0, "timeouts"), {"request": "5 m"}, "does not match"),
    ("HealthCheckPolicy", ("spec", "default", "checkIntervalSec"), 301, "maximum of 300"),
    ("PodMonitoring", ("spec", "endpoints", 0, "scheme"), "ftp", "is not one of"),
]
_RIGHT: Final[Sequence[tuple[str, tuple[str | int, ...], object]]] = [
    ("Deployment", (*_SERVER, "image"), f"localhost/a__b/c:v1@sha256:{'0' * 64}"),
    ("Deployment", (*_SERVER, "args", 0), "two\nlines"),
    ("Deployment", (*_SERVER, "resources", "limits", "cpu"), "1.5e3"),
    ("Deployment", (*_SERVER, "resources", "limits", "cpu"), 2),
    ("Deployment", (*_SERVER, "image"), UNKNOWN),
    ("Deployment", ("metadata", "namespace"), SECRET),
    ("Deployment", ("spec", "replicas"), None),
    ("Deployment", ("metadata", "labels", "example.com/A_b"), ""),
    ("HTTPRoute", ("spec", "rules", 0, "timeouts"), {"request": "1h30m"}),
]


def _refused(
    kind: str, path: Sequence[str | int], value: object, settings: Settings
) -> list[Finding]:
    """What is found when one part of the object of a kind has another value."""
    resource = next(one for one in run().resources if one.kind == kind)
    inputs: Any = copy.deepcopy(resource.inputs)
    place = inputs
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return list(refused([replace(resource, inputs=inputs)], settings))


@pytest.mark.parametrize(("kind", "path", "value", "words"), _WRONG)
def test_an_object_that_the_api_server_refuses_is_found(
    kind: str, path: tuple[str | int, ...], value: object, words: str
) -> None:
    (found,) = _refused(kind, path, value, make_settings({}))

    assert words in found.message
    assert "the API server would reject it" in found.message
    assert found.path.startswith(f"{kind} ")


@pytest.mark.parametrize(("kind", "path", "value"), _RIGHT)
def test_what_is_known_to_be_right_or_not_known_is_left(
    kind: str, path: tuple[str | int, ...], value: object
) -> None:
    assert _refused(kind, path, value, make_settings({})) == []


def test_a_finding_is_about_the_key_that_the_value_comes_from() -> None:
    settings = make_settings({"models": [{"image": "a b"}]})

    (found,) = _refused("Deployment", (*_SERVER, "image"), "a b", settings)

    assert (found.path, found.fix) == (
        "models[0].image",
        "change `models[0].image` in the stack file",
    )


def test_every_kind_of_the_stacks_has_a_schema() -> None:
    def wrong(one: Registration) -> Registration:
        return replace(one, inputs={**one.inputs, "metadata": {"name": "a/b"}})

    sections = {"security": {"networkPolicy": True}, "models": [{"autoscaling": {"max": 2}}]}
    resources = [wrong(one) for one in run(sections).resources]
    own = {one.name for one in resources if one.type.startswith("kubernetes:") and not one.read}
    found = {one.path.partition(" ")[2] for one in refused(resources, make_settings({}))}

    assert own - found == {one.name for one in resources if one.kind == "Release"}


def test_schemas_are_what_a_validator_decides_by() -> None:
    meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
    swagger = {
        "info": {"version": "v1"},
        "definitions": {
            meta: {"type": "object", "properties": {"name": {"type": "string"}}},
            "io.k8s.api.core.v1.Secret": {
                "description": "left out",
                "type": "object",
                "properties": {
                    "metadata": {"$ref": f"#/definitions/{meta}"},
                    "status": {"type": "object"},
                    "number": {"type": "integer", "format": "int32"},
                },
                "x-kubernetes-group-version-kind": [
                    {"group": "", "version": "v1", "kind": "Secret"}
                ],
            },
        },
    }
    custom = {
        "spec": {
            "group": "example.com",
            "names": {"kind": "Thing"},
            "versions": [
                {
                    "name": "v1",
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {"port": {"x-kubernetes-int-or-string": True}},
                        }
                    },
                }
            ],
        }
    }

    made = schemas("v1.0.0", swagger, [custom])

    secret = made["definitions"]["io.k8s.api.core.v1.Secret"]
    assert secret["additionalProperties"] is False
    assert secret["properties"].keys() == {"metadata", "number"}
    assert secret["properties"]["number"]["maximum"] == 2**31 - 1
    assert made["definitions"][meta]["properties"]["name"]["maxLength"] == 253
    thing = made["kinds"]["example.com/v1/Thing"]
    assert thing["properties"]["port"] == {"type": ["integer", "string"]}
    assert "left out" not in json.dumps(made)
