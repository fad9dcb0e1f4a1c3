"""The mirror of images and charts: by table."""

from typing import Any, Final

from preflight_cases import Table, Values

from inference.preflight import mirror

_PREFIX: Final = "us-central1-docker.pkg.dev/my-project/mirror"


def _mirror(project: str = "my-project", prefix: str = _PREFIX, **others: Any) -> Values:  # noqa: ANN401 any section
    return {"registry": {"prefix": prefix}, "gcp": {"project": project}, **others}


def _model(image: str) -> Values:
    return _mirror(models=[{"image": image}])


TABLE: Final = Table(
    modules=[mirror],
    trips=[
        (
            "registry.outside-mirror",
            _model("docker.io/vllm/vllm-openai:v0.32.0"),
            "models[0].image",
        ),
        ("registry.outside-mirror", _model(f"{_PREFIX}-other/vllm:v0.32.0"), "models[0].image"),
        (
            "registry.outside-mirror",
            _mirror(models=[{"weights": {"image": "docker.io/a/b:v1"}}]),
            "models[0].weights.image",
        ),
        (
            "registry.secrets-not-for-charts",
            {"registry": {"pullSecrets": ["mirror"]}},
            "registry.pullSecrets",
        ),
        (
            "registry.secrets-not-for-charts",
            {"registry": {"prefix": _PREFIX, "pullSecrets": ["mirror"]}},
            "registry.pullSecrets",
        ),
        ("registry.other-project", _mirror("another-project"), "registry.prefix"),
        (
            "registry.other-project",
            _mirror(cluster={"mode": "existing", "context": "gke"}),
            "registry.prefix",
        ),
    ],
    passes=[
        ("registry.outside-mirror", _model(f"{_PREFIX}/vllm:v0.32.0")),
        ("registry.outside-mirror", {"models": [{"image": "docker.io/a/b:v1"}]}),
        ("registry.secrets-not-for-charts", _mirror()),
        ("registry.secrets-not-for-charts", {"registry": {"pullSecrets": []}}),
        ("registry.other-project", _mirror()),
        ("registry.other-project", _mirror(prefix="registry.example.com:5000/mirror")),
    ],
)
