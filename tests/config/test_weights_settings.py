"""Where weights may be said to be: what is refused, what is taken, and names of buckets."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from pydantic import ValidationError

from inference.config import Settings
from inference.config.problems import findings

Sections = Mapping[str, Any]
_IMAGE: Final = {"image": "registry/weights@sha256:" + "a" * 64}
_BUCKET: Final = {"weights": {"create": True}}
_NO_GKE: Final = {"cluster": {"mode": "existing", "context": "kind"}, "gateway": {"className": "b"}}


def _settings(sections: Sections) -> Settings:
    return Settings.model_validate_json(json.dumps(sections), strict=True)


def _model(**weights: object) -> Sections:
    return {**_BUCKET, "models": [{"weights": weights}]}


_REFUSED: Final[list[tuple[Sections, str, str]]] = [
    ({"models": [{"weights": {}}]}, "models[0].weights", "the stack has none"),
    (
        {"models": [{}, {"name": "b", "servedName": "b", "weights": {}}]},
        "models[1].weights",
        "",
    ),
    (_model(**_IMAGE, load="mount"), "models[0].weights", "ignored beside `image`"),
    (_model(load="copy"), "models[0].weights.load", "'stream' or 'mount'"),
    (_model(path="/llama"), "models[0].weights.path", "names with slashes between them"),
    (_model(path="a/../b"), "models[0].weights.path", "names with slashes between them"),
    (_model(path="a,uid=0"), "models[0].weights.path", "names with slashes between them"),
    (_model(path="llama/"), "models[0].weights.path", "names with slashes between them"),
    ({"weights": {"bucket": "my.domain"}}, "weights.bucket", "as in my-weights"),
    ({"weights": {"bucket": "gs://mine"}}, "weights.bucket", "as in my-weights"),
    ({"weights": {"bucket": "ab"}}, "weights.bucket", "as in my-weights"),
    ({**_BUCKET, **_NO_GKE}, "weights", "needs GKE"),
    (
        {"weights": {"bucket": "a" * 58, "compileCache": True}},
        "weights.bucket",
        "has 64 characters, and Cloud Storage takes at most 63",
    ),
    (
        {
            **_BUCKET,
            "cluster": {"name": "a" * 40},
            "gcp": {"project": "a-project-of-thirty-characters"},
        },
        "weights.bucket",
        "has 79 characters",
    ),
]


@pytest.mark.parametrize(("sections", "path", "says"), _REFUSED)
def test_what_cannot_be_meant_is_refused(sections: Sections, path: str, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _settings(sections)
    (found,) = findings(caught.value)

    assert found.path == path
    assert says in found.message


@pytest.mark.parametrize(
    "sections",
    [
        _BUCKET,
        _model(),
        _model(path="models/llama_3.1-8b/v2", load="mount"),
        {"weights": {"bucket": "a" * 63}},
        {"weights": {"bucket": "a" * 57, "compileCache": True}},
        # An image asks for no bucket, and for no GKE.
        {"models": [{"weights": _IMAGE}], **_NO_GKE},
        {**_BUCKET, "cluster": {"mode": "existing", "context": "gke"}},
    ],
)
def test_what_can_be_meant_is_taken(sections: Sections) -> None:
    assert _settings(sections)


@pytest.mark.parametrize(
    ("weights", "project", "bucket"),
    [
        ({"create": True}, "my-project", "my-project-inference-gateway-weights"),
        ({"create": True}, "example.com:mine-it", "example-com-mine-it-inference-gateway-weights"),
        ({"bucket": "mine"}, "my-project", "mine"),
    ],
)
def test_a_bucket_is_named_after_project_and_cluster_unless_it_has_a_name(
    weights: Sections, project: str, bucket: str
) -> None:
    found = _settings({"weights": weights, "gcp": {"project": project}})
    assert (found.bucket_name, found.cache_bucket_name) == (bucket, f"{bucket}-cache")


def test_the_default_name_fits_the_longest_project_with_its_cache() -> None:
    project = "a-project-of-thirty-characters"
    weights = {"create": True, "compileCache": True}
    found = _settings({"weights": weights, "gcp": {"project": project}})
    assert len(project) == 30
    assert len(found.cache_bucket_name) <= 63
