"""Load the configuration, refuse what cannot work, build the stack, export its outputs."""

import pulumi

from components import InferenceStack, InferenceStackArgs
from config import load
from config.execution import is_offline
from documents import load_crds
from preflight import check, enforce, previous_values

configuration = load()
findings = check(configuration, offline=is_offline(), previous=previous_values())
enforce(findings)
stack = InferenceStack(
    "inference",
    InferenceStackArgs(configuration=configuration, crds=load_crds(configuration.settings)),
)
for name, value in stack.outputs.items():
    pulumi.export(name, value)
