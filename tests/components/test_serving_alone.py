"""Components in a cluster as other programs use them: those of docs/components.md, and more."""

from typing import Any, Final

import pytest
from conftest import of_type, only, page_programs, record_program

from inference.offline.recorder import Recording

_PROGRAMS: Final = page_programs("components.md")
_SERVER: Final = _PROGRAMS["The servers of a model, in any cluster"]
_EVERYTHING: Final = '''
"""A server with adapters, a token and an autoscaler, that only the load balancer may call."""

from components import (
    Autoscaling,
    BucketVolume,
    Callers,
    ComputeClass,
    HuggingFaceSecret,
    HuggingFaceSecretArgs,
    LoraAdapters,
    ModelServer,
    ModelServerArgs,
    ScaleUp,
    Scheduling,
    SecretKey,
    ServerFiles,
)
from inference.catalog.machines import Capacity

secret = HuggingFaceSecret("token", HuggingFaceSecretArgs(name="hf", token="hf_made_up"))
ModelServer(
    "llama",
    ModelServerArgs(
        name="llama",
        namespace="models",
        image="vllm/vllm-openai:v0.32.0",
        arguments=["serve", "/weights"],
        gpus=1,
        files=ServerFiles(
            data_gib=20,
            shm_gib=4,
            stored={
                "weights": BucketVolume(
                    path="/weights", bucket="mine", options="only-dir=llama", read_only=True
                )
            },
        ),
        token=SecretKey(name=secret.secret_name, key=secret.key),
        adapters=LoraAdapters(base_model="llama", sources={"food": "owner/food"}),
        annotations={"gke-gcsfuse/volumes": "true"},
        scheduling=Scheduling(node_selector={"cloud.google.com/compute-class": "l4"}),
        compute_class=ComputeClass(
            name="l4", accelerator="nvidia-l4", gpus=1, capacities=[Capacity.SPOT]
        ),
        autoscaling=Autoscaling(
            max=3, targets={"waiting": "5"}, up=ScaleUp(servers=4, period_seconds=30)
        ),
        callers=Callers(
            proxy_range="10.0.0.0/23",
            picker_labels={"inferencepool": "llama-epp"},
            collector_namespace="gmp-system",
        ),
        scraped=True,
    ),
)
'''
_POOL: Final = _PROGRAMS["Servers, their pool and a Gateway to it"]
_WATCHED: Final = '''
"""An alert policy and a dashboard of another program."""

from components import Observability, ObservabilityArgs
from inference.config.observability import AlertKind
from inference.derive.alerts import Alert, Query, Severity

Observability(
    "watched",
    ObservabilityArgs(
        dashboard={"displayName": "mine"},
        alerts=[
            Alert(
                kind=AlertKind.QUEUE,
                title="requests queue up",
                severity=Severity.WARNING,
                condition=Query(promql="queue > 10", seconds=300),
                text="Add servers.",
            )
        ],
        email="on-call@example.com",
    ),
)
'''
_READER_AND_ROUTER: Final = '''
"""Access to metrics, priority classes, CRDs and a body router, each without the others."""

from components import (
    BodyRouter,
    BodyRouterArgs,
    InferenceCrds,
    InferenceCrdsArgs,
    MetricsReader,
    MetricsReaderArgs,
    MountedToken,
    MountedTokenArgs,
    PriorityClassSettings,
    PriorityClasses,
    PriorityClassesArgs,
)
from inference.catalog.body_routing import BODY_ROUTERS

MetricsReader("metrics", MetricsReaderArgs())
PriorityClasses(
    "classes", PriorityClassesArgs(classes=[PriorityClassSettings(name="serving", value=1000)])
)
InferenceCrds("crds", InferenceCrdsArgs(documents=[{"kind": "CustomResourceDefinition"}]))
MountedToken(
    "token",
    MountedTokenArgs(
        name="hugging-face", project="my-project", secret="token", member="principal://servers"
    ),
)
BodyRouter(
    "router",
    BodyRouterArgs(
        router=BODY_ROUTERS["v1.5.0"], name="router", gateway="mine", attached_to=["mine"]
    ),
)
'''


def _inputs(found: Recording, suffix: str, name: str | None = None) -> Any:  # noqa: ANN401 any inputs
    return only(found, suffix, name).inputs


@pytest.mark.parametrize(
    ("program", "kinds"),
    [
        (_SERVER, ["Deployment", "PodDisruptionBudget"]),
        (
            _EVERYTHING,
            [
                "ComputeClass",
                "ConfigMap",
                "Deployment",
                "HorizontalPodAutoscaler",
                "NetworkPolicy",
                "PodDisruptionBudget",
                "PodMonitoring",
                "Secret",
            ],
        ),
        (
            _POOL,
            [
                "Deployment",
                "GCPBackendPolicy",
                "Gateway",
                "HTTPRoute",
                "HealthCheckPolicy",
                "InferenceObjective",
                "InferenceObjective",
                "PodDisruptionBudget",
                "Release",
            ],
        ),
        (_WATCHED, ["AlertPolicy", "Dashboard", "NotificationChannel"]),
        (
            _READER_AND_ROUTER,
            [
                "ClusterRole",
                "ClusterRole",
                "ClusterRoleBinding",
                "ClusterRoleBinding",
                "GCPRoutingExtension",
                "HealthCheckPolicy",
                "PriorityClass",
                "Release",
                "Release",
                "Secret",
                "SecretIamMember",
                "SecretProviderClass",
                "ServiceAccount",
            ],
        ),
    ],
    ids=["server", "everything", "pool", "watched", "reader-and-router"],
)
def test_a_component_alone_makes_its_resources_and_no_others(
    program: str, kinds: list[str]
) -> None:
    found = record_program(program)

    assert sorted(one.kind for one in found.resources if one.custom) == kinds
    # Every one belongs to a component of this project, and none to a stack of it.
    parents = {one.parent for one in found.resources if one.custom}
    assert all("gke-inference-gateway:index:" in parent for parent in parents)
    assert not any("InferenceStack" in parent for parent in parents)


def test_a_server_alone_has_the_defaults_of_its_arguments() -> None:
    found = record_program(_SERVER)
    deployment = _inputs(found, ":Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert deployment["metadata"]["namespace"] == "default"
    assert deployment["spec"]["replicas"] == 2
    # No GPU is presumed to be spare.
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert container["args"] == ["serve", "Qwen/Qwen3-8B", "--port=8000"]
    assert container["env"] == [{"name": "HF_HOME", "value": "/data"}]
    assert container["resources"] == {
        "requests": {"nvidia.com/gpu": "1", "cpu": "6", "memory": "28Gi"},
        "limits": {"nvidia.com/gpu": "1"},
    }
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] == 900
    assert "nodeSelector" not in pod
    assert {volume["name"] for volume in pod["volumes"]} == {"data", "shm"}


def test_a_server_with_everything_comes_after_its_secret_and_class() -> None:
    found = record_program(_EVERYTHING)
    deployment = only(found, ":Deployment")
    pod = deployment.inputs["spec"]["template"]["spec"]
    mounts = {mount["name"]: mount for mount in pod["containers"][0]["volumeMounts"]}

    assert set(deployment.depends_on) == {
        only(found, ":Secret").urn,
        only(found, ":ConfigMap").urn,
        only(found, ":ComputeClass").urn,
    }
    assert "replicas" not in deployment.inputs["spec"]
    assert mounts["weights"] == {"name": "weights", "mountPath": "/weights", "readOnly": True}
    autoscaler = _inputs(found, ":HorizontalPodAutoscaler")["spec"]
    assert autoscaler["maxReplicas"] == 3
    added = {"type": "Pods", "value": 4, "periodSeconds": 30}
    assert autoscaler["behavior"]["scaleUp"]["policies"] == [added]
    assert _inputs(found, ":ComputeClass")["metadata"]["name"] == "l4"


def test_a_pool_has_the_servers_labels_and_gives_its_name_to_objectives_and_gateway() -> None:
    found = record_program(_POOL)
    pool = only(found, ":Release")
    route = only(found, ":HTTPRoute")

    assert pool.inputs["values"]["inferencePool"] == {
        "targetPorts": [{"number": 8000}],
        "modelServers": {"matchLabels": {"app": "llama"}},
    }
    # Neither waits for the other: data flows, and both are made at once.
    assert pool.depends_on == ()
    assert _inputs(found, ":GCPBackendPolicy")["spec"]["default"]["timeoutSec"] == 300
    assert {
        one.inputs["metadata"]["name"]: one.inputs["spec"]["priority"]
        for one in of_type(found, ":InferenceObjective")
    } == {"interactive": 10, "batch": -1}
    for user in (route, *of_type(found, ":InferenceObjective")):
        assert pool.urn in user.depends_on
    gateway = _inputs(found, ":Gateway")["spec"]
    assert gateway["listeners"] == [{"name": "http", "protocol": "HTTP", "port": 80}]
    assert gateway["addresses"] == [{"type": "NamedAddress", "value": "models"}]
    assert route.inputs["spec"]["parentRefs"] == [{"name": "inference-gateway"}]
    assert found.outputs["gateway"] == "inference-gateway"
