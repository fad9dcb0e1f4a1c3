"""What the toolchain of the engine tests is: programs, and modules whose files the tests read."""

from dataclasses import dataclass
from typing import Final, final


@final
@dataclass(frozen=True, kw_only=True)
class Program:
    """A main package to build.

    Attributes:
        name: file name in `bin`.
        folder: folder in tests/engine/toolchain whose go.mod pins it.
        package: import path.
        version_variable: linker name of the variable that holds the version, where the program
            must know it: kubectl and Helm parse the API server's, the Automation API pulumi's.
        version: its value.
    """

    name: str
    folder: str
    package: str
    version_variable: str = ""
    version: str = ""

    @property
    def flags(self) -> list[str]:
        """Flags of `go build`: no symbols, which halves the time to link."""
        linker = "-s -w"
        if self.version_variable:
            linker += f" -X {self.version_variable}={self.version}"
        return ["-trimpath", "-buildvcs=false", f"-ldflags={linker}"]


_KUBERNETES_VERSION: Final = ("k8s.io/component-base/version.gitVersion", "v1.36.3")
PROGRAMS: Final = (
    Program(
        name="pulumi",
        folder="pulumi",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        version_variable="github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
        version="v3.259.0",
    ),
    # Its newest release builds with an older SDK than the engine's, hence its own pins.
    Program(
        name="pulumi-language-yaml",
        folder="pulumi-yaml",
        package="github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    ),
    *(
        Program(
            name=name,
            folder="kubernetes",
            package=f"k8s.io/kubernetes/cmd/{name}",
            version_variable=_KUBERNETES_VERSION[0],
            version=_KUBERNETES_VERSION[1],
        )
        for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
    ),
    Program(name="helm", folder="helm", package="helm.sh/helm/v3/cmd/helm"),
    Program(name="kwok", folder="kwok", package="sigs.k8s.io/kwok/cmd/kwok"),
    Program(name="etcd", folder="etcd", package="go.etcd.io/etcd/server/v3"),
)
DATA_PATH: Final = (
    Program(
        name="llm-d-inference-sim",
        folder="inference-sim",
        package="github.com/llm-d/llm-d-inference-sim/cmd/llm-d-inference-sim",
    ),
    *(
        Program(
            name=f"epp-{release}",
            folder=f"picker-{release}",
            package="sigs.k8s.io/gateway-api-inference-extension/cmd/epp",
        )
        for release in ("v1.0.0", "v1.5.0")
    ),
)
"""What answers requests: built for the data path's tests alone."""
FILES: Final = {
    "gateway-api": "sigs.k8s.io/gateway-api",
    "inference-extension-v1.0.0": "sigs.k8s.io/gateway-api-inference-extension",
    "inference-extension-v1.5.0": "sigs.k8s.io/gateway-api-inference-extension",
}
"""Modules whose files the tests read, by folder of tests/engine/toolchain."""
