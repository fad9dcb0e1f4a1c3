"""What the checks of vLLM's image, arguments and adapters find, let pass and say."""

from typing import Final

import pytest
from conftest import make_settings
from preflight_cases import Case, Values, the_only

from inference.catalog.vllm import FLAGS, LORA_RANKS, Flag
from inference.config import Finding, Severity
from inference.preflight import engine, lora

_DIGEST: Final = f"sha256:{'0123456789abcdef' * 4}"
_VLLM: Final = "vllm/vllm-openai"
_RM: Final = "pulumi config rm --path 'gke-inference-gateway:models[0].{}'"
_SET: Final = "pulumi config set --path 'gke-inference-gateway:models[0].{}' {}"


def _model(**values: object) -> Values:
    return {"models": [values]}


def _image(reference: str) -> Values:
    return _model(image=reference)


def _arguments(*arguments: str) -> Values:
    return _model(extraArgs=list(arguments))


def _versioned(version: str, *arguments: str) -> Values:
    return _model(image=f"{_VLLM}:v{version}", extraArgs=list(arguments))


def _specialized(reference: str | None = None, *, value: bool = True) -> Values:
    image = {} if reference is None else {"image": reference}
    return _model(lora={"specializeCudagraphs": value}, **image)


def _lora(adapters: int = 0, **values: object) -> Values:
    named = [{"name": f"adapter-{index}", "source": "owner/adapter"} for index in range(adapters)]
    return _model(lora={"adapters": named, **values})


def _findings(raw: Values) -> list[Finding]:
    settings = make_settings(raw)
    return [*engine.findings(settings), *lora.findings(settings)]


def _one(raw: Values, identifier: str) -> Finding:
    return the_only(_findings(raw), identifier)


CASES: Final = (
    Case(
        id="image.unpinned",
        trips={
            "latest": _image(f"{_VLLM}:latest"),
            "main": _image("registry.example/llm/vllm:main"),
            "no tag": _image(_VLLM),
            "no tag, but a registry's port": _image("registry.example:5000/vllm"),
        },
        passes={
            "the catalog's": {},
            "a release": _image(f"{_VLLM}:v0.32.0"),
            "a digest": _image(f"{_VLLM}@{_DIGEST}"),
            "a digest beside a tag that moves": _image(f"{_VLLM}:latest@{_DIGEST}"),
            "a tag that only begins so": _image(f"{_VLLM}:latest-0.32.0"),
            "a release in a registry with a port": _image("registry.example:5000/vllm:v0.32.0"),
        },
    ),
    Case(
        id="vllm.no-drain",
        trips={
            "the version before": _image(f"{_VLLM}:v0.31.9"),
            "an early version": _image(f"{_VLLM}:v0.9.2"),
            "a tag without a version": _image(f"{_VLLM}:nightly"),
            "a digest alone": _image(f"{_VLLM}@{_DIGEST}"),
            "a version in the name of the registry": _image("host:1.2.3/vllm"),
        },
        passes={
            "the catalog's": {},
            "the first version": _image(f"{_VLLM}:v0.32.0"),
            "a later one, without v": _image(f"{_VLLM}:0.33.0"),
            "the next in a great step": _image(f"{_VLLM}:v1.0.0"),
            "a variant": _image(f"{_VLLM}:v0.32.0-cu130"),
            "a version and a digest": _image(f"{_VLLM}:v0.32.0@{_DIGEST}"),
        },
    ),
    Case(
        id="vllm.flag-not-in-version",
        trips={
            "the version before": _specialized(f"{_VLLM}:v0.11.9"),
            "switched off is set, too": _specialized(f"{_VLLM}:v0.11.0", value=False),
            "a tag without a version": _specialized(f"{_VLLM}:nightly"),
            "a digest alone": _specialized(f"{_VLLM}@{_DIGEST}"),
        },
        passes={
            "the first version": _specialized(f"{_VLLM}:v0.12.0"),
            "the catalog's": _specialized(),
            "an early version, not asked for": _model(image=f"{_VLLM}:v0.11.0", lora={}),
            "no adapters": _image(f"{_VLLM}:v0.11.0"),
        },
    ),
    Case(
        id="vllm.argument-not-in-version",
        trips={
            "not there yet": _versioned("0.17.1", "--shutdown-timeout=60"),
            "no longer there": _versioned("0.17.0", "--disable-log-requests"),
            "no longer there, in the catalog's image": _arguments("--enable-reasoning"),
            "with underscores": _versioned("0.12.0", "--guided_decoding_backend=xgrammar"),
            "its contrary": _versioned("0.10.0", "--no-enable-log-requests"),
            "its value in the next": _versioned("0.11.0", "--num-scheduler-steps", "8"),
        },
        passes={
            "the first version": _versioned("0.18.0", "--shutdown-timeout=60"),
            "the last version": _versioned("0.11.2", "--guided-decoding-backend=xgrammar"),
            "a tag without a version": _versioned("nightly", "--enable-reasoning"),
            "another that begins so": _arguments("--enable-log-requests-of-mine"),
            "in an early version": _versioned("0.9.2", "--enable-reasoning"),
            "there since": _arguments("--enable-log-requests"),
        },
    ),
    Case(
        id="lora.rank",
        trips={
            "between two": _lora(maxRank=24),
            "one above": _lora(maxRank=17),
            "above all": _lora(maxRank=1024),
            "a power of two without kernels": _lora(maxRank=2),
        },
        passes={
            "the default": _lora(),
            "no adapters": {},
            **{f"rank {rank}": _lora(maxRank=rank) for rank in LORA_RANKS},
        },
    ),
    Case(
        id="lora.more-than-cached",
        trips={
            "13 of 12 by default": _lora(13),
            "3 of 2": _lora(3, maxCpuLoras=2),
        },
        passes={
            "12 of 12 by default": _lora(12),
            "2 of 2": _lora(2, maxCpuLoras=2),
            "retired ones are not kept": _lora(2, maxCpuLoras=2, retired=["old", "older"]),
            "none": _lora(0, maxCpuLoras=2),
        },
    ),
)


def test_the_default_has_nothing_to_find() -> None:
    assert _findings({}) == []


def test_an_image_that_can_change() -> None:
    assert _one(_image(f"{_VLLM}:latest"), "image.unpinned") == Finding(
        id="image.unpinned",
        severity=Severity.WARNING,
        path="models[0].image",
        message="vllm/vllm-openai:latest can point to another image tomorrow: replicas would "
        "differ",
        fix=f"{_RM.format('image')}, or use a release tag",
    )


def test_an_image_that_cannot_drain() -> None:
    assert _one(_image(f"{_VLLM}:v0.9.2"), "vllm.no-drain") == Finding(
        id="vllm.no-drain",
        severity=Severity.WARNING,
        path="models[0].image",
        message="vllm/vllm-openai:v0.9.2 is not known to have --shutdown-timeout, which vLLM "
        "0.32.0 has: running requests are aborted when a replica stops",
        fix="use vLLM 0.32.0 or later",
    )


def test_a_flag_that_the_image_has_not() -> None:
    raw = _specialized(f"{_VLLM}:v0.11.0")
    assert _one(raw, "vllm.flag-not-in-version") == Finding(
        id="vllm.flag-not-in-version",
        severity=Severity.WARNING,
        path="models[0].lora.specializeCudagraphs",
        message="vllm/vllm-openai:v0.11.0 is not known to have cudagraph_specialize_lora, so it "
        "is left out",
        fix=_RM.format("lora.specializeCudagraphs"),
    )


@pytest.mark.parametrize(
    ("version", "argument", "when", "fix"),
    [
        (
            "0.17.1",
            "--shutdown-timeout=60",
            "comes with 0.18.0",
            "use vLLM 0.32.0 or later, to which this program gives it",
        ),
        (
            "0.19.0",
            "--disable-log-requests",
            "was removed by 0.17.0",
            "leave it out: requests are not logged",
        ),
    ],
)
def test_an_argument_that_the_image_has_not(
    *, version: str, argument: str, when: str, fix: str
) -> None:
    raw = _versioned(version, "--seed=1", argument)
    assert _one(raw, "vllm.argument-not-in-version") == Finding(
        id="vllm.argument-not-in-version",
        severity=Severity.WARNING,
        path="models[0].extraArgs[1]",
        message=f"{argument} {when}, but the image has vLLM {version}: the server would exit on "
        "each start",
        fix=fix,
    )


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_each_flag_has_one_version_and_a_source(flag: Flag) -> None:
    assert (flag.since is None) != (flag.gone is None)
    assert flag.url.startswith("https://")


@pytest.mark.parametrize(
    ("rank", "instead"),
    [(2, 8), (17, 32), (257, 320), (511, 512), (513, 512)],
)
def test_a_rank_without_kernels(*, rank: int, instead: int) -> None:
    assert _one(_lora(maxRank=rank), "lora.rank") == Finding(
        id="lora.rank",
        severity=Severity.ERROR,
        path="models[0].lora.maxRank",
        message=f"{rank} is not one of 1, 8, 16, 32, 64, 128, 256, 320, 512: vLLM would refuse "
        "to start",
        fix=_SET.format("lora.maxRank", instead),
    )


def test_more_adapters_than_are_kept() -> None:
    assert _one(_lora(13), "lora.more-than-cached") == Finding(
        id="lora.more-than-cached",
        severity=Severity.WARNING,
        path="models[0].lora.maxCpuLoras",
        message="13 adapters are served, but only 12 are kept in memory",
        fix=_SET.format("lora.maxCpuLoras", 13),
    )


def test_each_model_is_looked_at() -> None:
    models = [
        {"name": "first"},
        {"name": "second", "servedName": "second", "image": f"{_VLLM}:latest"},
        {"name": "third", "servedName": "third", "lora": {"maxRank": 24}},
    ]
    assert [(finding.id, finding.path) for finding in _findings({"models": models})] == [
        ("image.unpinned", "models[1].image"),
        ("vllm.no-drain", "models[1].image"),
        ("lora.rank", "models[2].lora.maxRank"),
    ]
