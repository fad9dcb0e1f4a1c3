"""Settings come from a stack file without a run of the program, and are the program's own."""

import pytest
from conftest import SEVERAL_MODELS, run, stack_file

from inference.config import RefusedError
from inference.config.read_settings import read_settings


def test_settings_are_those_of_a_run_of_the_program() -> None:
    assert read_settings(stack_file(SEVERAL_MODELS)) == run(SEVERAL_MODELS).settings


def test_one_files_settings_do_not_leak_into_the_next() -> None:
    read_settings(stack_file({"namespace": "models"}))
    assert read_settings(stack_file({})).namespace == "default"


def test_every_problem_is_told_at_once() -> None:
    stack = stack_file({"modls": [], "gateway": {"nme": "a"}})
    with pytest.raises(RefusedError) as caught:
        read_settings(stack)
    assert {finding.path for finding in caught.value.findings} == {"modls", "gateway.nme"}
