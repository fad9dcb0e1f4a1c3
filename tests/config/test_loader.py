"""What the program says of a stack: every problem at once, each with how to fix it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from conftest import run, stack_file

from inference.config import Finding, RefusedError, Severity
from inference.offline.runner import run_program

_TOKEN: Final = "hf_AbCdEfGhIjKlMnOpQrStUvWx"  # noqa: S105 no real one
_UNGATED: Final = {"models": [{"model": "Qwen/Qwen3-8B"}]}
_PLACEHOLDER: Final = {"project": "your-project-id", "region": "us-central1"}
_RENAME: Final = "rename it in the stack file, or "
_EXISTING: Final = {
    "cluster": {"mode": "existing", "context": "kind"},
    "gateway": {"className": "istio"},
}
_LOADS_AND_CHECKS: Final = """\
from inference.config import load
from inference.preflight import check

configuration = load()
findings = check(configuration, offline={offline})
"""


def refused(
    sections: Mapping[str, Any],
    *,
    gcp: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> RefusedError:
    """The refusal of a stack that cannot work."""
    with pytest.raises(RefusedError) as caught:
        run(sections, gcp=gcp, secrets=secrets)
    return caught.value


def the_problem(sections: Mapping[str, Any], gcp: Mapping[str, str] | None = None) -> Finding:
    """The only problem of a stack."""
    (finding,) = refused(sections, gcp=gcp).findings
    assert finding.severity is Severity.ERROR
    return finding


def found(error: RefusedError) -> dict[str, str]:
    """Path to id of everything in a refusal."""
    return {finding.path: finding.id for finding in error.findings}


def _is_of_token(finding: Finding) -> bool:
    return finding.id.startswith("identity.token")


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    """A program that loads and checks as in a plan, and builds nothing."""
    program = tmp_path / "planned.py"
    program.write_text(_LOADS_AND_CHECKS.format(offline=True), encoding="utf-8")
    return program


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """A program that loads and checks as in preview and up, and builds nothing."""
    program = tmp_path / "deployed.py"
    program.write_text(_LOADS_AND_CHECKS.format(offline=False), encoding="utf-8")
    return program


def test_all_problems_are_reported_together() -> None:
    error = refused(
        {
            "namespace": "Serving",
            "cluster": {"mode": "gke"},
            "nodePools": [{"machinType": "a3-highgpu-2g"}],
            "gatewayRelease": "v9",
            "models": [{"replicas": "3", "lora": {"maxLora": 2}, "objectives": [{"priority": 1}]}],
            "gateway": "istio",
            "modles": ["llama"],
            "networks": {"name": "default"},
        }
    )

    assert found(error) == {
        "namespace": "config.invalid-value",
        "cluster.mode": "config.invalid-value",
        "nodePools[0].machinType": "config.unknown-key",
        "gatewayRelease": "config.invalid-value",
        "models[0].replicas": "config.invalid-value",
        "models[0].lora.maxLora": "config.unknown-key",
        "models[0].objectives[0].name": "config.invalid-value",
        "gateway": "config.invalid-value",
        "modles": "config.unknown-key",
        "networks": "config.unknown-key",
    }
    assert all(finding.severity is Severity.ERROR for finding in error.findings)


def test_the_message_of_a_refusal_holds_every_problem_and_its_fix() -> None:
    error = refused({"namespace": "Serving", "clusters": {"mode": "standard"}})

    text = str(error)
    assert text.startswith("2 problems in the configuration:\n")
    for finding in error.findings:
        assert finding.id in text
        assert finding.path in text
        assert finding.message in text
    assert "set `namespace` to serving in Pulumi.test.yaml" in text
    assert "pulumi config rm --stack test gke-inference-gateway:clusters" in text


def test_one_problem_is_not_called_problems() -> None:
    assert str(refused({"namespace": "Serving"})).startswith("1 problem in the configuration:\n")


@pytest.mark.parametrize(
    ("sections", "path", "meant"),
    [
        ({"modls": ["llama"]}, "modls", "models"),
        ({"clusters": {"mode": "standard"}}, "clusters", "cluster"),
        ({"gatewayReleas": "v1.0.0"}, "gatewayReleas", "gatewayRelease"),
        ({"nodepools": ["gpupool"]}, "nodepools", "nodePools"),
        ({"huggingfaceToken": "[secret]"}, "huggingfaceToken", "huggingFaceToken"),
        ({"huggingFaceSecert": {"name": "a"}}, "huggingFaceSecert", "huggingFaceSecret"),
        ({"cluster": {"release_channel": "rapid"}}, "cluster.release_channel", "releaseChannel"),
        ({"models": [{"lora": {"maxLora": 2}}]}, "models[0].lora.maxLora", "maxLoras"),
        ({"models": [{"gpu": {"acelerator": "a"}}]}, "models[0].gpu.acelerator", "accelerator"),
        ({"nodePools": [{"machinType": "a"}]}, "nodePools[0].machinType", "machineType"),
        (
            {"nodePools": [{"name": "a"}, {"autoscaling": {"max": 1, "mim": 0}}]},
            "nodePools[1].autoscaling.mim",
            "min",
        ),
        ({"gateway": {"requestLog": {"enable": True}}}, "gateway.requestLog.enable", "enabled"),
        (
            {"network": {"proxyOnlySubnet": {"cidrs": "a"}}},
            "network.proxyOnlySubnet.cidrs",
            "cidr",
        ),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(
    sections: Mapping[str, Any], path: str, meant: str
) -> None:
    finding = the_problem(sections)

    assert (finding.id, finding.path) == ("config.unknown-key", path)
    assert f"did you mean `{meant}`?" in finding.message


@pytest.mark.parametrize(
    ("sections", "known"),
    [
        ({"xyz": "a"}, ["models", "nodePools", "gatewayRelease", "huggingFaceToken"]),
        ({"crds": {"xyz": "a"}}, ["source", "preinstalled"]),
    ],
)
def test_an_unknown_key_like_no_other_lists_the_known_ones(
    sections: Mapping[str, Any], known: list[str]
) -> None:
    _, listed = the_problem(sections).message.split("Known here: ")

    assert set(known) <= set(listed.split(", "))


@pytest.mark.parametrize("value", ["", "{}", "[]"])
def test_an_unknown_key_is_refused_even_when_it_is_empty(value: str) -> None:
    finding = the_problem({"modls": value})

    assert (finding.id, finding.path) == ("config.unknown-key", "modls")


@pytest.mark.parametrize("value", ["my-project", {"project": "my-project"}])
def test_gcp_is_no_key_of_this_project_but_the_providers(value: object) -> None:
    finding = the_problem({"gcp": value})

    assert (finding.id, finding.path) == ("config.unknown-key", "gcp")
    assert finding.fix == "pulumi config set gcp:project PROJECT_ID"


@pytest.mark.parametrize(
    ("sections", "fix"),
    [
        ({"namespace": "Serving"}, "pulumi config set gke-inference-gateway:namespace serving"),
        (
            {"models": [{"name": " My_Model "}]},
            "pulumi config set --path 'gke-inference-gateway:models[0].name' my-model",
        ),
        (
            {"namespace": "hf_Secret00000000000000"},
            (
                "set `namespace` in the stack file to lower-case letters, digits and dashes, "
                "starting with a letter, such as llama3-8b"
            ),
        ),
        (
            {"gateway": {"cloudArmor": {"allow": ["10.1.2.3/8"]}}},
            (
                "pulumi config set --path 'gke-inference-gateway:gateway.cloudArmor.allow[0]' "
                "10.0.0.0/8"
            ),
        ),
        (
            {"gateway": {"cloudArmor": {"allow": ["office"]}}},
            (
                "set `gateway.cloudArmor.allow[0]` in the stack file to a range of addresses that "
                "you have, such as your office's A.B.C.D/32"
            ),
        ),
        (
            {"cluster": {"mode": "Standard"}},
            "pulumi config set --path 'gke-inference-gateway:cluster.mode' standard",
        ),
        (
            {"cluster": {"mode": "gke"}},
            "set `cluster.mode` in the stack file to one of them, such as standard",
        ),
        (
            {"nodePools": [{"nodes": 2000}]},
            "pulumi config set --path 'gke-inference-gateway:nodePools[0].nodes' 1000",
        ),
        (
            {"models": [{"replicas": 0}]},
            "pulumi config set --path 'gke-inference-gateway:models[0].replicas' 1",
        ),
        (
            {"nodePools": [{"capacity": "on-demand"}]},
            "pulumi config set --path 'gke-inference-gateway:nodePools[0].capacity' onDemand",
        ),
        (
            {"models": [{"drain": {"preStopSeconds": -1}}]},
            "pulumi config set --path 'gke-inference-gateway:models[0].drain.preStopSeconds' 0",
        ),
        (
            {"models": [{"extraArgs": ["--max-num-seqs", 64]}]},
            'set `models[0].extraArgs[1]` to "64" in the stack file',
        ),
        (
            {"weights": {"bucket": "My_Weights"}},
            "pulumi config set --path 'gke-inference-gateway:weights.bucket' my_weights",
        ),
        (
            {"modls": ["llama"]},
            _RENAME + "pulumi config rm gke-inference-gateway:modls",
        ),
        (
            {"models": [{"lora": {"maxLora": 2}}]},
            _RENAME + "pulumi config rm --path 'gke-inference-gateway:models[0].lora.maxLora'",
        ),
        (
            {"nodePools": [{"nodes": 1, "autoscaling": {"max": 1}}]},
            "edit `nodePools[0]` in the stack file",
        ),
    ],
)
def test_a_problem_names_the_command_that_fixes_it(sections: Mapping[str, Any], fix: str) -> None:
    assert the_problem(sections).fix == fix


@pytest.mark.parametrize("replicas", ["yes", "2.5", "many"])
def test_a_value_of_another_type_is_no_edit(replicas: str) -> None:
    assert the_problem({"models": [{"replicas": replicas}]}).edits == ()
    assert the_problem({"models": [{"replicas": "2"}]}).edits[0].value == 2


def test_another_project_is_not_offered() -> None:
    finding = the_problem({}, {"project": "My Project1", "region": "us-central1"})

    assert "my-project1" not in finding.fix


def test_an_empty_project_is_a_missing_one() -> None:
    with pytest.raises(RefusedError) as caught:
        run({}, gcp={"project": "", "region": "us-central1"})

    assert "identity.project-missing" in {finding.id for finding in caught.value.findings}


@pytest.mark.parametrize(
    ("gcp", "path"),
    [
        ({"project": "my-project", "region": "US"}, "gcp:region"),
        ({"project": "my-project", "region": "us-central1-a"}, "gcp:region"),
        ({"project": "US", "region": "us-central1"}, "gcp:project"),
    ],
)
def test_a_bad_key_of_the_gcp_provider_is_named_as_pulumi_does(
    gcp: Mapping[str, str], path: str
) -> None:
    finding = the_problem({}, gcp)

    assert finding.path == path
    assert finding.fix.startswith(f"set `{path}` in the stack file to a ")


@pytest.mark.parametrize(
    ("sections", "path", "message"),
    [
        ({"models": [{"replicas": "3"}]}, "models[0].replicas", '"3" is not a whole number'),
        ({"models": [{"replicas": 1.5}]}, "models[0].replicas", "1.5 is not a whole number"),
        ({"models": [{"model": 3}]}, "models[0].model", "3 is not text"),
        ({"models": [{"lora": ["a"]}]}, "models[0].lora", "must be a mapping of keys to values"),
        (
            {"models": [{"extraArgs": "--seed=1"}]},
            "models[0].extraArgs",
            '"--seed=1" is not a list',
        ),
        ({"models": ["llama"]}, "models[0]", '"llama" is not a mapping of keys to values'),
        ({"gateway": {"wait": "no"}}, "gateway.wait", '"no" is not true or false'),
        ({"models": {"name": "a"}}, "models", "must be a list"),
        ({"cluster": [{"mode": "standard"}]}, "cluster", "must be a mapping of keys to values"),
        ({"cluster": 3}, "cluster", "3 is not a mapping of keys to values"),
        ({"nodePools": "true"}, "nodePools", "true is not a list"),
    ],
)
def test_a_wrong_type_is_told_in_the_words_of_yaml(
    sections: Mapping[str, Any], path: str, message: str
) -> None:
    finding = the_problem(sections)

    assert (finding.id, finding.path) == ("config.invalid-value", path)
    assert finding.message == message


@pytest.mark.parametrize("key", ["cluster", "models", "crds", "huggingFaceSecret"])
@pytest.mark.parametrize("text", ["llama", "{mode: standard}", "[", "v1.0.0"])
def test_plain_text_for_a_structured_key_is_refused(key: str, text: str) -> None:
    finding = the_problem({key: text})

    assert (finding.id, finding.path) == ("config.invalid-value", key)
    assert "but is plain text" in finding.message


@pytest.mark.parametrize("value", ["llama", 3, {"name": "llama"}])
@pytest.mark.parametrize("key", ["models", "nodePools"])
def test_the_fix_of_a_list_does_not_make_it_text_or_a_mapping(key: str, value: object) -> None:
    fix = the_problem({key: value}).fix

    assert f"gke-inference-gateway:{key}.KEY" not in fix
    assert f"pulumi config set gke-inference-gateway:{key} VALUE" not in fix


@pytest.mark.parametrize("value", ["standard", 3, ["standard"]])
def test_the_fix_of_a_section_does_not_make_it_text(value: object) -> None:
    fix = the_problem({"cluster": value}).fix

    assert "pulumi config set gke-inference-gateway:cluster VALUE" not in fix


@pytest.mark.parametrize("key", ["cluster", "nodePools", "namespace", "gatewayRelease"])
@pytest.mark.parametrize("unset", ["", "{}", "[]"])
def test_the_defaults_that_pulumi_yaml_declares_mean_unset(
    planned: Path, key: str, unset: str
) -> None:
    settings = run_program(stack_file({key: unset}), planned).settings

    assert key not in settings.model_dump(by_alias=True, exclude_unset=True)


@pytest.mark.parametrize("namespace", ["true", "null", "a1"])
def test_text_keys_are_not_read_as_json(planned: Path, namespace: str) -> None:
    found = run_program(stack_file({"namespace": namespace}), planned)

    assert found.settings.namespace == namespace


@pytest.mark.parametrize("models", ["", "[]"], ids=["left out", "declared default"])
def test_models_are_required_so_that_a_misspelt_key_builds_nothing(models: str) -> None:
    stack = stack_file({"models": models, "model": [{}]})

    with pytest.raises(RefusedError) as caught:
        run_program(stack)

    finding = next(found for found in caught.value.findings if found.path == "models")
    assert finding.message == "required, but not set, so nothing would be served"
    assert "`gke-inference-gateway:models: [{name: llama3-8b" in finding.fix
    assert found(caught.value)["model"] == "config.unknown-key"


def test_a_missing_project_is_refused() -> None:
    error = refused(_UNGATED, gcp={"region": "us-central1"})

    (finding,) = [found for found in error.findings if found.id == "identity.project-missing"]
    assert (finding.path, finding.severity) == ("gcp:project", Severity.ERROR)
    assert finding.fix == "pulumi config set gcp:project PROJECT_ID"


def test_a_missing_project_is_none_where_no_google_cloud_resource_is_built() -> None:
    found = run({**_EXISTING, **_UNGATED}, gcp={}).findings

    assert not [finding.id for finding in found if finding.id.startswith("identity.")]


def test_the_placeholder_project_is_a_warning_offline() -> None:
    found = [f for f in run(_UNGATED, gcp=_PLACEHOLDER).findings if f.path.startswith("gcp")]

    (finding,) = found
    assert (finding.id, finding.severity) == ("identity.project-placeholder", Severity.WARNING)
    assert finding.path == "gcp:project"


@pytest.mark.parametrize(
    ("gcp", "sections", "identifier"),
    [
        (_PLACEHOLDER, _UNGATED, "identity.project-placeholder"),
        ({"region": "us-central1"}, _UNGATED, "identity.project-missing"),
        (None, {}, "identity.token-missing"),
    ],
)
def test_what_a_deployment_lacks_is_an_error_in_preview_and_up(
    deployed: Path, gcp: Mapping[str, str] | None, sections: Mapping[str, Any], identifier: str
) -> None:
    found = run_program(stack_file(sections, gcp=gcp), deployed).findings

    assert [f.severity for f in found if f.id == identifier] == [Severity.ERROR]


def test_errors_come_before_warnings(deployed: Path) -> None:
    sections = {"huggingFaceToken": "token", **_UNGATED}

    found = run_program(stack_file(sections, gcp=_PLACEHOLDER), deployed).findings

    severities = [finding.severity for finding in found]
    assert severities == sorted(severities, key=list(Severity).index)
    assert {Severity.ERROR, Severity.WARNING} <= set(severities)


@pytest.mark.parametrize(
    ("sections", "secret", "expected"),
    [
        pytest.param({}, None, ["token-missing"], id="absent, gated model"),
        pytest.param(_UNGATED, None, [], id="absent, free model"),
        pytest.param({"models": [{"model": "owner/unknown"}]}, None, [], id="absent, unknown"),
        pytest.param(
            {"models": [{}, {"name": "b", "model": "Qwen/Qwen3-8B"}]},
            None,
            ["token-missing"],
            id="absent, one of two gated",
        ),
        pytest.param({"huggingFaceToken": ""}, None, ["token-missing"], id="empty"),
        pytest.param({}, _TOKEN, [], id="encrypted"),
        pytest.param({}, "[secret]", [], id="encrypted, not to be decrypted"),
        pytest.param({"huggingFaceToken": _TOKEN}, None, ["token-plaintext"], id="clear text"),
        pytest.param({}, "sk-token", ["token-form"], id="encrypted, wrong form"),
        pytest.param(
            {"huggingFaceToken": "sk-token"}, None, ["token-plaintext", "token-form"], id="both"
        ),
        pytest.param({"huggingFaceSecret": {"name": "mine"}}, None, [], id="existing Secret"),
        pytest.param(
            {"huggingFaceSecret": {"name": "mine"}}, _TOKEN, ["token-twice"], id="Secret and token"
        ),
        pytest.param(
            {"huggingFaceSecret": {"name": "mine"}, "huggingFaceToken": _TOKEN},
            None,
            ["token-twice", "token-plaintext"],
            id="Secret and token in clear text",
        ),
    ],
)
def test_what_is_said_of_the_token_offline_is_a_warning(
    planned: Path, sections: Mapping[str, Any], secret: str | None, expected: list[str]
) -> None:
    secrets = {} if secret is None else {"huggingFaceToken": secret}

    found = run_program(stack_file(sections, secrets=secrets), planned).findings

    assert [(finding.id, str(finding.severity)) for finding in found if _is_of_token(finding)] == [
        (f"identity.{identifier}", "warning") for identifier in expected
    ]


def test_a_missing_token_names_each_model_that_needs_it_and_the_command(planned: Path) -> None:
    models = [
        {"name": "llama"},
        {"name": "free", "model": "Qwen/Qwen3-8B"},
        {"name": "gemma", "model": "google/gemma-3-27b-it"},
    ]

    found = [
        finding
        for finding in run_program(stack_file({"models": models}), planned).findings
        if _is_of_token(finding)
    ]

    assert len(found) == 2
    assert "models[0] meta-llama/Llama-3.1-8B-Instruct" in found[0].message
    assert "models[2] google/gemma-3-27b-it" in found[1].message
    assert {finding.path for finding in found} == {"huggingFaceToken"}
    assert all("pulumi config set --secret huggingFaceToken" in finding.fix for finding in found)


@pytest.mark.parametrize("token", [_TOKEN, "sk-AbCdEfGhIjKlMnOpQrStUvWx"])
@pytest.mark.parametrize("secret", [True, False])
def test_no_finding_shows_the_token(planned: Path, token: str, *, secret: bool) -> None:
    key = {"huggingFaceToken": token}
    plain, secrets = ({}, key) if secret else (key, {})

    allowed = {"allow": [{"id": "gateway.http", "reason": f"as agreed: {_TOKEN}"}]}
    sections = {"huggingFaceSecret": {"name": "mine"}, "preflight": allowed, **plain}
    found = run_program(stack_file(sections, secrets=secrets), planned).findings
    error = refused({"cluster": {"mode": "gke"}, **plain}, secrets=secrets)

    assert [finding.id for finding in found if _is_of_token(finding)]
    assert token not in repr(found)
    assert _TOKEN not in repr(found)
    assert token not in repr(error.findings)
    assert token not in str(error)


@pytest.mark.parametrize(
    "sections",
    [
        {"huggingfaceToken": _TOKEN},
        {"huggingFaceSecret": _TOKEN},
        {"huggingFaceSecret": {"name": _TOKEN}},
        {"models": [{"huggingFaceToken": _TOKEN}]},
        {"namespace": _TOKEN},
    ],
)
def test_a_token_at_a_wrong_place_is_refused_without_being_shown(
    sections: Mapping[str, Any],
) -> None:
    error = refused(sections)

    assert _TOKEN not in repr(error.findings)
    assert _TOKEN not in str(error)
