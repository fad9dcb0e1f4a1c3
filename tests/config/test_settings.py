"""The models of the configuration: types, bounds and unknown keys, and nothing beyond them.

Everything goes through `Settings` as strict JSON, as the loader does it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from conftest import make_settings
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel
from schema_rows import bounds

from inference.config import Settings
from inference.config.problems import dotted, findings
from inference.config.section import Section
from inference.derive.names import bucket_name, cache_bucket_name, network_name

Sections = Mapping[str, Any]

_EXISTING: Final = {"mode": "existing", "context": "kind"}
_PYTHON: Final = re.compile(r"Tuple|Input|String|Value error|Extra inputs|after validation")
_LEAST_BOUNDS: Final = 200


def settings(sections: Sections) -> Settings:
    """The settings that a stack file with these sections gives."""
    return make_settings(sections)


def problems(sections: Sections) -> dict[str, str]:
    """What a user is told about these sections: path to message."""
    with pytest.raises(ValidationError) as caught:
        settings(sections)
    return {finding.path: finding.message for finding in findings(caught.value)}


def model(**keys: object) -> Sections:
    return {"models": [keys]}


def lora(**keys: object) -> Sections:
    return model(lora=keys)


def pool(**keys: object) -> Sections:
    return {"nodePools": [keys]}


def cluster(**keys: object) -> Sections:
    return {"cluster": keys}


def window(**keys: object) -> Sections:
    return cluster(maintenance={"window": keys})


def exclusion(end: str) -> Sections:
    one = {"name": "sale", "start": "2026-11-20T00:00:00Z", "end": end}
    return cluster(maintenance={"exclusions": [one]})


def gateway(**keys: object) -> Sections:
    return {"gateway": keys}


def network(**keys: object) -> Sections:
    return {"network": keys}


def proxies(cidr: str) -> Sections:
    return network(proxyOnlySubnet={"cidr": cidr})


def weights(**keys: object) -> Sections:
    return {"weights": {}, **model(weights=keys)}


def section_types(root: type[BaseModel] = Section) -> Iterator[type[BaseModel]]:
    """Every section of the configuration."""
    for section in root.__subclasses__():
        yield section
        yield from section_types(section)


def test_a_bound_refuses_what_is_beyond_it_alone() -> None:
    rows = list(bounds())

    assert len(rows) > _LEAST_BOUNDS
    for row in rows:
        # A number that is short for a mapping is told by its key there.
        keys = {dotted(row.path), f"{dotted(row.path)}.weight"}
        found = problems(row.sections(row.outside))
        assert len(found) == 1, row
        assert found.keys() < keys, row
        assert not any(_PYTHON.search(said) for said in found.values()), "it presumes Python"
        assert settings(row.sections(row.inside)), row


@pytest.mark.parametrize(
    ("sections", "at", "says"),
    [
        (
            pool(machineType="a3-highgpu-3g"),
            "nodePools[0].machineType",
            "did you mean `a3-highgpu-8g`",
        ),
        (
            pool(machineType="g2_standard_8"),
            "nodePools[0].machineType",
            "did you mean `g2-standard-8`",
        ),
        (
            pool(machineType="e2-standard-4"),
            "nodePools[0].machineType",
            "e2-standard-4 is not in the catalog; Known: ",
        ),
        (model(gpu={"accelerator": "tpu"}), "models[0].gpu.accelerator", "not in the catalog; "),
        (pool(zones=["us-central1-a"] * 2), "nodePools[0].zones", "us-central1-a is repeated"),
        (window(days=["SA", "SA"]), "cluster.maintenance.window.days", "SA is repeated"),
        (gateway(hostnames=["a.com", "a.com"]), "gateway.hostnames", "a.com is repeated"),
        (
            {"observability": {"alerts": {"channels": ["projects/p/notificationChannels/1"] * 2}}},
            "observability.alerts.channels",
            "is repeated",
        ),
        (model(gpu={"fallback": ["spot"] * 2}), "models[0].gpu.fallback", "spot is repeated"),
        (
            {"preflight": {"allow": [{"id": "a.b", "reason": "long enough"}] * 2}},
            "preflight",
            "lists an id twice",
        ),
        (pool(nodes=1, autoscaling={"max": 1}), "nodePools[0]", "not both"),
        (model(replicas=2, autoscaling={"max": 3}), "models[0]", "not both"),
        (weights(image="a@sha256:b", load="mount"), "models[0].weights", "ignored with `image`"),
        (
            weights(image="a", persistentVolumeClaim={"claimName": "b"}),
            "models[0].weights",
            "not both",
        ),
        (model(env={"A": 1}), "models[0].env.A", 'in quotes, as in `"1"`'),
        (model(env={"A": {"secret": "b"}}), "models[0].env.A", "must be text, or `{secret: NAME"),
        (model(env=[{"name": "A"}]), "models[0].env", "must be a mapping of names to values"),
        (network(vpc={}, subnetwork="nodes"), "network", "`subnetwork`: for an existing network"),
        (network(vpc={}, hostProject="host-project"), "network", "`hostProject`: for an existing"),
        (gateway(tls={"certificate": "a", "secret": "b"}), "gateway.tls", "presents only one"),
        (gateway(tls={"sslPolicy": "a", "profile": "modern"}), "gateway.tls", "would be ignored"),
        (gateway(cloudArmor={}), "gateway.cloudArmor", "neither a policy nor rules"),
        (
            gateway(cloudArmor={"policy": "a", "allow": ["10.0.0.0/8"]}),
            "gateway.cloudArmor",
            "has its own rules",
        ),
        (
            gateway(cloudArmor={"rateLimit": {"requests": 1, "seconds": 61}}),
            "gateway.cloudArmor.rateLimit.seconds",
            "not a Cloud Armor interval",
        ),
        (proxies("10.0.0.0/27"), "network.proxyOnlySubnet.cidr", "too small for a proxy-only"),
        (proxies("192.168.255.0/23"), "network.proxyOnlySubnet.cidr", "not an IPv4 range"),
        (proxies("fd00::/23"), "network.proxyOnlySubnet.cidr", "not an IPv4 range"),
        (proxies("192.168.254.0/255.255.254.0"), "network.proxyOnlySubnet.cidr", "written as"),
        (network(vpc={"nodes": "10.0.0.0/30"}), "network.vpc.nodes", "too small for a subnet"),
        (
            cluster(authorizedNetworks=[{"name": "a", "cidr": "10.0.0.1/8"}]),
            "cluster.authorizedNetworks[0].cidr",
            "not an IPv4 range",
        ),
        (
            exclusion("2026-13-02T00:00:00Z"),
            "cluster.maintenance.exclusions[0].end",
            "does not match format",
        ),
        (weights(path="a/../b"), "models[0].weights.path", "names with slashes between them"),
        (weights(path="a,uid=0"), "models[0].weights.path", "names with slashes between them"),
        ({"weights": {"bucket": "my.domain"}}, "weights.bucket", "as in my-weights"),
        ({"gcp": {"region": "us-central1-a"}}, "gcp:region", "a region, such as"),
        ({"labels": {"team": "Mine"}}, "labels.team", "lower-case"),
    ],
)
def test_a_type_refuses_what_it_cannot_hold(sections: Sections, at: str, says: str) -> None:
    found = problems(sections)

    assert list(found) == [at]
    assert says in found[at]
    assert not _PYTHON.search(found[at]), "the message presumes Python"


_TAKEN: Final[list[Sections]] = [
    pool(nodes=1),
    pool(autoscaling={"max": 1}),
    proxies("10.0.0.0/26"),
    network(name="mine", vpc={"nat": False}),
    weights(path="models/llama_3.1-8b/v2", load="mount"),
    window(days=["SA"], start="23:59Z", hours=24),
    exclusion("2026-12-02T00:00:00Z"),
    gateway(tls={"sslPolicy": "mine", "redirect": False}),
    gateway(cloudArmor={"policy": "mine"}),
    {"labels": {"team": "inference", "cost_centre": ""}},
    {"gcp": {"region": "europe-west4"}},
    # What the stack as a whole says of these is for preflight to judge.
    cluster(mode="existing"),
    {"nodePools": [{}, {}], **model(gpu={"count": 9, "capacity": "spot"})},
    gateway(defaultModel="no-such-model", healthCheck={"timeoutSeconds": 300}),
]


@pytest.mark.parametrize("sections", _TAKEN)
def test_what_has_the_right_types_is_taken_as_it_is_written(sections: Sections) -> None:
    written = settings(sections).model_dump(mode="json", by_alias=True, exclude_unset=True)

    taken: dict[str, Any] = {"models": [{}], **sections}
    assert written == {key: value for key, value in taken.items() if key != "gcp"}


@pytest.mark.parametrize(
    ("sections", "zones"),
    [
        ({"gcp": {"region": "us-east4"}}, [("us-east4-a",)]),
        (cluster(location="us-central1-c"), [("us-central1-a",)]),
        (pool(zones=["us-central1-c"]), [("us-central1-c",)]),
        ({"nodePools": []}, []),
        (cluster(mode="autopilot"), []),
        (cluster(**_EXISTING), []),
    ],
)
def test_a_standard_cluster_without_pools_gets_one_in_its_region(
    sections: Sections, zones: list[tuple[str, ...]]
) -> None:
    assert [pool.zones for pool in settings(sections).pools] == zones


def test_a_vpc_is_named_after_the_cluster_unless_it_has_a_name() -> None:
    made = {**network(vpc={}), **cluster(name="mine")}

    assert network_name(settings(made)) == "mine"
    assert network_name(settings(network(name="default", vpc={}))) == "default"
    assert network_name(settings(cluster(name="mine"))) == "default"


@pytest.mark.parametrize(
    ("bucket", "project", "name"),
    [
        ({}, "my-project", "my-project-inference-gateway-weights"),
        ({}, "example.com:mine-it", "example-com-mine-it-inference-gateway-weights"),
        ({"bucket": "mine"}, "my-project", "mine"),
    ],
)
def test_a_bucket_is_named_after_project_and_cluster_unless_it_has_a_name(
    bucket: Sections, project: str, name: str
) -> None:
    found = settings({"weights": bucket, "gcp": {"project": project}})
    assert (bucket_name(found), cache_bucket_name(found)) == (name, f"{name}-cache")


def test_keys_are_camel_case_in_yaml() -> None:
    fields = [item for section in section_types() for item in section.model_fields.items()]

    assert [(name, field.alias) for name, field in fields] == [(n, to_camel(n)) for n, _ in fields]


@pytest.mark.parametrize(
    ("sections", "at"),
    [
        (cluster(release_channel="rapid"), "cluster.release_channel"),
        (pool(machine_type="a3-highgpu-2g"), "nodePools[0].machine_type"),
        ({"gateway_release": "v1.0.0"}, "gateway_release"),
        ({"modles": []}, "modles"),
        (model(gpus=1), "models[0].gpus"),
        (lora(rank=8), "models[0].lora.rank"),
        (
            lora(adapters=[{"name": "a", "source": "a", "rank": 8}]),
            "models[0].lora.adapters[0].rank",
        ),
        (gateway(paths=[{"path": "/", "method": "GET"}]), "gateway.paths[0].method"),
        (network(proxyOnlySubnet={"name": "a"}), "network.proxyOnlySubnet.name"),
        ({"crds": {"url": "a"}}, "crds.url"),
    ],
)
def test_an_unknown_key_is_refused_where_it_stands(sections: Sections, at: str) -> None:
    found = problems(sections)

    assert list(found) == [at]
    assert found[at].startswith("unknown key")


@pytest.mark.parametrize(
    ("sections", "at"),
    [
        (model(replicas="3"), "models[0].replicas"),
        (model(replicas=3.0), "models[0].replicas"),
        (model(replicas=True), "models[0].replicas"),
        (model(gpuMemoryUtilization="0.9"), "models[0].gpuMemoryUtilization"),
        (model(model=3), "models[0].model"),
        (model(extraArgs="--seed=1"), "models[0].extraArgs"),
        (model(extraArgs=["--seed", 1]), "models[0].extraArgs[1]"),
        (gateway(wait="false"), "gateway.wait"),
        (gateway(wait=0), "gateway.wait"),
        (cluster(deletionProtection="true"), "cluster.deletionProtection"),
        ({"models": {"name": "llama"}}, "models"),
        ({"cluster": []}, "cluster"),
    ],
)
def test_a_value_of_another_type_is_not_converted(sections: Sections, at: str) -> None:
    assert list(problems(sections)) == [at]


def test_settings_cannot_be_changed() -> None:
    frozen = settings({})

    with pytest.raises(ValidationError, match="frozen"):
        frozen.namespace = "other"  # pyrefly: ignore[read-only]
    with pytest.raises(ValidationError, match="frozen"):
        frozen.models[0].gpu.count = 2  # pyrefly: ignore[read-only]


def test_every_section_is_frozen_and_hides_values_in_errors() -> None:
    configs = [section.model_config for section in section_types()]

    assert len(configs) > 10
    assert all(config.get("frozen") for config in configs)
    assert all(config.get("hide_input_in_errors") for config in configs)


def test_an_error_does_not_show_the_refused_value() -> None:
    with pytest.raises(ValidationError) as caught:
        settings({"huggingFaceSecret": {"name": "hf_pasted_by_mistake"}})

    assert "hf_pasted_by_mistake" not in str(caught.value)
