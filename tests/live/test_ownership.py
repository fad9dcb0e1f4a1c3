"""Whose a resource is, by table."""

import pytest
from conftest import make_settings

from inference.live.ownership import Owner, ownership

_STACK, _PERHAPS, _OTHERS = Owner.STACK, Owner.PERHAPS, Owner.OTHERS
_LABELS = {"pulumi-project": "gke-inference-gateway", "pulumi-stack": "mine"}
_SETTINGS = make_settings(
    {
        "cluster": {"name": "ours"},
        "namespace": "inference-models",
        "models": [{"name": "llama3-8b"}],
    }
)
_EXISTING = make_settings(
    {
        "cluster": {"mode": "existing", "context": "gke"},
        "namespace": "inference-models",
        "models": [{"name": "llama3-8b"}],
    }
)
_GATEWAY = "gkegw1-ab12-inference-models-inference-gateway-x1y2z3"
_POOL = "gkegw1-ab12-inference-mo-llama3-8-54321-x1y2z3"
_FOREIGN = "gkegw1-ab12-shop-checkout-8080-x1y2z3"


@pytest.mark.parametrize(
    ("name", "labels", "alone", "beside_another"),
    [
        ("anything", _LABELS, _STACK, _STACK),
        ("anything", {**_LABELS, "pulumi-stack": "other"}, _OTHERS, _OTHERS),
        ("anything", {"pulumi-stack": "mine"}, _OTHERS, _OTHERS),
        ("anything", {}, _OTHERS, _OTHERS),
        ("pvc-1", {"goog-k8s-cluster-name": "ours"}, _STACK, _STACK),
        ("pvc-1", {"goog-k8s-cluster-name": "theirs"}, _OTHERS, _OTHERS),
        ("pvc-1", {}, _STACK, _OTHERS),
        ("gke-ours-gpupool-ab12-x", {}, _STACK, _STACK),
        ("gk3-ours-pool-1-ab12-x", {}, _STACK, _STACK),
        ("gke-ours-too-gpupool-ab12-x", {}, _STACK, _OTHERS),
        ("gke-theirs-gpupool-ab12-x", {}, _OTHERS, _OTHERS),
        (_GATEWAY, {}, _STACK, _PERHAPS),
        (_POOL, {}, _STACK, _PERHAPS),
        ("k8s1-ab12cd34-inference-models-llama3-8b-epp-9002-x1y2", {}, _STACK, _PERHAPS),
        (_FOREIGN, {}, _STACK, _OTHERS),
        ("gkegw1-too-long-a-hash-inference-models-llama3-8b", {}, _OTHERS, _OTHERS),
    ],
)
def test_a_resource_is_the_stacks_by_label_or_by_a_name_that_no_other_can_have(
    *, name: str, labels: dict[str, str], alone: Owner, beside_another: Owner
) -> None:
    assert ownership("mine", _SETTINGS, ()).of(name, labels) is alone
    assert ownership("mine", _SETTINGS, ("ours",)).of(name, labels) is alone
    others = ("ours", "ours-too")
    assert ownership("mine", _SETTINGS, others).of(name, labels) is beside_another


@pytest.mark.parametrize(
    ("clusters", "gateway", "foreign"),
    [
        (("theirs",), _STACK, _OTHERS),
        (("theirs", "another"), _PERHAPS, _OTHERS),
        ((), _STACK, _OTHERS),
    ],
)
def test_what_others_run_in_an_existing_cluster_is_never_the_stacks(
    clusters: tuple[str, ...], gateway: Owner, foreign: Owner
) -> None:
    found = ownership("mine", _EXISTING, clusters)
    assert found.of(_GATEWAY, {}) is gateway
    assert found.of(_FOREIGN, {}) is foreign
    assert found.of("gke-theirs-gpupool-ab12-x", {}) is _OTHERS
    assert found.of("pvc-1", {}) is _OTHERS
