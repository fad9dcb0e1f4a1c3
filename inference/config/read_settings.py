"""The settings of a stack file, without running the program."""

from contextvars import copy_context

from pulumi.runtime.config import set_all_config

from inference.config.loader import load_settings
from inference.config.settings import Settings
from inference.config.stack_file import StackFile


def read_settings(stack: StackFile) -> Settings:
    """What a stack file says, validated as the program validates it.

    Raises:
        RefusedError: with every problem at once.
    """

    def read() -> Settings:
        set_all_config(dict(stack.config), list(stack.secret_keys))
        return load_settings()

    # Pulumi keeps the configuration in a context variable: a copy leaves the caller's alone.
    return copy_context().run(read)
