"""Project and token: what comes close to a finding, its exact words, and how grave it is."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pytest
from conftest import make_settings

from inference.config import Configuration, Finding, Severity, Token
from inference.preflight import identity
from inference.preflight.check import check
from inference.preflight.registry import checks_of

Values = Mapping[str, Any]

_PROJECT: Final = {"project": "my-project"}
_PLACEHOLDER: Final = {"project": identity.EXAMPLE_PROJECT}
_UNGATED: Final = {"models": [{"model": "Qwen/Qwen3-8B"}]}
_SECRET: Final = {"huggingFaceSecret": {"name": "mine"}}
_NO_GKE: Final = {"cluster": {"mode": "existing", "context": "a"}, "gateway": {"className": "b"}}
_ON_GKE: Final = {"cluster": {"mode": "existing", "context": "a"}}
_TOKEN_COMMAND: Final = "pulumi config set --secret huggingFaceToken"  # noqa: S105 a command


def _token(*, encrypted: bool = True, well_formed: bool = True) -> Token:
    value = pulumi.Output[str].from_input("hf_nothing")
    return Token(value=value, encrypted=encrypted, well_formed=well_formed)


def _configuration(sections: Values, gcp: Values, token: Token | None) -> Configuration:
    return Configuration(settings=make_settings({**sections, "gcp": gcp}), token=token)


def _findings(sections: Values, gcp: Values, token: Token | None) -> list[Finding]:
    return list(identity.findings(_configuration(sections, gcp, token)))


_SAID: Final[list[tuple[str, Values, Values, Token | None, str, str]]] = [
    (
        "identity.add-on-elsewhere",
        {"huggingFaceSecretManager": {"secret": "hugging-face"}, **_ON_GKE},
        _PROJECT,
        None,
        (
            "the cluster must have the Secret Manager add-on and Workload Identity, or no server "
            "starts"
        ),
        (
            "gcloud container clusters update CLUSTER --enable-secret-manager, then accept this "
            "finding"
        ),
    ),
    (
        "identity.project-missing",
        {},
        {},
        _token(),
        "not set, but the stack has Google Cloud resources",
        "pulumi config set gcp:project PROJECT_ID",
    ),
    (
        "identity.two-token-secrets",
        {"huggingFaceSecretManager": {"secret": "a"}, "huggingFaceSecret": {"name": "b"}},
        _PROJECT,
        None,
        "is set beside huggingFaceSecret: servers can read the token from only one place",
        "remove `huggingFaceSecretManager` or `huggingFaceSecret` from the stack file",
    ),
    (
        "identity.secret-manager-outside-gke",
        {"huggingFaceSecretManager": {"secret": "a"}, **_NO_GKE},
        {},
        None,
        "needs GKE, whose Secret Manager add-on mounts the secret",
        (
            "remove `huggingFaceSecretManager` from the stack file, and set a Secret in "
            "`huggingFaceSecret`"
        ),
    ),
    (
        "identity.project-placeholder",
        {},
        _PLACEHOLDER,
        _token(),
        "still your-project-id, so nothing can be deployed",
        "pulumi config set gcp:project PROJECT_ID",
    ),
    (
        "identity.token-missing",
        {},
        _PROJECT,
        None,
        (
            "not set, but models[0] meta-llama/Llama-3.1-8B-Instruct is gated: vLLM could not "
            "download it and would restart indefinitely"
        ),
        f"{_TOKEN_COMMAND}, or set huggingFaceSecret to an existing Secret",
    ),
    (
        "identity.token-twice",
        _SECRET,
        _PROJECT,
        _token(),
        "set beside huggingFaceSecret, whose Secret is used, so it has no effect",
        "pulumi config rm gke-inference-gateway:huggingFaceToken",
    ),
    (
        "identity.token-plaintext",
        {},
        _PROJECT,
        _token(encrypted=False),
        "is in plain text in the stack file, where anyone who reads it can use it",
        f"revoke it, then {_TOKEN_COMMAND}",
    ),
    (
        "identity.token-form",
        {},
        _PROJECT,
        _token(well_formed=False),
        "does not begin with hf_, so Hugging Face may not accept it",
        _TOKEN_COMMAND,
    ),
]
"""Id, sections, gcp, token, and the exact message and fix."""


@pytest.mark.parametrize(("identifier", "sections", "gcp", "token", "message", "fix"), _SAID)
def test_the_words_of_a_finding(  # noqa: PLR0913, PLR0917 a row of a table
    identifier: str, sections: Values, gcp: Values, token: Token | None, message: str, fix: str
) -> None:
    (finding,) = _findings(sections, gcp, token)

    assert (finding.id, finding.message, finding.fix) == (identifier, message, fix)
    mounted = sections.get("huggingFaceSecretManager") is not None
    token_key = "huggingFaceSecretManager" if mounted else "huggingFaceToken"
    assert finding.path == ("gcp:project" if "project" in identifier else token_key)


def test_every_check_has_its_words_in_the_table() -> None:
    assert {row[0] for row in _SAID} == {check.id for check in checks_of(identity)}


@pytest.mark.parametrize(
    ("sections", "gcp", "token"),
    [
        pytest.param(_UNGATED, {"project": "your-project-id2"}, None, id="like the placeholder"),
        pytest.param(_UNGATED, {"project": "example.com:my-project"}, None, id="of a domain"),
        pytest.param({**_NO_GKE, **_UNGATED}, {}, None, id="no project, none needed"),
        pytest.param({**_NO_GKE, **_UNGATED}, _PLACEHOLDER, None, id="placeholder, not needed"),
        pytest.param({}, _PROJECT, _token(), id="token, gated model"),
        pytest.param(_UNGATED, _PROJECT, _token(), id="token, free model"),
        pytest.param(_SECRET, _PROJECT, None, id="Secret, gated model"),
        pytest.param(
            {"models": [{"model": "owner/unknown", "parametersBillion": 8}]},
            _PROJECT,
            None,
            id="unknown model of a given size",
        ),
    ],
)
def test_what_only_looks_alike_passes(sections: Values, gcp: Values, token: Token | None) -> None:
    assert _findings(sections, gcp, token) == []


@pytest.mark.parametrize(
    ("sections", "gcp", "token", "identifier"),
    [
        (_UNGATED, {}, None, "identity.project-missing"),
        ({**_ON_GKE, **_UNGATED}, {}, None, "identity.project-missing"),
        ({**_ON_GKE, **_UNGATED}, _PLACEHOLDER, None, "identity.project-placeholder"),
        (
            {"models": [{"parametersBillion": 8}]},
            _PROJECT,
            None,
            "identity.token-missing",
        ),
        (_NO_GKE, {}, None, "identity.token-missing"),
        ({**_UNGATED, **_SECRET}, _PROJECT, _token(), "identity.token-twice"),
        (_UNGATED, _PROJECT, _token(encrypted=False), "identity.token-plaintext"),
        (_UNGATED, _PROJECT, _token(well_formed=False), "identity.token-form"),
    ],
)
def test_a_second_way_to_each_finding(
    sections: Values, gcp: Values, token: Token | None, identifier: str
) -> None:
    assert [finding.id for finding in _findings(sections, gcp, token)] == [identifier]


@pytest.mark.parametrize("size", [{}, {"parametersBillion": 4}])
def test_a_gate_that_is_only_heard_of_is_no_error(size: Values) -> None:
    sections = {"models": [{"model": "google/gemma-3-4b-it", **size}]}

    (finding,) = _findings(sections, _PROJECT, None)

    assert (finding.id, finding.severity) == ("identity.token-missing", Severity.WARNING)


@pytest.mark.parametrize(
    ("identifier", "deployed", "planned"),
    [
        ("identity.project-missing", Severity.ERROR, Severity.ERROR),
        ("identity.project-placeholder", Severity.ERROR, Severity.WARNING),
        ("identity.token-missing", Severity.ERROR, Severity.WARNING),
        ("identity.token-twice", Severity.WARNING, Severity.WARNING),
        ("identity.token-plaintext", Severity.WARNING, Severity.WARNING),
        ("identity.token-form", Severity.WARNING, Severity.WARNING),
    ],
)
def test_offline_only_what_is_still_to_be_filled_in_is_milder(
    identifier: str, deployed: Severity, planned: Severity
) -> None:
    _, sections, gcp, token, *_ = next(row for row in _SAID if row[0] == identifier)

    for offline, severity in ((False, deployed), (True, planned)):
        found = check(_configuration(sections, gcp, token), offline=offline)
        assert [one.severity for one in found if one.id == identifier] == [severity]


def test_a_token_in_secret_manager_is_no_missing_one() -> None:
    mounted = {"huggingFaceSecretManager": {"secret": "hugging-face"}}
    assert _findings(mounted, _PROJECT, None) == []
    (twice,) = _findings(mounted, _PROJECT, _token())
    assert (twice.id, twice.message) == (
        "identity.token-twice",
        "set beside huggingFaceSecretManager, whose Secret is used, so it has no effect",
    )
