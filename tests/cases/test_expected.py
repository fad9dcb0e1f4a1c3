"""Stack files whose first line says what is expected of them: those here, and those beside.

The files here stand for one kind each. Beside the project there may be a folder of further ones,
written by people who had not seen the checks.
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from inference.cli import main
from inference.config import Finding, RefusedError, Severity
from inference.config.stack_file import read_file
from inference.offline.plan import make_plan
from inference.offline.runner import run_program

_HERE: Final = Path(__file__).parent
_BESIDE: Final = _HERE.parents[2] / "shared" / "cases"
_EXPECTED: Final = re.compile(
    r"# expect: (?P<exit>refuse|warn|accept)(?: (?P<id>[a-z-]+\.[a-z-]+))?"
)
_CAUSES: Final[Mapping[str, str]] = {
    "r-adapter-url": "values.repository",
    "r-args-api-key": "vllm.argument-owned",
    "r-args-help": "vllm.argument-owned",
    "r-args-len": "vllm.argument-owned",
    "r-args-no-drain": "vllm.argument-owned",
    "r-args-port": "vllm.argument-owned",
    "r-args-sim-port": "vllm.argument-owned",
    "r-args-tp": "vllm.argument-owned",
    "r-armor-everyone": "traffic.open-to-all",
    "r-context-beyond-model": "memory.beyond-positions",
    "r-crd-pool-not-left-out": "release.crds-not-left-out",
    "r-disk-type": "google.disk-type",
    "r-dns-auth-truncated": "names.same-authorization",
    "r-exclusion-10-years": "google.exclusion-too-long",
    "r-gcp-zone-key": "config.provider-key-unread",
    "r-gpu-off-by-one": "capacity.gpus",
    "r-hostname-label-64": "values.hostname",
    "r-image-space": "values.image",
    "r-istio-class-on-new-gke": "gateway.no-controller",
    "r-labels-63": "google.too-many-labels",
    "r-location-word": "places.no-such-zone",
    "r-lora-slots-huge": "memory.weights",
    "r-model-is-router": "names.model-is-router",
    "r-model-url": "values.repository",
    "r-namespace-kube-system": "names.system-namespace",
    "r-path-dotdot": "values.path",
    "r-path-pause": "surface.changes-servers",
    "r-pool-default-name": "names.default-pool",
    "r-pools-beyond-gke": "google.too-many-nodes",
    "r-priority-class-missing": "names.no-priority-class",
    "r-proxy-all": "google.prohibited-range",
    "r-region-none": "places.no-such-region",
    "r-secure-extra-arg": "config.encrypted-value",
    "r-served-name-newline": "values.served-name",
    "r-tls-secret-is-token": "gateway.secret-is-token",
    "r-tp-heads": "memory.tensor-parallel",
    "r-vpc-linklocal": "google.prohibited-range",
    "r-vpc-multicast": "google.prohibited-range",
    "r-vpc-services-29": "google.few-service-addresses",
    # What their first lines name, by the ids that exist.
    "p17-multinode-16-gpus": "capacity.no-machine",
    "p43-aliases": "values.served-name",
    "p55-llama-405b-multinode": "memory.larger-than-node",
}
"""The finding that names the cause, where the first line names none or another."""
_OTHERWISE: Final[Mapping[str, str]] = {
    "p09-pipeline-parallel": "two stages on two GPUs start: tensor parallelism is what they leave",
}
"""What this program answers otherwise than a case expects, and why."""


def _first_line(file: Path) -> str:
    raw = file.read_bytes()
    encoding = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return raw.decode(encoding).splitlines()[0]


def _cases(folder: Path) -> list[Any]:
    return [
        pytest.param(
            file,
            id=file.stem,
            marks=[pytest.mark.xfail(reason=_OTHERWISE[file.stem], strict=False)]
            if file.stem in _OTHERWISE
            else [],
        )
        for file in sorted(folder.glob("*.yaml"))
    ]


def _run(arguments: Sequence[str]) -> int:
    """The exit status; in a thread, as Pulumi reads the stack at each resource."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(main, arguments).result(timeout=60)


def _findings(file: Path) -> Sequence[Finding]:
    """The findings of a stack that is planned; raises where it is refused, as `plan` then does."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        plan = thread.submit(lambda: make_plan(run_program(read_file(file)))).result(timeout=600)
    return plan.run.findings


@pytest.mark.parametrize("file", [*_cases(_HERE), *_cases(_BESIDE)])
def test_a_stack_is_refused_warned_of_or_accepted_as_its_first_line_says(file: Path) -> None:
    expected = _EXPECTED.match(_first_line(file))
    assert expected is not None
    cause = _CAUSES.get(file.stem, expected["id"])

    if expected["exit"] == "refuse":
        with pytest.raises(RefusedError) as refused:
            _findings(file)
        errors = {one.id for one in refused.value.findings if one.severity is Severity.ERROR}
        assert errors
        assert not cause or cause in errors
    else:
        found = _findings(file)
        assert [one for one in found if one.severity is Severity.ERROR] == []
        warned = {one.id for one in found if one.severity is Severity.WARNING}
        assert not cause or cause in warned


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("config:\n  gke-inference-gateway:models: " + "[" * 100_000, "nested"),
        ("config:\n  gke-inference-gateway:models: " + "{a: " * 900 + "1" + "}" * 900, "nested"),
        ("config:\n  gke-inference-gateway:namespace: " + "a" * 1_000_000, "1,000,000 bytes"),
        ("config:\n  a: &a [1, *a]\n", "its own anchor"),
    ],
    ids=["lists", "mappings", "one megabyte", "a cycle"],
)
def test_hostile_files_are_refused_at_once(
    tmp_path: Path, text: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "Pulumi.hostile.yaml"
    file.write_text(text, encoding="utf-8")

    assert _run(["plan", "--config", str(file)]) == 2
    assert word in capsys.readouterr().err


@pytest.mark.parametrize("key", ["models: [{{}}]\n  {}{}: 1", "models: [{{{}: 1, model: {}}}]"])
@pytest.mark.parametrize("output", ["--findings", "--json"])
def test_a_token_that_is_written_as_a_key_is_not_printed(
    tmp_path: Path, key: str, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    token, file = f"hf_{'a1B2' * 9}", tmp_path / "Pulumi.token.yaml"
    where = (
        key.format("gke-inference-gateway:", token) if "{}{}" in key else key.format(token, token)
    )
    file.write_text(f"config:\n  gke-inference-gateway:{where}\n", encoding="utf-8")

    assert _run(["plan", output, "--config", str(file)]) == 2

    printed = capsys.readouterr()
    assert "hf_…" in printed.out + printed.err
    assert token not in printed.out + printed.err


@pytest.mark.usefixtures("runs_once")
def test_markup_and_escape_sequences_are_printed_as_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run(["plan", "--findings", "--config", str(_HERE / "accept-markup.yaml")]) == 0
    assert r"because [bold]agreed[/] \x1b[31m" in capsys.readouterr().out
