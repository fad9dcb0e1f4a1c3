"""Stack files are read as the engine reads them, and what it would refuse is refused."""

import json
from pathlib import Path
from typing import Final

import pytest
import yaml
from conftest import COMMITTED_STACKS

from inference.config import Finding, RefusedError, Settings
from inference.config.stack_file import ROOT, StackFile, read_file, read_stack, stack_names

_PROJECT: Final = "gke-inference-gateway"
_KEYS: Final = {
    field.alias for field in Settings.model_fields.values() if field.alias and not field.exclude
}
_DECLARED: Final = frozenset(f"{_PROJECT}:{key}" for key in _KEYS)


def read(folder: Path, text: str, name: str = "stack.yaml") -> StackFile:
    """The stack file with this text."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return read_file(file)


def value(folder: Path, line: str) -> str:
    """What the program gets for the key `key`, of which the file says `line`."""
    return read(folder, f"config:\n  key: {line}\n").config[f"{_PROJECT}:key"]


def refusal(file: Path) -> Finding:
    """Why a file is refused."""
    with pytest.raises(RefusedError) as caught:
        read_file(file)
    (finding,) = caught.value.findings
    return finding


def malformed(folder: Path, text: str) -> Finding:
    """Why a file with this text is refused."""
    file = folder / "stack.yaml"
    file.write_text(text, encoding="utf-8")
    return refusal(file)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("config: [a\n  b: }", id="brackets"),
        pytest.param("config:\n\tgcp:project: a\n", id="tab"),
        pytest.param("config:\n  gcp:project: 'a\n", id="quote"),
        pytest.param("config: {}\n---\nconfig: {}\n", id="two documents"),
        pytest.param('config:\n  a: "\x01"\n', id="control character"),
        pytest.param("config: *nowhere\n", id="unknown anchor"),
        pytest.param("config: !mine\n  a: b\n", id="unknown tag"),
        pytest.param("config: !!python/object/apply:os.getcwd []\n", id="Python object"),
        pytest.param("config: &all\n  a: *all\n", id="value within itself"),
        pytest.param("config:\n  ? [a, b]\n  : c\n", id="list for a key"),
        pytest.param("? {a: b}\n: c\n", id="mapping for a key"),
    ],
)
def test_malformed_yaml_is_refused(tmp_path: Path, text: str) -> None:
    finding = malformed(tmp_path, text)

    assert (finding.id, finding.path) == ("config.malformed", "stack.yaml")


def test_malformed_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 3" in malformed(tmp_path, "config:\n  a: b\n c: d\n").message


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("config:\n  gcp:project: a\n  gcp:project: a\n", "gcp:project"),
        ("config: {}\nconfig: {}\n", "config"),
        ("config:\n  a:\n    - {b: 1, c: 2, b: 3}\n", "b"),
        ("config:\n  a: 1\n  'a': 2\n", "a"),
    ],
)
def test_a_repeated_key_is_refused_at_any_depth(tmp_path: Path, text: str, key: str) -> None:
    finding = malformed(tmp_path, text)

    assert finding.id == "config.malformed"
    assert f"key '{key}' is repeated" in finding.message


def test_a_key_may_come_again_in_another_mapping(tmp_path: Path) -> None:
    assert json.loads(value(tmp_path, "[{a: 1}, {a: 2}]")) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("text", ["- a\n", "text\n", "3\n", "true\n", "[]\n"])
def test_a_file_without_keys_and_values_is_refused(tmp_path: Path, text: str) -> None:
    finding = malformed(tmp_path, text)

    assert (finding.id, finding.path) == ("config.malformed", "stack.yaml")
    assert "must hold keys and values" in finding.message


@pytest.mark.parametrize("text", ["config: [a]\n", "config: text\n", "config: 3\n"])
def test_a_config_without_keys_and_values_is_refused(tmp_path: Path, text: str) -> None:
    finding = malformed(tmp_path, text)

    assert (finding.id, finding.path) == ("config.malformed", "config")
    assert finding.message == "must be a mapping of keys to values"


@pytest.mark.parametrize("text", ["config:\n", "config: {}\n"])
def test_a_stack_may_say_nothing(tmp_path: Path, text: str) -> None:
    assert set(read(tmp_path, text).config) == {"pulumi:disable-default-providers", *_DECLARED}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("configs: {}\n", "configs"),
        ("config: {}\nmodels: []\n", "models"),
        ("gcp:project: a\n", "gcp:project"),
        ("1: a\n", "1"),
    ],
)
def test_an_unknown_key_at_the_top_is_refused(tmp_path: Path, text: str, key: str) -> None:
    finding = malformed(tmp_path, text)

    assert (finding.id, finding.path) == ("config.unknown-key", key)
    assert "stack.yaml" in finding.message


@pytest.mark.parametrize(
    ("key", "moved"), [("models", "gke-inference-gateway:models"), ("gcp:project", "gcp:project")]
)
def test_an_unknown_key_at_the_top_is_shown_its_place(tmp_path: Path, key: str, moved: str) -> None:
    assert malformed(tmp_path, f"{key}: a\n").fix == f"move it under `config:` as {moved}"


def test_all_unknown_keys_at_the_top_are_reported_together(tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text("models: []\nconfig: {}\nnamespace: a\n", encoding="utf-8")

    with pytest.raises(RefusedError) as caught:
        read_file(file)

    assert [finding.path for finding in caught.value.findings] == ["models", "namespace"]


def test_what_the_engine_writes_at_the_top_is_accepted(tmp_path: Path) -> None:
    text = (
        "secretsprovider: passphrase\nencryptionsalt: v1:a:b\nencryptedkey: a\nenvironment: [a]\n"
    )

    assert read(tmp_path, f"{text}config:\n  key: a\n").config[f"{_PROJECT}:key"] == "a"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("2026-11-05", "2026-11-05"),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("true", "true"),
        ("'3'", "3"),
        ("3", "3"),
        ("010", "010"),
        ("1.10", "1.10"),
        ("1_000", "1_000"),
        ("2026-11-05 12:00:00", "2026-11-05 12:00:00"),
        ("", ""),
        ("null", ""),
        ("~", ""),
        ("|\n    two\n    lines\n", "two\nlines\n"),
    ],
)
def test_a_plain_value_reaches_the_program_as_it_is_written(
    tmp_path: Path, line: str, text: str
) -> None:
    assert value(tmp_path, line) == text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[yes, no, on, off]", ["yes", "no", "on", "off"]),
        ("[true, False, TRUE]", [True, False, True]),
        ("{a: 3, b: 0.5, c: '3', d: null}", {"a": 3, "b": 0.5, "c": "3", "d": None}),
        ("{a: [{b: c}]}", {"a": [{"b": "c"}]}),
        ("{}", {}),
        ("[]", []),
    ],
)
def test_a_structured_value_reaches_the_program_as_json(
    tmp_path: Path, line: str, expected: object
) -> None:
    assert json.loads(value(tmp_path, line)) == expected


def test_a_date_within_a_structured_value_does_not_break_it(tmp_path: Path) -> None:
    assert json.loads(value(tmp_path, "{a: 2026-11-05}"))["a"].startswith("2026-11-05")


def test_anchors_and_merged_mappings_are_resolved(tmp_path: Path) -> None:
    text = """\
config:
  models:
    - &base {name: a, gpu: {count: 2}}
    - {<<: *base, name: b}
"""

    models = json.loads(read(tmp_path, text).config[f"{_PROJECT}:models"])

    assert models == [
        {"name": "a", "gpu": {"count": 2}},
        {"name": "b", "gpu": {"count": 2}},
    ]


def test_a_number_for_a_key_is_text(tmp_path: Path) -> None:
    assert read(tmp_path, "config:\n  1: a\n").config[f"{_PROJECT}:1"] == "a"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{secure: v1:abc}", "[secret]"),
        ("{a: {secure: v1:abc}, b: c}", {"a": "[secret]", "b": "c"}),
        ("[{a: [b, {secure: v1:abc}]}]", [{"a": ["b", "[secret]"]}]),
    ],
)
def test_an_encrypted_value_is_opaque_and_secret(
    tmp_path: Path, line: str, expected: object
) -> None:
    stack = read(tmp_path, f"config:\n  key: {line}\n  other: plain\n")

    text = stack.config[f"{_PROJECT}:key"]
    assert (text if isinstance(expected, str) else json.loads(text)) == expected
    assert stack.secret_keys == {f"{_PROJECT}:key"}
    assert "v1:abc" not in repr(stack)


@pytest.mark.parametrize(
    "line",
    ["{secure: a, other: b}", "{insecure: a}", "secure", "{secure: [a]}", "{secure: {a: b}}"],
)
def test_only_a_mapping_of_secure_to_text_is_encrypted(tmp_path: Path, line: str) -> None:
    stack = read(tmp_path, f"config:\n  key: {line}\n")

    assert "[secret]" not in stack.config[f"{_PROJECT}:key"]
    assert stack.secret_keys == frozenset()


def test_a_key_without_a_namespace_is_one_of_the_project(tmp_path: Path) -> None:
    stack = read(tmp_path, "config:\n  namespace: a\n  gcp:project: b\n  other:key: c\n")

    assert stack.config[f"{_PROJECT}:namespace"] == "a"
    assert stack.config["gcp:project"] == "b"
    assert stack.config["other:key"] == "c"
    assert "namespace" not in stack.config


def test_what_pulumi_yaml_says_is_merged_below_the_stack(tmp_path: Path) -> None:
    stack = read(tmp_path, f"config:\n  {_PROJECT}:cluster: {{mode: autopilot}}\n  crds: {{}}\n")

    assert stack.config["pulumi:disable-default-providers"] == '["gcp", "kubernetes"]'
    assert json.loads(stack.config[f"{_PROJECT}:cluster"]) == {"mode": "autopilot"}
    unset = {key for key, text in stack.config.items() if text in {"", "{}", "[]"}}
    assert unset == {f"{_PROJECT}:{key}" for key in _KEYS - {"cluster"}}


def test_a_stack_may_replace_what_pulumi_yaml_sets_for_all(tmp_path: Path) -> None:
    stack = read(tmp_path, "config:\n  pulumi:disable-default-providers: []\n")

    assert stack.config["pulumi:disable-default-providers"] == "[]"


def test_the_stacks_are_named_after_their_files() -> None:
    names = stack_names()

    assert set(COMMITTED_STACKS) <= set(names)
    assert names == sorted(names)
    assert all((ROOT / f"Pulumi.{name}.yaml").is_file() for name in names)


@pytest.mark.parametrize("name", COMMITTED_STACKS)
def test_a_stack_of_the_project_is_read_by_name(name: str) -> None:
    stack = read_stack(name)

    assert stack.name == name
    assert "gcp:region" in stack.config or f"{_PROJECT}:cluster" in stack.config


@pytest.mark.parametrize("name", ["nowhere", "", "../dev", "*", "dev.yaml", "Dev"])
def test_a_stack_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read_stack(name)

    (finding,) = caught.value.findings
    assert finding.id == "config.no-such-stack"
    assert repr(name) in finding.message
    assert ", ".join(stack_names()) in finding.message


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Pulumi.prod.yaml", "prod"),
        ("Pulumi.prod.yml", "prod"),
        ("Pulumi.eu.prod-1.yaml", "eu.prod-1"),
        ("stack.yaml", "preview"),
        ("Pulumi.yaml.txt", "preview"),
        ("pulumi.prod.yaml", "preview"),
        ("MyPulumi.prod.yaml", "preview"),
        ("Pulumi.prod.yaml.orig", "preview"),
        ("Pulumi..yaml", "preview"),
    ],
)
def test_a_file_anywhere_names_the_stack_or_it_is_preview(
    tmp_path: Path, file: str, name: str
) -> None:
    assert read(tmp_path, "config: {}\n", file).name == name


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"config:\n  key: \xff\xfe\n", "is not valid YAML", id="not UTF-8"),
        *(
            pytest.param(
                f"config:\n  models:\n    - {value}\n".encode(),
                f"is not valid YAML: line 3, column 7: {shown!r} is neither text, a number",
                id=value,
            )
            for value, shown in {
                ".nan": ".nan",
                "1e400": "1e400",
                "!!binary aGk=": "aGk=",
                "!!set {a, b}": "set",
                "!!timestamp 2026-01-01": "2026-01-01",
            }.items()
        ),
        pytest.param(None, "cannot be read: No such file", id="absent"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, content: bytes | None, expected: str
) -> None:
    file = tmp_path / "stack.yaml"
    if content is not None:
        file.write_bytes(content)

    assert refusal(file).message.startswith(expected)


def test_a_folder_for_a_file_is_refused(tmp_path: Path) -> None:
    finding = refusal(tmp_path)

    assert (finding.id, finding.path) == ("config.unreadable", str(tmp_path))
    assert "Is a directory" in finding.message


@pytest.mark.parametrize(
    ("line", "as_text"),
    [
        ("!!binary aGVsbG8=", "hello"),
        ("{a: !!binary aGVsbG8=}", '{"a": "hello"}'),
        ("!!set {a, b}", '{"a": null, "b": null}'),
        ("[0x_]", '["0x_"]'),
    ],
)
def test_what_json_cannot_hold_is_text_or_refused(tmp_path: Path, line: str, as_text: str) -> None:
    try:
        outcome = value(tmp_path, line)
    except RefusedError as error:
        outcome = error.findings[0].id

    assert outcome in {as_text, "config.malformed"}


def test_pulumi_yaml_declares_every_key_but_the_token_as_unset() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    own = {key: entry for key, entry in declared["config"].items() if ":" not in key}

    assert set(own) == _KEYS
    assert {str(entry["default"]) for entry in own.values()} <= {"", "{}", "[]"}
