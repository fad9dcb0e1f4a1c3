"""Checks as a whole: their ids and sources, the order of findings, and what a stack accepts."""

import ast
import importlib
import json
import pkgutil
import re
from collections import Counter
from collections.abc import Mapping
from cProfile import Profile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pulumi
import pytest
from conftest import make_settings, run
from test_cases import TABLES

from inference import preflight
from inference.catalog.facts import PULUMI_CONFIG
from inference.catalog.source import Level, Source
from inference.cli import main
from inference.config import Configuration, Finding, RefusedError, Severity, Token
from inference.config.preflight import Allowed
from inference.derive.replacing import replacing_values
from inference.preflight import provider_keys
from inference.preflight.check import CHECKS, check, enforce
from inference.preflight.registry import Check

Values = Mapping[str, Any]
Output = pytest.CaptureFixture[str]

_REASON: Final = "known, and written down elsewhere"
_TOO_MANY: Final = {"models": [{"replicas": 3}]}
"""3 replicas, on the 2 GPUs of the node pool that a stack gets by itself."""
_SMALL: Final = {"network": {"name": "mine", "proxyOnlySubnet": {"cidr": "192.168.254.0/24"}}}
_EXISTING: Final = {"mode": "existing", "context": "kind"}
_IDS: Final = Path(__file__).with_name("finding_ids.txt")
"""Ids that stack files may name: one that goes or changes breaks them."""


def _allowing(*identifiers: str, reason: str = _REASON) -> Values:
    return {"preflight": {"allow": [{"id": found, "reason": reason} for found in identifiers]}}


def _token(*, encrypted: bool = True, well_formed: bool = True) -> Token:
    value = pulumi.Output[str].from_input("hf_nothing")
    return Token(value=value, encrypted=encrypted, well_formed=well_formed)


def _check(  # noqa: PLR0913 keywords, all of them what a stack may differ in
    sections: Values,
    *,
    project: str | None = "my-project",
    token: Token | None = None,
    region: str = "us-central1",
    offline: bool = True,
    previous: Mapping[str, str] | None = None,
) -> list[Finding]:
    gcp = {"region": region, **({"project": project} if project else {})}
    settings = make_settings({**sections, "gcp": gcp})
    configuration = Configuration(settings=settings, token=token)
    return check(configuration, offline=offline, previous=previous)


def _one_model(**values: object) -> Values:
    return {"models": [values]}


def _pool(**values: object) -> Values:
    return {"nodePools": [values]}


@cache
def _everything() -> tuple[Finding, ...]:
    """Findings of configurations that trip every check between them."""
    # The first and last configuration of a check: test_cases.py goes through the others.
    rows = [(row[0], row[1]) for table in TABLES for row in table.trips]
    few = [*dict(rows).values(), *dict(reversed(rows)).values()]
    found = [finding for sections in few for finding in _check(sections, token=_token())]
    for stack in (
        _allowing("lora.rank"),
        {**_one_model(name="llama3.1"), **_allowing("names.not-a-label")},
        {
            "huggingFaceSecretManager": {"secret": "a"},
            "cluster": {"mode": "existing", "context": "gke"},
        },
        {
            "huggingFaceSecretManager": {"secret": "a"},
            "huggingFaceSecret": {"name": "b"},
            "cluster": _EXISTING,
            "gateway": {"className": "other"},
        },
    ):
        found += _check(stack)
    found += provider_keys.findings(["gcp:zone", "gcp:regon"])
    found += _check({}, region="us-central9")
    found += _check({}, project=None, offline=False)
    found += _check({}, project="your-project-id")
    found += _check({}, project="your-project-id", offline=False)
    found += _check(
        {"huggingFaceSecret": {"name": "mine"}},
        token=_token(encrypted=False, well_formed=False),
    )
    changed = {
        "cluster": {"name": "other"},
        "nodePools": [{"machineType": "a3-highgpu-8g"}],
        "gatewayRelease": "llm-d-v0.10.0",
        "weights": {"bucket": "second"},
    }
    last = replacing_values(make_settings({"weights": {"bucket": "first"}}))
    found += _check(changed, previous=last)
    return tuple(found)


def _modules() -> list[ModuleType]:
    return [
        importlib.import_module(f"inference.preflight.{module.name}")
        for module in pkgutil.iter_modules(preflight.__path__)
    ]


def _made() -> dict[int, Check]:
    """Every Check of the package by identity, as `check` imports some from others."""
    values = (value for module in _modules() for value in vars(module).values())
    return {id(value): value for value in values if isinstance(value, Check)}


def test_no_two_checks_have_the_same_id() -> None:
    repeated = [
        found for found, count in Counter(c.id for c in _made().values()).items() if count > 1
    ]

    assert repeated == []


def test_a_check_has_the_name_of_its_id() -> None:
    """Its area may be left out in the module of that name: a call says which check it is."""
    for module in _modules():
        here = module.__name__.rpartition(".")[2]
        for name, value in vars(module).items():
            if isinstance(value, Check):
                area, _, words = value.id.replace("-", "_").upper().partition(".")
                assert name == f"{area}_{words}" or (area == here.upper() and name == words)


def test_every_check_is_in_the_registry() -> None:
    assert {found.id: found for found in _made().values()} == dict(CHECKS)
    assert all(identifier == found.id for identifier, found in CHECKS.items())


def test_ids_that_stack_files_may_name_are_those_of_the_list() -> None:
    assert sorted(CHECKS) == _IDS.read_text(encoding="utf-8").split()


def test_an_id_is_an_area_and_words_as_stack_files_may_name_it() -> None:
    form = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")

    assert [identifier for identifier in CHECKS if not form.fullmatch(identifier)] == []
    for identifier in CHECKS:
        assert Allowed(id=identifier, reason=_REASON).id == identifier


def test_a_check_says_cause_consequence_fix_and_source() -> None:
    for identifier, found in CHECKS.items():
        for text in (found.cause, found.consequence):
            assert re.fullmatch(r"\S.{8,}\.", text), identifier
        assert re.fullmatch(r"\S.*\S", found.fix), identifier
        for source in found.sources:
            assert source.title, identifier
            assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", source.date), identifier


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("further", [Level.HIGH, Level.MEDIUM])
def test_only_facts_of_the_highest_level_make_an_error(
    further: Level, level: Level, severity: Severity
) -> None:
    def make() -> Check:
        return Check(
            id="area.word",
            severity=severity,
            cause="A.",
            consequence="B.",
            fix="C.",
            source=Source(title="somewhere", date="2026-11", level=level),
            also=(Source(title="elsewhere", date="2026-11", level=further),),
        )

    if severity is Severity.ERROR and {level, further} != {Level.HIGH}:
        with pytest.raises(ValueError, match=r"area\.word is an error, but its source is of level"):
            make()
    else:
        assert make().severity is severity


def test_the_scan_raises_every_check_and_nothing_else() -> None:
    assert {finding.id for finding in _everything()} == set(CHECKS)


def test_no_finding_is_graver_than_its_check() -> None:
    order = list(Severity)

    graver = [
        finding
        for finding in _everything()
        if order.index(finding.severity) < order.index(CHECKS[finding.id].severity)
    ]
    assert graver == []


def test_every_finding_says_where_what_and_how_to_fix_it() -> None:
    for finding in _everything():
        assert finding.path, finding.id
        assert finding.message, finding.id
        assert finding.fix, finding.id
        assert not finding.message.endswith("."), finding.id


def test_findings_are_made_by_checks_only() -> None:
    made_by_hand = [
        f"{file.name}:{node.lineno}"
        for folder in preflight.__path__
        for file in sorted(Path(folder).glob("*.py"))
        if file.name != "registry.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "Finding"
    ]

    assert made_by_hand == []


def test_errors_come_first_and_accepted_findings_last() -> None:
    sections = {**_TOO_MANY, **_SMALL, **_pool(capacity="onDemand")}
    accepted = ("capacity.not-offered", "network.public-http", "preflight.no-such-thing")

    found = _check({**sections, **_allowing(*accepted)})

    assert [(finding.id, str(finding.severity), finding.silenced) for finding in found] == [
        ("capacity.gpus", "error", None),
        ("identity.token-missing", "warning", None),
        ("preflight.nothing-to-allow", "warning", None),
        ("network.small-proxy-subnet", "info", None),
        ("capacity.not-offered", "error", _REASON),
        ("network.public-http", "warning", _REASON),
    ]


def test_a_reason_marks_every_finding_of_its_id_and_no_other() -> None:
    models = [{"name": "a", "image": "a/b:latest"}, {"name": "b", "servedName": "b", "image": "c"}]
    found = _check({"models": models, **_allowing("image.unpinned")})

    assert [(f.path, f.silenced) for f in found if f.id == "image.unpinned"] == [
        ("models[0].image", _REASON),
        ("models[1].image", _REASON),
    ]
    assert {finding.silenced for finding in found if finding.id != "image.unpinned"} == {None}


def test_each_entry_has_its_own_reason() -> None:
    allow = [
        {"id": "network.public-http", "reason": "a demonstration"},
        {"id": "identity.token-missing", "reason": "set by others"},
    ]

    found = _check({"preflight": {"allow": allow}})

    assert {f.id: f.silenced for f in found if f.silenced is not None} == {
        "network.public-http": "a demonstration",
        "identity.token-missing": "set by others",
    }


@pytest.mark.parametrize(
    ("identifiers", "paths"),
    [
        pytest.param(["lora.rank"], ["preflight.allow[0]"], id="known, not found"),
        pytest.param(["network.public-htp"], ["preflight.allow[0]"], id="misspelt"),
        pytest.param(
            ["network.public-http", "lora.rank", "identity.token-missing", "lora.more-than-cached"],
            ["preflight.allow[1]", "preflight.allow[3]"],
            id="two of four",
        ),
        pytest.param([], [], id="nothing accepted"),
        pytest.param(["network.public-http"], [], id="a warning"),
        pytest.param(["network.public-http", "identity.token-missing"], [], id="two warnings"),
    ],
)
def test_an_entry_without_a_finding_warns(identifiers: list[str], paths: list[str]) -> None:
    found = [
        finding
        for finding in _check(_allowing(*identifiers))
        if finding.id == "preflight.nothing-to-allow"
    ]

    assert [finding.path for finding in found] == paths
    assert {finding.severity for finding in found} <= {Severity.WARNING}


def test_the_words_of_an_entry_without_a_finding() -> None:
    sections = _allowing("network.public-http", "lora.rank")

    (finding,) = [f for f in _check(sections) if f.id == "preflight.nothing-to-allow"]

    assert finding.message == (
        "lora.rank does not occur: if it does later, it will be accepted without notice"
    )
    assert finding.fix == "remove `preflight.allow[1]` from the stack file"


def test_a_finding_that_is_there_is_not_said_to_be_missing() -> None:
    """An entry for the finding about another entry: it is accepted, or said not to be."""
    found = _check(_allowing("lora.rank", "preflight.nothing-to-allow"))

    messages = [f.message for f in found if f.id == "preflight.nothing-to-allow"]
    assert any("lora.rank does not occur" in message for message in messages)
    assert not any("preflight.nothing-to-allow" in message for message in messages)


@pytest.mark.parametrize(
    ("sections", "project", "identifier"),
    [
        (_one_model(name="llama3.1"), "my-project", "names.not-a-label"),
        ({}, "your-project-id", "identity.project-placeholder"),
        ({}, None, "identity.project-missing"),
    ],
)
def test_what_nothing_can_be_built_with_is_not_accepted(
    sections: Values, project: str | None, identifier: str
) -> None:
    found = _check(
        {**sections, **_allowing("network.public-http", identifier)}, project=project, offline=False
    )

    silenced = {finding.id: finding.silenced for finding in found}
    assert (silenced[identifier], silenced["network.public-http"]) == (None, _REASON)
    (entry,) = [f for f in found if f.id == "preflight.not-acceptable"]
    assert (entry.path, entry.severity) == ("preflight.allow[1]", Severity.WARNING)
    assert "preflight.nothing-to-allow" not in silenced
    with pytest.raises(RefusedError):
        enforce(found)


@pytest.mark.parametrize(
    ("sections", "identifier"),
    [
        (_TOO_MANY, "capacity.gpus"),
        ({}, "identity.token-missing"),
        # Not found, so that it could come: see preflight.nothing-to-allow.
        ({}, "names.not-a-label"),
        ({}, "identity.project-missing"),
    ],
)
def test_what_is_accepted_or_not_there_is_not_said_to_be_unacceptable(
    sections: Values, identifier: str
) -> None:
    found = _check({**sections, **_allowing(identifier)}, offline=False)

    assert [f for f in found if f.id == "preflight.not-acceptable"] == []


def test_the_words_of_an_entry_that_has_no_effect() -> None:
    sections = {**_one_model(name="llama3.1"), **_allowing("names.not-a-label")}

    (finding,) = [f for f in _check(sections) if f.id == "preflight.not-acceptable"]

    assert finding.message == (
        "names.not-a-label cannot be accepted: nothing can be deployed until it is fixed"
    )
    assert finding.fix == ("remove `preflight.allow[0]` from the stack file, and fix the finding")


def test_an_error_that_is_left_refuses_and_carries_all_findings() -> None:
    found = _check({**_TOO_MANY, **_pool(capacity="onDemand"), **_allowing("capacity.not-offered")})

    with pytest.raises(RefusedError) as caught:
        enforce(found)

    assert caught.value.findings == tuple(found)
    assert str(caught.value).startswith("1 problem in the configuration:\n[capacity.gpus] ")
    assert "capacity.not-offered" not in str(caught.value)


def test_what_is_left_and_a_warning_is_shown_in_the_output_of_pulumi(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(pulumi, "warn", shown.append)
    accepted = ("capacity.gpus", "network.public-http")
    found = _check({**_TOO_MANY, **_SMALL, **_allowing(*accepted)})

    enforce(found)

    (left,) = [f for f in found if f.id == "identity.token-missing"]
    assert shown == [str(left)]
    assert "network.small-proxy-subnet" in {finding.id for finding in found}


def test_nothing_is_shown_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(pulumi, "warn", shown.append)

    enforce([])

    assert shown == []


def test_an_accepted_error_lets_the_program_build() -> None:
    found = run({**_TOO_MANY, **_allowing("capacity.gpus")})

    assert ("capacity.gpus", Severity.ERROR, _REASON) in [
        (finding.id, finding.severity, finding.silenced) for finding in found.findings
    ]
    assert found.resources


@pytest.fixture
def accepting(tmp_path: Path) -> str:
    """A stack file that accepts an error."""
    file = tmp_path / "stack.yaml"
    config = {"gcp:project": "my-project", **_TOO_MANY, **_allowing("capacity.gpus")}
    # JSON is YAML.
    file.write_text(json.dumps({"config": config}), encoding="utf-8")
    return str(file)


def test_the_plan_shows_what_is_accepted_and_why(accepting: str, capsys: Output) -> None:
    assert main(["plan", "--findings", "--config", accepting]) == 0

    text = " ".join(capsys.readouterr().out.split())
    message = "needed 3 GPUs (llama3-8b: 3 × 1), have 2 (gpupool: 1 × 2)"
    assert message in text.partition("accepted")[2]
    assert f"because {_REASON} [capacity.gpus]" in text


def test_the_json_of_a_plan_has_the_reason(accepting: str, capsys: Output) -> None:
    assert main(["plan", "--config", accepting, "--json"]) == 0

    found = json.loads(capsys.readouterr().out)["findings"]
    silenced = {finding["id"]: finding["silenced"] for finding in found}
    assert silenced.pop("capacity.gpus") == _REASON
    assert silenced
    assert set(silenced.values()) == {None}


def test_the_json_of_a_refusal_has_the_reason_too(tmp_path: Path, capsys: Output) -> None:
    file = tmp_path / "stack.yaml"
    config = {"gcp:project": "my-project", **_TOO_MANY, **_allowing("network.public-http")}
    file.write_text(json.dumps({"config": config}), encoding="utf-8")

    assert main(["plan", "--config", str(file), "--json"]) == 2

    found = json.loads(capsys.readouterr().out)["findings"]
    silenced = {finding["id"]: finding["silenced"] for finding in found}
    assert silenced.pop("network.public-http") == _REASON
    assert "capacity.gpus" in silenced
    assert set(silenced.values()) == {None}


@pytest.mark.parametrize(
    ("region", "sections", "identifier"),
    [
        ("us-centrl1", {}, "places.no-such-region"),
        ("us-centrl1", {"nodePools": [{"zones": ["us-central1-a"]}]}, "places.no-such-region"),
        ("us-centrl1", {"nodePools": [{"zones": ["us-centrl1-a"]}]}, "places.no-such-region"),
        ("us-centrl1", {"cluster": {"mode": "autopilot"}}, "places.no-such-region"),
        ("us-centrl1", {"cluster": {"location": "us-central1"}}, "places.no-such-region"),
        ("us-central1", {"nodePools": [{"zones": ["us-central1-z"]}]}, "places.no-such-zone"),
        # The same of another pool is a finding of its own.
        (
            "us-central1",
            {"nodePools": [{"machineType": "a3-ultragpu-8g", "zones": ["us-central1-a"]}]},
            "capacity.zone",
        ),
    ],
)
def test_a_place_that_is_not_there_is_said_once(
    region: str, sections: Values, identifier: str
) -> None:
    found = _check(sections, region=region, token=_token())
    places = re.compile(r"zone|region")
    assert [finding.id for finding in found if places.search(finding.id)] == [identifier]


def test_a_cause_that_is_accepted_hides_no_error_that_follows_from_it() -> None:
    sections = {"cluster": {"location": "us-central1-a"}, **_allowing("places.no-such-region")}
    left = {one.id for one in _check(sections, region="europe-west99") if one.silenced is None}

    assert "cluster.location-outside-region" in left
    assert "places.no-such-region" not in left


def test_a_misspelt_model_is_said_once() -> None:
    found = _check(_one_model(model="qwen/qwen3-8b"), token=_token())

    about = ("memory.unknown", "models.nearly-known")
    assert [one.id for one in found if one.id in about] == ["models.nearly-known"]


def _calls(models: int, model: Values) -> int:
    """How many calls the checks make for that many models of one kind."""
    pool = {"machineType": "a3-highgpu-1g", "nodes": models}
    named = [{"name": f"m{n}", "servedName": f"m{n}", **model} for n in range(models)]
    configuration = Configuration(
        settings=make_settings({"nodePools": [pool], "models": named}), token=None
    )
    profile = Profile(builtins=False)
    profile.runcall(check, configuration, offline=True)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize(
    "model",
    [
        {"model": "Qwen/Qwen3-8B"},
        {"model": "meta-llama/Llama-3.1-70B-Instruct"},
        {"gpu": {"accelerator": "nvidia-l4", "count": 2}},
    ],
    ids=["fits", "too large", "without a node"],
)
def test_checks_of_many_models_take_as_long_for_each(model: Values) -> None:
    _calls(1, model)
    assert _calls(64, model) < 4.4 * _calls(16, model)


def test_a_check_gives_its_findings_its_id_and_severity() -> None:
    made = Check(
        id="area.word",
        severity=Severity.ERROR,
        cause="A.",
        consequence="B.",
        fix="C.",
        source=PULUMI_CONFIG,
    )

    assert made.finding("models", "what", "how") == Finding(
        id="area.word", severity=Severity.ERROR, path="models", message="what", fix="how"
    )
    assert made.finding("models", "what", "how", Severity.INFO).severity is Severity.INFO
