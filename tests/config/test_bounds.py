"""Bounds, weights and numbers that contradict each other are refused in words."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from inference.config.settings import Settings


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"models": [{"replicas": 2, "autoscaling": {"max": 3}}]}, "not both"),
        ({"models": [{"autoscaling": {"min": 3, "max": 2}}]}, "min 3 is above max 2"),
        (
            {"models": [{"autoscaling": {"max": 2, "queueDepth": None, "kvCacheUsage": None}}]},
            "nothing to scale by",
        ),
        (
            {"picker": {"scorers": {"queue": 0, "kvCache": 0, "prefixCache": 0}}},
            "all weights are 0",
        ),
        (
            {"priorityClasses": [{"name": "a", "value": 1}, {"name": "a", "value": 2}]},
            "priority class names must be unique",
        ),
        (
            {"huggingFaceSecretManager": {"secret": "a"}, "huggingFaceSecret": {"name": "b"}},
            "one place",
        ),
        (
            {
                "huggingFaceSecretManager": {"secret": "a"},
                "cluster": {"mode": "existing", "context": "kind"},
                "gateway": {"className": "istio"},
            },
            "needs GKE",
        ),
        ({"huggingFaceSecretManager": {"secret": "a/b"}}, "pattern"),
    ],
)
def test_contradictions_are_refused(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings.model_validate_json(json.dumps(sections), strict=True)
