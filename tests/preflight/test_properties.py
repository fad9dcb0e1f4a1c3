"""Whatever the models of the configuration accept, preflight answers with findings alone."""

import json
import shlex
from collections.abc import Mapping
from copy import deepcopy
from time import perf_counter
from typing import Any, Final

import pytest
from conftest import make_settings, stack_file
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from inference.catalog.machines import ACCELERATORS, MACHINES, Capacity
from inference.catalog.models import MODELS
from inference.catalog.releases import POOL_CRD, RELEASES
from inference.catalog.vllm import LORA_RANKS
from inference.config import Configuration, Finding, RefusedError, Settings, Severity
from inference.derive.replacing import replacing_values
from inference.offline.runner import run_program
from inference.preflight import check, replacement
from inference.preflight.check import CHECKS

Raw = dict[str, Any]
Values = Mapping[str, Any]
_PLACES: Final = frozenset({"capacity.gpus", "capacity.fragmented", "capacity.downtime"})
_REGIONS: Final = ("us-central1", "us-east1", "europe-west8")
_DIGEST: Final = f"sha256:{'0' * 64}"


def _section(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Raw]:
    """A mapping in which every key may be missing."""
    return st.fixed_dictionaries({}, optional=keys)


_MOST: Final = 10**7
"""The largest count that a stack file may have."""
_SIZES: Final = st.one_of(st.integers(1, 8), st.just(_MOST))
_LORA: Final = _section(
    maxLoras=st.integers(1, 40),
    maxCpuLoras=st.one_of(st.integers(1, 400), st.just(_MOST)),
    maxRank=st.one_of(st.sampled_from(LORA_RANKS), _SIZES),
    specializeCudagraphs=st.booleans(),
    retired=st.lists(st.sampled_from(["old", "older"]), max_size=2),
)
_IMAGES: Final = st.sampled_from(
    [
        "",
        "vllm/vllm-openai",
        "vllm/vllm-openai:latest",
        "vllm/vllm-openai:v0.9.2",
        "vllm/vllm-openai:v0.33.0",
        f"vllm/vllm-openai@{_DIGEST}",
        "registry.example:5000/vllm:nightly",
    ]
)
_ARGUMENTS: Final = st.lists(
    st.sampled_from(
        [
            "--compilation-config",
            "--compilation-config=3",
            "3",
            "-O",
            "²",
            "",
            "--disable_log_requests",
            "--no-shutdown-timeout=3",
        ]
    ),
    max_size=3,
)
_NAMES: Final = ("llama", "a", "vllm-llama3.1-8b", "8b", "m" * 40)
_GATEWAY: Final = _section(
    name=st.sampled_from(["mine", "inference-gateway"]),
    className=st.sampled_from(
        ["gke-l7-regional-external-managed", "gke-l7-rilb", "gke-l7-gxlb", "istio"]
    ),
    provider=st.sampled_from(["none", "istio"]),
    wait=st.booleans(),
    routing=st.sampled_from(["header", "path"]),
    paths=st.lists(
        st.fixed_dictionaries(
            {"path": st.sampled_from(["/", "/v1", "/v1/", "/v1/models", "/metrics", "//", "/ü"])},
            optional={"match": st.sampled_from(["Exact", "PathPrefix"])},
        ),
        min_size=1,
        max_size=4,
    ),
    timeoutSeconds=_SIZES,
    requestLog=_section(enabled=st.booleans(), sampleRate=st.sampled_from([0, 1, 1_000_000])),
)
_NETWORK: Final = _section(
    name=st.sampled_from(["default", "mine"]),
    subnetwork=st.just("nodes"),
    proxyOnlySubnet=_section(
        create=st.booleans(),
        cidr=st.sampled_from(
            ["10.0.0.64/26", "10.128.0.0/9", "10.129.0.0/23", "0.0.0.0/0", "192.168.254.0/23"]
        ),
    ),
    address=st.just("reserved"),
)
_ALLOW: Final = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["capacity.gpus", "network.public-http", "no.such-check"]),
            "reason": st.just("known and accepted"),
        }
    ),
    max_size=2,
)


@st.composite
def _pool(draw: st.DrawFn, index: int, region: str) -> Raw:
    """A node pool; most machines are small, so that GPUs run short."""
    few = ("a2-highgpu-1g", "a2-highgpu-2g", "a2-highgpu-4g", "a3-highgpu-2g", "g2-standard-4")
    zones = draw(st.lists(st.sampled_from("abf"), min_size=1, max_size=2, unique=True))
    pool: Raw = {
        "name": f"pool-{index}",
        "machineType": draw(st.one_of(st.sampled_from(few), st.sampled_from(sorted(MACHINES)))),
        "zones": [f"{region}-{zone}" for zone in zones],
        "capacity": draw(st.sampled_from(Capacity)).value,
    }
    if pool["capacity"] == "reservation":
        pool["reservation"] = "mine"
    if pool["capacity"] == "flexStart" or draw(st.booleans()):
        most = draw(st.integers(1, 6))
        pool["autoscaling"] = {"min": draw(st.integers(0, most)), "max": most}
    elif draw(st.booleans()):
        pool["nodes"] = draw(st.integers(1, 6))
    return pool | draw(_section(diskSizeGb=st.integers(50, 5000)))


@st.composite
def _model(draw: st.DrawFn, index: int, accelerators: tuple[str, ...], *, autopilot: bool) -> Raw:
    gpu: Raw = {
        "accelerator": draw(st.sampled_from(accelerators)),
        "count": draw(st.integers(1, 8)),
    }
    if autopilot and draw(st.booleans()):
        gpu["capacity"] = "spot"
    model: Raw = {
        "name": _NAMES[index],
        "servedName": f"served {index}",
        "gpu": gpu,
        "replicas": draw(st.one_of(st.just(1), st.integers(1, 6))),
    }
    optional = _section(
        model=st.one_of(st.sampled_from(sorted(MODELS)), st.just("owner/unknown")),
        lora=_LORA,
        concurrency=_SIZES,
        maxModelLen=st.one_of(st.integers(1, 10**6), st.just(_MOST)),
        gpuMemoryUtilization=st.floats(0.001, 1),
        parametersBillion=st.floats(0.001, 2000),
        extraArgs=_ARGUMENTS,
        image=_IMAGES,
        port=st.integers(1024, 65535),
    )
    model |= draw(optional)
    if "lora" in model and draw(st.booleans()):
        names = [f"adapter.{index}-{number}" for number in range(draw(st.integers(1, 14)))]
        model["lora"]["adapters"] = [{"name": name, "source": "owner/it"} for name in names]
    if draw(st.booleans()):
        model["objectives"] = [{"name": f"objective-{index}", "priority": draw(st.integers(-9, 9))}]
    return model


@st.composite
def _stacks(draw: st.DrawFn, *, pools: bool = False) -> Raw:
    """A stack as its file says it, mostly one that is accepted; with node pools where asked for."""
    modes = ["standard"] if pools else ["standard", "standard", "autopilot", "existing"]
    mode = draw(st.sampled_from(modes))
    region = draw(st.sampled_from(_REGIONS))
    cluster: Raw = {"mode": mode}
    if mode == "existing":
        cluster |= {"context": "mine", "autopilot": draw(st.booleans())}
    else:
        cluster |= draw(_section(releaseChannel=st.sampled_from(["rapid", "stable"])))
    raw: Raw = {"cluster": cluster, "gcp": {"region": region}}
    accelerators = tuple(sorted(ACCELERATORS))
    if pools or (mode == "standard" and draw(st.integers(0, 5))):
        number = draw(st.integers(int(pools), 3))
        raw["nodePools"] = [draw(_pool(index, region)) for index in range(number)]
        machines = {MACHINES[pool["machineType"]] for pool in raw["nodePools"]}
        accelerators = tuple(sorted({m.accelerator.name for m in machines})) or accelerators
    autopilot = mode == "autopilot" or bool(cluster.get("autopilot"))
    number = draw(st.integers(1, 3))
    raw["models"] = [
        draw(_model(index, accelerators, autopilot=autopilot)) for index in range(number)
    ]
    optional = _section(
        namespace=st.sampled_from(["default", "mine"]),
        gatewayRelease=st.sampled_from(list(RELEASES)),
        gateway=_GATEWAY,
        network=_NETWORK,
        crds=_section(preinstalled=st.sampled_from([[], [POOL_CRD], ["no.such.crd"]])),
        preflight=_section(allow=_ALLOW),
        huggingFaceSecret=st.just({"name": "token"}),
    )
    raw |= draw(optional)
    project = draw(st.sampled_from(["test-project", "test-project", "your-project-id", None]))
    if project:
        raw["gcp"]["project"] = project
    return raw


def _accepted(raw: Values) -> Settings | None:
    try:
        return Settings.model_validate({"models": [{}], **raw})
    except ValidationError:
        return None


def _check(chosen: Settings, *, offline: bool = True) -> list[Finding]:
    return check(Configuration(settings=chosen, token=None), offline=offline)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(raw=_stacks(), offline=st.booleans())
def test_preflight_answers_with_known_findings_and_changes_nothing(
    *, raw: Raw, offline: bool
) -> None:
    chosen = _accepted(raw)
    event("accepted" if chosen else "refused")
    assume(chosen is not None)
    assert chosen is not None
    found = _check(chosen, offline=offline)
    assert all(type(finding) is Finding for finding in found)
    assert {finding.id for finding in found} <= set(CHECKS)
    assert _check(chosen, offline=offline) == found
    again = _accepted(raw)
    assert again is not None
    assert (chosen, chosen.model_fields_set) == (again, again.model_fields_set)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("concurrency", 10**7),
        ("parametersBillion", 1e308),
        ("parametersBillion", float("inf")),
        ("parametersBillion", 5e-324),
        ("gpuMemoryUtilization", 5e-324),
        ("maxModelLen", 10**9),
        ("drain", {"preStopSeconds": 10**400}),
    ],
    ids=["many", "large", "infinite", "small", "small share", "long context", "long drain"],
)
@pytest.mark.parametrize("model", ["owner/unknown", "meta-llama/Llama-3.1-8B-Instruct"])
def test_the_largest_and_smallest_numbers_are_refused_or_give_findings(
    *, model: str, key: str, value: object
) -> None:
    raw = {"models": [{"model": model, key: value, "lora": {"maxCpuLoras": 10**9}}]}
    chosen = _accepted(raw)
    if chosen is not None:
        assert {finding.id for finding in _check(chosen)} <= set(CHECKS)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(before=_stacks(), after=_stacks())
def test_any_change_gives_warnings_and_none_gives_nothing(*, before: Raw, after: Raw) -> None:
    # A stack without a file stands for one that is refused.
    old, new = (_accepted(raw) or make_settings({}) for raw in (before, after))
    last = replacing_values(old)
    assert list(replacement.findings(old, last)) == []
    found = list(replacement.findings(new, last))
    assert {finding.severity for finding in found} <= {Severity.WARNING}
    assert all(finding.path and finding.message and finding.fix for finding in found)


@pytest.mark.parametrize("size", [{"nodes": 4000}, {"autoscaling": {"max": 4000}}])
def test_a_very_large_stack_is_refused_or_looked_at_at_once(size: Values) -> None:
    pool = {"machineType": "a3-highgpu-1g", **size}
    chosen = _accepted({"nodePools": [pool], "models": [{"replicas": 4000}]})
    start = perf_counter()
    if chosen is not None:
        _check(chosen)
    assert perf_counter() - start < 0.5


def _with_one_node_more(raw: Values, index: int) -> Raw:
    """The same stack with a larger pool: in each zone, or at its largest."""
    more = deepcopy(dict(raw))
    pool = more["nodePools"][index]
    if "autoscaling" in pool:
        pool["autoscaling"]["max"] += 1
    else:
        pool["nodes"] = pool.get("nodes", 1) + 1
    return more


def _places(chosen: Settings) -> set[tuple[str, str]]:
    return {(found.id, found.path) for found in _check(chosen) if found.id in _PLACES}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(raw=_stacks(pools=True), which=st.integers(0, 2))
def test_one_node_more_never_makes_gpus_short(*, raw: Raw, which: int) -> None:
    """Where GPUs suffice in number, at last, their places may not: an error becomes a warning."""
    before = _accepted(raw)
    assume(before is not None)
    assert before is not None
    more = _with_one_node_more(raw, which % len(raw["nodePools"]))
    earlier = _places(before)
    milder = {("capacity.fragmented", path) for id_, path in earlier if id_ == "capacity.gpus"}
    larger = _accepted(more)
    assert larger is not None
    assert _places(larger) <= earlier | milder


def _apply(raw: Values, fix: str) -> Raw | None:
    """The stack after a fix that sets a key by path to a value; None for any other fix."""
    if not fix.startswith("pulumi config set --path "):
        return None
    command = shlex.split(fix.partition(",")[0])
    _, _, path = command[4].partition(":")
    value = command[5]
    *steps, last = path.replace("[", ".").replace("]", "").split(".")
    fixed = deepcopy(dict(raw))
    place: Any = fixed
    for step in steps:
        place = place[int(step)] if step.isdecimal() else place.setdefault(step, {})
    place[last] = json.loads(value) if value.isdecimal() or value == "true" else value
    return fixed


def _refused_fixes(raw: Values) -> list[str]:
    """Fixes that a user could paste and that would give a stack that is refused."""
    chosen = _accepted(raw)
    if chosen is None:
        return []
    return [
        found.fix
        for found in _check(chosen)
        # A placeholder, and an entry of a list that is not there yet.
        if found.id not in {"memory.unknown", "release.crds-owned-by-gke"}
        and (fixed := _apply(raw, found.fix)) is not None
        and _accepted(fixed) is None
    ]


_FIXES: Final[Mapping[str, Values]] = {
    "a reservation that is not sold": {
        "nodePools": [
            {"machineType": "a3-highgpu-2g", "capacity": "reservation", "reservation": "mine"}
        ],
        "models": [{}],
    },
    "weights on the largest machine": {
        "models": [
            {
                "model": "meta-llama/Llama-3.1-70B-Instruct",
                "gpu": {"count": 8},
                "gpuMemoryUtilization": 0.2,
            }
        ]
    },
    "next to no cache": {"models": [{"gpuMemoryUtilization": 0.2205}]},
    "a small range that is no start of a larger": {
        "models": [{}],
        "network": {"proxyOnlySubnet": {"cidr": "10.0.1.64/26"}},
    },
}


@pytest.mark.parametrize("raw", _FIXES.values(), ids=list(_FIXES))
def test_a_fix_at_a_border_gives_a_stack_that_is_accepted(raw: Values) -> None:
    assert _refused_fixes(raw) == []


@settings(phases=[Phase.explicit, Phase.generate])
@given(raw=_stacks())
def test_a_fix_that_sets_a_key_gives_a_stack_that_is_accepted(raw: Raw) -> None:
    assert _refused_fixes(raw) == []


@settings(max_examples=10, phases=[Phase.explicit, Phase.generate])
@given(raw=_stacks(), silenced=st.booleans())
def test_the_program_refuses_or_builds_and_nothing_else(*, raw: Raw, silenced: bool) -> None:
    """Also where the owners of a stack accept every finding, so that all of it is built."""
    sections = {key: value for key, value in raw.items() if key != "gcp"}
    if silenced:
        allow = [{"id": identifier, "reason": "accepted, all the same"} for identifier in CHECKS]
        sections["preflight"] = {"allow": allow}
    try:
        run = run_program(stack_file(sections, gcp=raw["gcp"]))
    except RefusedError as refused:
        event("refused")
        found, built = refused.findings, False
    else:
        event("built")
        found, built = run.findings, bool(run.resources)
    errors = [f for f in found if f.severity is Severity.ERROR and f.silenced is None]
    assert bool(errors) is not built
