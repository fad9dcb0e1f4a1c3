"""What is built: one ComponentResource a file. `InferenceStack` wires them.

The classes named here can be used from other Pulumi programs: docs/components.md shows how.
"""

from components.google.cluster import Cluster
from components.google.cluster_args import (
    ClusterArgs,
    ExistingCluster,
    NewCluster,
    StandardNodes,
    UpgradeMessages,
)
from components.google.edge import (
    Edge,
    EdgeArgs,
    ManagedCertificate,
    SecurityPolicy,
    SslPolicy,
)
from components.google.gpu_node_pool import GpuNodePool, GpuNodePoolArgs
from components.google.network import (
    ExistingNetwork,
    Network,
    NetworkArgs,
    ProxyOnlySubnetArgs,
    ReservedAddress,
)
from components.google.node_account import NodeAccount, NodeAccountArgs
from components.google.project import Project, ProjectArgs
from components.google.server_account import ServerAccount, ServerAccountArgs
from components.google.vpc import NatArgs, Vpc, VpcArgs
from components.google.weights import Weights, WeightsArgs
from components.google.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.inference_stack import InferenceStack, InferenceStackArgs
from components.outputs import StackOutputs
from components.protection import Protection, ProtectionArgs

__all__ = [
    "Cluster",
    "ClusterArgs",
    "Edge",
    "EdgeArgs",
    "ExistingCluster",
    "ExistingNetwork",
    "GpuNodePool",
    "GpuNodePoolArgs",
    "InferenceStack",
    "InferenceStackArgs",
    "ManagedCertificate",
    "NatArgs",
    "Network",
    "NetworkArgs",
    "NewCluster",
    "NodeAccount",
    "NodeAccountArgs",
    "Project",
    "ProjectArgs",
    "Protection",
    "ProtectionArgs",
    "ProxyOnlySubnetArgs",
    "ReservedAddress",
    "SecurityPolicy",
    "ServerAccount",
    "ServerAccountArgs",
    "SslPolicy",
    "StackOutputs",
    "StandardNodes",
    "UpgradeMessages",
    "Vpc",
    "VpcArgs",
    "Weights",
    "WeightsArgs",
    "WorkloadIdentity",
    "WorkloadIdentityArgs",
]
