"""Load the configuration, refuse what cannot work, build the stack, export its outputs."""

import pulumi

from components import InferenceStack, InferenceStackArgs
from inference.config import load
from inference.config.execution import end_quietly, is_offline
from inference.documents import load_crds
from inference.preflight import check, enforce, previous_values

end_quietly()
configuration = load()
findings = check(configuration, offline=is_offline(), previous=previous_values())
enforce(findings)
stack = InferenceStack(
    "inference",
    InferenceStackArgs(configuration=configuration, crds=load_crds(configuration.settings)),
)
for name, value in stack.outputs.exported().items():
    pulumi.export(name, value)
