"""`models[].engine`: the programs that can serve a model."""

from enum import StrEnum

from inference.catalog.sglang import ADAPTER_SEPARATOR


class Engine(StrEnum):
    """A program that serves the OpenAI API. `derive.engines` has its arguments."""

    VLLM = "vllm"
    SGLANG = "sglang"
    SIMULATOR = "simulator"

    @property
    def is_simulated(self) -> bool:
        """Whether answers are made up, so that neither GPUs nor weights nor a token are needed."""
        return self is Engine.SIMULATOR

    @property
    def label(self) -> str:
        """Its name as people write it."""
        return _LABELS[self]

    @property
    def refuses_unknown_models(self) -> bool:
        """Whether a request for a model that is not served is refused; SGLang's base answers it."""
        return self is not Engine.SGLANG

    def adapter_name(self, base: str, adapter: str) -> str:
        """What a request gives as `model` to reach an adapter of the model that is served."""
        return f"{base}{ADAPTER_SEPARATOR}{adapter}" if self is Engine.SGLANG else adapter


_LABELS = {Engine.VLLM: "vLLM", Engine.SGLANG: "SGLang", Engine.SIMULATOR: "the simulator"}
