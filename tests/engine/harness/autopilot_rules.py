"""What Autopilot refuses of Pods, as a policy of the API server: the real one then refuses them.

The rules are those of pages of GKE, not the program's catalog: "Deploy GPU workloads in Autopilot",
"Autopilot security capabilities", "Resource requests in Autopilot" and "Run GPUs in Standard node
pools" (drivers by version), read in 2026-11; that of 10 GiB of storage is from error texts in
public repositories. None says how much storage a GPU Pod gets on machines without local SSD.
"""

from itertools import product
from typing import Any, Final

from harness.api import Api
from harness.machine_types import GPU_MACHINES, largest_with

_NAME: Final = "autopilot"
_API: Final = "admissionregistration.k8s.io/v1"
_CAPABILITIES: Final = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
    "SYS_PTRACE",
)
_VARIABLES: Final = {
    "containers": "object.spec.containers + object.spec.?initContainers.orValue([])",
    "selector": "object.spec.?nodeSelector.orValue({})",
    "gpus": "object.spec.containers.filter(c, "
    "'nvidia.com/gpu' in c.?resources.?limits.orValue({}))",
    "storage": "object.spec.containers.map(c, quantity(string(c.?resources.?requests"
    "[?'ephemeral-storage'].orValue('0'))).asApproximateFloat()).sum()",
}
_ACCELERATOR: Final = "cloud.google.com/gke-accelerator"
_CLASS: Final = "cloud.google.com/compute-class"
_GPU: Final = "nvidia.com/gpu"
_AMOUNTS: Final = ["cpu", "memory", "ephemeral-storage"]
_DRIVER: Final = "cloud.google.com/gke-gpu-driver-version"
_ACCELERATORS: Final = sorted({machine.accelerator for machine in GPU_MACHINES.values()})
_ANY: Final = 1e9
"""GiB of storage where there is no local SSD: what GKE gives there is not known."""
_LARGEST: Final = {
    f"{accelerator}/{gpus}": [
        f"{machine.vcpu}",
        f"{machine.memory_gib:.3f}Gi",
        f"{machine.local_ssd_gib or _ANY:.3f}Gi",
    ]
    for accelerator, gpus in product(_ACCELERATORS, range(1, 9))
    if (machine := largest_with(accelerator, gpus)) is not None
}
"""VCPUs, memory and storage of the largest machine by GPU and GPUs."""


def _fits(resource: str, place: int) -> str:
    """Whether a container's request is not above that of the machine, in CEL."""
    key = f"variables.selector['{_ACCELERATOR}'] + '/' + string(c.resources.limits['{_GPU}'])"
    most = f"{_LARGEST}[{key}][{place}]"
    return f"quantity(string(c.resources.requests['{resource}'])).compareTo(quantity({most})) <= 0"


_RULES: Final = {
    "GPU Pods select an accelerator or a ComputeClass": (
        f"variables.gpus.size() == 0 || '{_ACCELERATOR}' in variables.selector || "
        f"'{_CLASS}' in variables.selector"
    ),
    "a Pod has 1, 2, 4 or 8 H100": (
        f"variables.selector[?'{_ACCELERATOR}'].orValue('') != 'nvidia-h100-80gb' || "
        "variables.gpus.all(c, int(string(c.resources.limits['nvidia.com/gpu'])) in [1, 2, 4, 8])"
    ),
    "accelerators have no default of CPU and memory, and 1 GiB of ephemeral storage": (
        f"variables.gpus.all(c, {_AMOUNTS}.all(r, r in c.?resources.?requests.orValue({{}})))"
    ),
    "no machine with these GPUs has so much CPU, memory and storage": (
        f"!('{_ACCELERATOR}' in variables.selector) || variables.gpus.all(c, "
        f"!has(c.resources.requests) || !{_AMOUNTS}.all(r, r in c.resources.requests) || "
        f"({' && '.join(_fits(name, place) for place, name in enumerate(_AMOUNTS))}))"
    ),
    "storage without an accelerator is not higher than the Autopilot maximum of '10Gi'": (
        "variables.gpus.size() > 0 || variables.storage <= 10.0 * 1073741824.0 || "
        "'cloud.google.com/gke-tpu-accelerator' in variables.selector"
    ),
    "H100 Pods never select local SSD": (
        f"variables.selector[?'{_ACCELERATOR}'].orValue('') != 'nvidia-h100-80gb' || "
        "!('cloud.google.com/gke-ephemeral-storage-local-ssd' in variables.selector)"
    ),
    "the default driver, R535, does not run CUDA 13 of vLLM 0.32": (
        "!variables.gpus.exists(c, c.image.contains('vllm-openai:v0.32')) || "
        f"variables.selector[?'{_DRIVER}'].orValue('') == 'latest' || "
        f"'{_CLASS}' in variables.selector"
    ),
    "no Pod uses its node's namespaces or files": (
        "!object.spec.?hostNetwork.orValue(false) && !object.spec.?hostPID.orValue(false) && "
        "!object.spec.?hostIPC.orValue(false) && "
        "object.spec.?volumes.orValue([]).all(v, !has(v.hostPath))"
    ),
    "no container is privileged or has further capabilities": (
        "variables.containers.all(c, !c.?securityContext.?privileged.orValue(false) && "
        "c.?securityContext.?capabilities.?add.orValue([]).all(a, "
        f"a in {list(_CAPABILITIES)}))"
    ),
}


def install(api: Api) -> None:
    """From now on the API server refuses what Autopilot refuses."""
    policy: dict[str, Any] = {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": _NAME},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                    }
                ]
            },
            "variables": [
                {"name": name, "expression": expression} for name, expression in _VARIABLES.items()
            ],
            "validations": [
                {"expression": expression, "message": message}
                for message, expression in _RULES.items()
            ],
        },
    }
    binding = {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": _NAME},
        "spec": {"policyName": _NAME, "validationActions": ["Deny"]},
    }
    for body in (policy, binding):
        api.create(body)
