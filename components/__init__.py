"""What is built: one ComponentResource a file. `InferenceStack` wires them."""

from components.inference_stack import InferenceStack, InferenceStackArgs

__all__ = ["InferenceStack", "InferenceStackArgs"]
