"""`models[].engine`: the programs that can serve a model."""

from enum import StrEnum


class Engine(StrEnum):
    """A program that serves the OpenAI API. What it is started with stands in `derive.engines`."""

    VLLM = "vllm"
    SIMULATOR = "simulator"

    @property
    def is_simulated(self) -> bool:
        """Whether answers are made up, so that neither GPUs nor weights nor a token are needed."""
        return self is Engine.SIMULATOR
