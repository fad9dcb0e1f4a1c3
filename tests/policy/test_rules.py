"""The policy pack's rules by table: what each lets pass and what it refuses."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest
from conftest import run_of

from inference.config.stack_file import ROOT, read_stack
from rules import RESOURCE_RULES, STACK_RULES
from rules.rule import UNKNOWN, Resource, part

_EXTERNAL: Final = "gke-l7-regional-external-managed"
_DIGEST: Final = f"sha256:{'0' * 64}"
_HF: Final = "hf_" + "A1b2" * 6
_GPU: Final = {"resources": {"limits": {"nvidia.com/gpu": "1"}}}
_RULES: Final = {rule.name: rule for rule in (*RESOURCE_RULES, *STACK_RULES)}


def resource(
    type_: str, inputs: Mapping[str, Any], *, stack: str = "staging", tag: str | None = None
) -> Resource:
    """A resource of a stack, whose tag says its environment when there is one."""
    return Resource(
        urn=f"urn:pulumi:{stack}::project::{type_}::one",
        type=type_,
        name="one",
        inputs=inputs,
        tags={} if tag is None else {"environment": tag},
    )


def gateway(
    class_name: str = _EXTERNAL,
    protocols: tuple[str, ...] = ("HTTP",),
    *,
    stack: str = "staging",
    tag: str | None = None,
) -> Resource:
    """A Gateway with a listener for each protocol."""
    listeners = [{"name": p.lower(), "protocol": p} for p in protocols]
    spec = {"gatewayClassName": class_name, "listeners": listeners}
    type_ = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
    return resource(type_, {"kind": "Gateway", "spec": spec}, stack=stack, tag=tag)


def service(*, annotation: str | None = None, stack: str = "staging", **spec: Any) -> Resource:  # noqa: ANN401 any JSON
    """A Service with a load balancer, on port 80 unless another is given."""
    inputs = {
        "kind": "Service",
        "metadata": {"annotations": {annotation: "Internal"} if annotation else {}},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}], **spec},
    }
    return resource("kubernetes:core/v1:Service", inputs, stack=stack)


def ingress(
    class_name: str | None = None,
    http: str | None = None,
    redirect: str | None = None,
    **spec: Any,  # noqa: ANN401 any JSON
) -> Resource:
    """An Ingress, of GKE's class unless another is given."""
    annotations = {
        "kubernetes.io/ingress.class": class_name,
        "kubernetes.io/ingress.allow-http": http,
        "networking.gke.io/v1beta1.FrontendConfig": redirect,
    }
    inputs = {"kind": "Ingress", "metadata": {"annotations": annotations}, "spec": spec}
    return resource("kubernetes:networking.k8s.io/v1:Ingress", inputs)


def deployment(
    container: Mapping[str, Any],
    *,
    grace: Any = 130,  # noqa: ANN401 any JSON
    weights: str | None = None,
    accelerator: str | None = None,
) -> Resource:
    """A Deployment of one container, with weights from an image and on a GPU where named."""
    spec: dict[str, Any] = {
        "containers": [{"name": "vllm", "image": "vllm:v1", **container}],
        "terminationGracePeriodSeconds": grace,
    }
    if weights is not None:
        spec["volumes"] = [{"name": "weights", "image": {"reference": weights}}]
    if accelerator is not None:
        spec["nodeSelector"] = {"cloud.google.com/gke-accelerator": accelerator}
    template = {"metadata": {"labels": {"app": "llama"}}, "spec": spec}
    inputs = {"kind": "Deployment", "metadata": {"name": "one"}, "spec": {"template": template}}
    return resource("kubernetes:apps/v1:Deployment", inputs)


def draining(*arguments: str) -> Resource:
    """A Deployment with a GPU whose server has these arguments."""
    return deployment({**_GPU, "args": list(arguments)})


def selecting(accelerator: str) -> Resource:
    """A Deployment for which Autopilot makes nodes."""
    return deployment(_GPU, accelerator=accelerator)


def compute_class() -> Resource:
    """A ComputeClass with an accelerator, then a machine."""
    priorities = [{"gpu": {"type": "nvidia-b200"}}, {"machineType": "a4-highgpu-8g"}]
    inputs = {"kind": "ComputeClass", "spec": {"priorities": priorities}}
    return resource("kubernetes:cloud.google.com/v1:ComputeClass", inputs)


def release(**inputs: Any) -> Resource:  # noqa: ANN401 any JSON
    """A Helm release."""
    return resource("kubernetes:helm.sh/v3:Release", inputs)


def cluster(*, stack: str = "staging", tag: str | None = None, **inputs: Any) -> Resource:  # noqa: ANN401 any JSON
    """A cluster."""
    return resource("gcp:container/cluster:Cluster", inputs, stack=stack, tag=tag)


def pool(machine: str = "a3-highgpu-2g", zones: tuple[str, ...] = ("us-central1-a",)) -> Resource:
    """A node pool."""
    inputs = {"nodeConfig": {"machineType": machine}, "nodeLocations": list(zones)}
    return resource("gcp:container/nodePool:NodePool", inputs)


def config_map(text: str, *, kind: str = "ConfigMap") -> Resource:
    """An object that holds a text."""
    return resource(f"kubernetes:core/v1:{kind}", {"kind": kind, "data": {"key": text}})


def provider(labels: object) -> Resource:
    """A provider of Google Cloud with default labels."""
    return resource("pulumi:providers:gcp", {"defaultLabels": labels})


def labelled(*labels: str) -> Resource:
    """A ConfigMap with labels."""
    metadata = {"labels": dict.fromkeys(labels, "value")}
    return resource("kubernetes:core/v1:ConfigMap", {"kind": "ConfigMap", "metadata": metadata})


def env(name: str, **value: object) -> Resource:
    """A Deployment with an environment variable."""
    return deployment({"env": [{"name": name, **value}]})


_REGIONS: Final = {"regions": ["us-central1"]}
_MACHINES: Final = {"machineTypes": ["a3-highgpu-*", "e2-*"]}
_L4: Final = {"accelerators": ["nvidia-l4"]}
_BOTH: Final = ("app.kubernetes.io/managed-by", "app.kubernetes.io/part-of")

_PASSES: Final[list[tuple[str, Resource, dict[str, Any]]]] = [
    ("no-public-http", gateway(protocols=("HTTPS",)), {}),
    # The listener in clear text sends clients to the other.
    ("no-public-http", gateway(protocols=("HTTPS", "HTTP")), {}),
    ("no-public-http", gateway("gke-l7-rilb"), {}),
    ("no-public-http", gateway("istio"), {}),
    ("no-public-http", gateway(stack="dev"), {}),
    ("no-public-http", gateway(stack="review-7"), {"developmentStacks": ["review-*"]}),
    ("no-public-http", gateway(stack="anything", tag="development"), {}),
    ("no-public-http", gateway(protocols=(UNKNOWN,)), {}),
    ("no-public-http", service(annotation="networking.gke.io/load-balancer-type"), {}),
    ("no-public-http", service(annotation="cloud.google.com/load-balancer-type"), {}),
    ("no-public-http", service(loadBalancerClass="networking.gke.io/l4-regional-internal"), {}),
    ("no-public-http", service(type="ClusterIP"), {}),
    ("no-public-http", service(stack="dev"), {}),
    ("no-public-http", service(ports=[{"port": 443}, {"port": 9, "protocol": "UDP"}]), {}),
    ("no-public-http", service(ports=[{"port": 8443, "appProtocol": "HTTPS"}]), {}),
    ("no-public-http", service(ports=[{"port": UNKNOWN}]), {}),
    ("no-public-http", service(ports=[{"port": 80, "appProtocol": UNKNOWN}]), {}),
    ("no-public-http", service(ports=[{"port": 8443, "appProtocol": "kubernetes.io/wss"}]), {}),
    ("no-public-http", service(ports=[{"port": 50051, "name": "tls-grpc"}, {"port": 22}]), {}),
    ("no-public-http", service(loadBalancerClass="tailscale"), {}),
    ("no-public-http", replace(service(), inputs={**service().inputs, "metadata": UNKNOWN}), {}),
    ("no-public-http", ingress("gce-internal"), {}),
    ("no-public-http", ingress(ingressClassName="nginx"), {}),
    ("no-public-http", ingress("gce", "false"), {}),
    ("no-public-http", ingress("gce", redirect="to-https"), {}),
    ("pinned-images", deployment({"image": "host:5000/vllm:v0.32.0"}), {}),
    ("pinned-images", deployment({"image": f"vllm@{_DIGEST}"}), {"requireDigests": True}),
    ("pinned-images", deployment({"image": UNKNOWN}), {"requireDigests": True}),
    ("pinned-images", release(chart="oci://host/chart", version="v1.0.0"), {}),
    ("pinned-images", release(chart=f"oci://host/chart:v1@{_DIGEST}"), {}),
    ("pinned-images", release(chart="./charts/crds", values={"image": {"tag": "v1"}}), {}),
    ("no-plaintext-secret", config_map("hf_xet is a library"), {}),
    ("no-plaintext-secret", config_map(_HF, kind="Secret"), {}),
    ("no-plaintext-secret", env("HF_TOKEN", valueFrom={"secretKeyRef": {"name": "s"}}), {}),
    ("no-plaintext-secret", env("MAX_TOKENS", value="4096"), {}),
    ("no-plaintext-secret", deployment({"args": ["--api-key=$(KEY)", "--max-tokens=4"]}), {}),
    ("no-plaintext-secret", deployment({"args": ["--token", "$(KEY)"]}), {}),
    ("no-plaintext-secret", env("HF_TOKEN", value=UNKNOWN), {}),
    ("deletion-protection", cluster(stack="prod", deletionProtection=True), {}),
    ("deletion-protection", cluster(deletionProtection=False), {}),
    ("deletion-protection", cluster(stack="production-like", tag="development"), {}),
    ("labels", labelled(*_BOTH), {}),
    ("labels", provider('{"pulumi-project": "a", "pulumi-stack": "b"}'), {}),
    ("labels", provider({"team": "ml"}), {"googleCloud": ["team"]}),
    ("labels", provider(UNKNOWN), {}),
    ("allowed-regions", cluster(location="europe-west4"), {}),
    ("allowed-regions", cluster(location="us-central1-a"), _REGIONS),
    # As buckets have it.
    ("allowed-regions", cluster(location="US-CENTRAL1"), _REGIONS),
    ("allowed-regions", cluster(location="global"), _REGIONS),
    ("allowed-regions", pool(), _REGIONS),
    ("allowed-machine-types", pool("a4-highgpu-8g"), {}),
    ("allowed-machine-types", pool(), _MACHINES),
    ("allowed-machine-types", selecting("nvidia-l4"), _L4),
    ("allowed-machine-types", cluster(location="us-central1"), _MACHINES),
    ("gpu-grace-period", deployment({}, grace=None), {}),
    ("gpu-grace-period", deployment(_GPU), {}),
    ("gpu-grace-period", deployment(_GPU, grace=UNKNOWN), {}),
    ("gpu-grace-period", deployment(_GPU, grace=5), {"leastSeconds": 5}),
    ("gpu-grace-period", draining("--shutdown-timeout=0", "--shutdown-timeout=97"), {}),
]

_REFUSED: Final[list[tuple[str, Resource, dict[str, Any], str]]] = [
    ("no-public-http", gateway(), {}, "listener http uses HTTP on the internet"),
    ("no-public-http", gateway("gke-l7-gxlb"), {}, "listener http uses HTTP on the internet"),
    ("no-public-http", gateway(stack="dev", tag="production"), {}, "listener http"),
    ("no-public-http", gateway(stack="dev"), {"developmentStacks": []}, "listener http"),
    ("no-public-http", service(), {}, "port 80 of the Service serves HTTP without TLS on the"),
    ("no-public-http", service(ports=[{"port": 443}, {"port": 8000}]), {}, "port 8000 of the"),
    ("no-public-http", service(ports=[{"port": 443, "appProtocol": "http"}]), {}, "port 443 of"),
    ("no-public-http", service(ports=[{"port": 9, "name": "http-web"}]), {}, "port 9 of the"),
    (
        "no-public-http",
        service(loadBalancerClass="networking.gke.io/l4-regional-external"),
        {},
        "set annotation networking.gke.io/load-balancer-type: Internal",
    ),
    ("no-public-http", ingress(), {}, "the Ingress listens on HTTP on the internet"),
    # A certificate adds port 443, and takes port 80 from no one.
    ("no-public-http", ingress("gce", tls=[{"secretName": "tls"}]), {}, "allow-http: 'false'"),
    ("pinned-images", deployment({"image": "vllm/vllm-openai"}), {}, "can change"),
    ("pinned-images", deployment({"image": "vllm:latest"}), {}, "image vllm:latest can change"),
    ("pinned-images", deployment({"image": "host:5000/vllm"}), {}, "can change"),
    ("pinned-images", deployment({"image": "vllm:nightly"}), {}, "can change"),
    ("pinned-images", deployment({"image": "vllm:nightly-x86_64"}), {}, "can change"),
    ("pinned-images", deployment({"image": "vllm:cu130-Latest"}), {}, "can change"),
    ("pinned-images", deployment({"image": "vllm@sha256:abc"}), {}, "has an invalid digest"),
    ("pinned-images", deployment({"image": f"vllm@{_DIGEST}0"}), {}, "has an invalid digest"),
    ("pinned-images", deployment({}, weights="host/weights:latest"), {}, "weights:latest can"),
    ("pinned-images", deployment({}, weights="host/weights"), {}, "can change"),
    ("pinned-images", release(chart="oci://host/chart@sha256:abc"), {}, "has no version"),
    ("pinned-images", deployment({"image": "vllm:v1"}), {"requireDigests": True}, "no digest"),
    ("pinned-images", release(chart="oci://host/chart"), {}, "chart oci://host/chart has no"),
    (
        "pinned-images",
        release(chart="a", values={"x": [{"image": {"name": "epp", "tag": "main"}}]}),
        {},
        "image epp:main can change",
    ),
    ("no-plaintext-secret", config_map(f"token: {_HF}"), {}, "data.key holds a Hugging Face"),
    ("no-plaintext-secret", deployment({"args": [f"--key={_HF}"]}), {}, "args[0] holds"),
    (
        "no-plaintext-secret",
        release(values={"k": "-----BEGIN RSA PRIVATE KEY-----"}),
        {},
        "values.k holds a private key",
    ),
    ("no-plaintext-secret", env("VLLM_API_KEY", value="abc"), {}, "variable VLLM_API_KEY of"),
    ("no-plaintext-secret", deployment({"args": ["--api-key=abc"]}), {}, "argument --api-key of"),
    ("no-plaintext-secret", deployment({"args": ["--hf_token", "abc"]}), {}, "argument --hf_token"),
    ("deletion-protection", cluster(stack="prod", deletionProtection=False), {}, "protection"),
    ("deletion-protection", cluster(tag="production"), {}, "no deletion protection"),
    # A tag takes no protection away from a stack that is named as production.
    ("deletion-protection", cluster(stack="prod", tag="development"), {}, "no deletion"),
    ("labels", labelled(_BOTH[0]), {}, "no label app.kubernetes.io/part-of"),
    ("labels", provider("null"), {}, "no label pulumi-project, pulumi-stack"),
    ("labels", provider("{}"), {}, "no label pulumi-project, pulumi-stack"),
    ("labels", labelled(*_BOTH), {"kubernetes": ["team"]}, "no label team"),
    ("allowed-regions", cluster(location="europe-west4"), _REGIONS, "europe-west4 is not"),
    ("allowed-regions", cluster(location="EUROPE-WEST4"), _REGIONS, "EUROPE-WEST4 is not"),
    ("allowed-regions", pool(zones=("us-east4-a",)), _REGIONS, "us-east4-a is not in"),
    ("allowed-machine-types", pool("a4-highgpu-8g"), _MACHINES, "a4-highgpu-8g is not allowed"),
    ("allowed-machine-types", selecting("nvidia-h100-80gb"), _L4, "nvidia-h100-80gb is not"),
    ("allowed-machine-types", compute_class(), _L4, "accelerator nvidia-b200 is not allowed"),
    ("allowed-machine-types", compute_class(), _MACHINES, "machine type a4-highgpu-8g is not"),
    ("gpu-grace-period", deployment(_GPU, grace=30), {}, "grace period of 30 s, below 60"),
    ("gpu-grace-period", draining("--shutdown-timeout=0"), {}, "shutdown timeout of 0"),
    ("gpu-grace-period", draining("--shutdown-timeout=9", "--shutdown_timeout", "0"), {}, "of 0"),
    ("gpu-grace-period", deployment(_GPU, grace=None), {}, "30 (the default) s"),
]


def judge(name: str, judged: Resource, config: Mapping[str, Any]) -> list[str]:
    """What one rule says of a resource."""
    rule = next(rule for rule in RESOURCE_RULES if rule.name == name)
    assert config.keys() <= rule.schema.keys()
    return list(rule.check(judged, {**rule.defaults, **config}))


@pytest.mark.parametrize(("name", "judged", "config"), _PASSES)
def test_passes(name: str, judged: Resource, config: dict[str, Any]) -> None:
    assert judge(name, judged, config) == []


@pytest.mark.parametrize(("name", "judged", "config", "says"), _REFUSED)
def test_refused(name: str, judged: Resource, config: dict[str, Any], says: str) -> None:
    messages = judge(name, judged, config)

    assert len(messages) == 1
    assert says in messages[0]


def test_every_rule_both_passes_and_refuses() -> None:
    names = {rule.name for rule in RESOURCE_RULES}

    assert {case[0] for case in _PASSES} == names
    assert {case[0] for case in _REFUSED} == names


def test_no_message_holds_a_credential() -> None:
    for name, judged, config, _ in _REFUSED:
        assert all(_HF not in message for message in judge(name, judged, config))


def budget(namespace: str = "default", **labels: str) -> Resource:
    """A disruption budget for Pods with labels."""
    spec = {"selector": {"matchLabels": labels}}
    metadata = {"name": "one", "namespace": namespace}
    inputs = {"kind": "PodDisruptionBudget", "metadata": metadata, "spec": spec}
    return resource("kubernetes:policy/v1:PodDisruptionBudget", inputs)


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        ([deployment({})], []),
        ([deployment(_GPU), budget(app="llama")], []),
        ([deployment(_GPU)], ["no PodDisruptionBudget"]),
        ([deployment(_GPU), budget(app="qwen")], ["no PodDisruptionBudget"]),
        ([deployment(_GPU), budget("other", app="llama")], ["no PodDisruptionBudget"]),
    ],
)
def test_gpu_workloads_have_a_budget(resources: list[Resource], says: list[str]) -> None:
    rule = next(rule for rule in STACK_RULES if rule.name == "gpu-disruption-budget")
    found = list(rule.check(resources, rule.defaults))

    assert len(found) == len(says)
    for (urn, message), words in zip(found, says, strict=True):
        assert urn == resources[0].urn
        assert words in message


_BACKEND: Final[dict[str, Any]] = {"backendRefs": [{"name": "llama"}]}
_TO_HTTPS: Final[dict[str, Any]] = {"filters": [{"type": "RequestRedirect"}]}


def route(rule: Mapping[str, Any], section: str | None = None, parent: str = "gw") -> Resource:
    """A route with one rule, at one listener of a Gateway or at all of them."""
    reference = {"name": parent, **({"sectionName": section} if section else {})}
    spec = {"parentRefs": [reference], "rules": [rule]}
    type_ = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
    return resource(type_, {"kind": "HTTPRoute", "spec": spec})


def named(judged: Resource, name: str = "gw") -> Resource:
    """A Gateway with a name."""
    inputs = {**judged.inputs, "metadata": {"name": name}}
    return Resource(
        urn=judged.urn, type=judged.type, name=judged.name, inputs=inputs, tags=judged.tags
    )


_BOTH_PROTOCOLS: Final = ("HTTPS", "HTTP")


@pytest.mark.parametrize(
    ("judged", "attached", "refused"),
    [
        (gateway(protocols=_BOTH_PROTOCOLS), route(_BACKEND, "https"), False),
        (gateway(protocols=_BOTH_PROTOCOLS), route(_TO_HTTPS, "http"), False),
        (gateway(protocols=_BOTH_PROTOCOLS), route(_BACKEND, "http"), True),
        # Without a listener's name it is attached to both.
        (gateway(protocols=_BOTH_PROTOCOLS), route(_BACKEND), True),
        (gateway(protocols=_BOTH_PROTOCOLS), route(_BACKEND, "http", "another"), False),
        (gateway(protocols=_BOTH_PROTOCOLS, stack="dev"), route(_BACKEND, "http"), False),
        (gateway("gke-l7-rilb", _BOTH_PROTOCOLS), route(_BACKEND, "http"), False),
        (gateway(protocols=("HTTPS",)), route(_BACKEND), False),
        # All in clear text: the rule of single Gateways says so.
        (gateway(), route(_BACKEND), False),
    ],
)
def test_beside_https_a_listener_in_clear_text_only_redirects(
    *, judged: Resource, attached: Resource, refused: bool
) -> None:
    rule = next(rule for rule in STACK_RULES if rule.name == "redirect-only")
    found = list(rule.check([named(judged), attached], rule.defaults))

    assert [urn for urn, _ in found] == ([attached.urn] if refused else [])
    assert all("is served at listener http of gw" in message for _, message in found)


def test_a_gateway_whose_name_is_not_known_yet_is_judged_by_the_update() -> None:
    rule = next(rule for rule in STACK_RULES if rule.name == "redirect-only")
    judged = named(gateway(protocols=_BOTH_PROTOCOLS), UNKNOWN)
    assert list(rule.check([judged, route(_BACKEND, parent=UNKNOWN)], rule.defaults)) == []


def test_stack_prod_only_redirects_in_clear_text() -> None:
    rule = next(rule for rule in STACK_RULES if rule.name == "redirect-only")
    resources = planned("prod")
    assert {part(r.inputs, "metadata", "name") for r in resources if r.kind == "HTTPRoute"} == {
        "inference-gateway",
        "inference-gateway-redirect",
    }
    assert list(rule.check(resources, rule.defaults)) == []


@cache
def planned(stack: str) -> list[Resource]:
    """The resources of a committed stack."""
    found = run_of(read_stack(stack))
    return [
        Resource(urn=r.urn, type=r.type, name=r.name, inputs=r.inputs)
        for r in found.resources
        if not r.read
    ]


@pytest.mark.parametrize("stack", ["dev", "autopilot"])
def test_a_committed_stack_keeps_every_rule(stack: str) -> None:
    resources = planned(stack)
    config = {"developmentStacks": ["dev", "autopilot"]}
    for rule in RESOURCE_RULES:
        settings = {**rule.defaults, **(config if rule.name == "no-public-http" else {})}
        for one in resources:
            assert list(rule.check(one, settings)) == [], f"{rule.name} {one.name}"
    for rule in STACK_RULES:
        assert list(rule.check(resources, rule.defaults)) == []


def test_the_example_configures_rules_that_exist() -> None:
    example = json.loads((ROOT / "policy" / "policy-config.example.json").read_text("utf-8"))

    assert example.keys() <= _RULES.keys()
    for name, config in example.items():
        if isinstance(config, dict):
            assert config.keys() <= _RULES[name].schema.keys()


def test_the_page_of_policies_names_every_rule_and_its_configuration() -> None:
    page = (ROOT / "docs" / "policy.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+)` \| .+ \| (.*)\|$", page, re.MULTILINE))

    assert rows.keys() == _RULES.keys()
    for name, rule in _RULES.items():
        assert re.findall(r"`(\w+)`", rows[name]) == list(rule.schema)
