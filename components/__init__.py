"""What is built: one ComponentResource a file. `InferenceStack` wires them.

The classes named here can be used from other Pulumi programs: docs/components.md shows how.
"""

from components.google.cluster import Cluster
from components.google.cluster_args import (
    ClusterArgs,
    ExistingCluster,
    NewCluster,
    StandardNodes,
)
from components.google.edge import (
    Edge,
    EdgeArgs,
    ManagedCertificate,
    SecurityPolicy,
    SslPolicy,
)
from components.google.gpu_node_pool import GpuNodePool, GpuNodePoolArgs
from components.google.load_balancer_removal import LoadBalancerRemoval, LoadBalancerRemovalArgs
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
from components.observability.metrics_reader import MetricsReader, MetricsReaderArgs
from components.observability.observability import (
    FailedRequests,
    Observability,
    ObservabilityArgs,
    ServiceObjectives,
)
from components.observability.pod_monitoring import PodMonitoring, PodMonitoringArgs
from components.outputs import StackOutputs
from components.protection import Protection, ProtectionArgs
from components.routing.body_router import BodyRouter, BodyRouterArgs
from components.routing.gateway import Gateway
from components.routing.gateway_args import Backend, GatewayArgs, InternalGateway, RouteRule
from components.routing.inference_crds import InferenceCrds, InferenceCrdsArgs
from components.routing.inference_objectives import InferenceObjectives, InferenceObjectivesArgs
from components.routing.inference_pool import InferencePool
from components.routing.inference_pool_args import (
    InferencePoolArgs,
    LoadBalancing,
    Picker,
    PickerMetrics,
)
from components.serving.compute_class import ComputeClass
from components.serving.hugging_face_secret import HuggingFaceSecret, HuggingFaceSecretArgs
from components.serving.metrics_adapter import MetricsAdapter, MetricsAdapterArgs
from components.serving.model_server import ModelServer
from components.serving.model_server_args import (
    BucketVolume,
    ImageVolume,
    ModelServerArgs,
    RolloutLimits,
    Scheduling,
    SecretKey,
    ServerFiles,
    TokenFile,
)
from components.serving.mounted_token import MountedToken, MountedTokenArgs
from components.serving.priority_classes import PriorityClasses, PriorityClassesArgs
from components.serving.server_autoscaler import Autoscaling
from components.serving.server_network_policy import Callers
from inference.config.autoscaling import ScaleDown, ScaleUp
from inference.config.cluster import Notifications
from inference.config.gateway import HealthCheck
from inference.config.gateway_traffic import Iap
from inference.config.priority_classes import PriorityClassSettings
from inference.derive.syncer import LoraAdapters

__all__ = [
    "Autoscaling",
    "Backend",
    "BodyRouter",
    "BodyRouterArgs",
    "BucketVolume",
    "Callers",
    "Cluster",
    "ClusterArgs",
    "ComputeClass",
    "Edge",
    "EdgeArgs",
    "ExistingCluster",
    "ExistingNetwork",
    "FailedRequests",
    "Gateway",
    "GatewayArgs",
    "GpuNodePool",
    "GpuNodePoolArgs",
    "HealthCheck",
    "HuggingFaceSecret",
    "HuggingFaceSecretArgs",
    "Iap",
    "ImageVolume",
    "InferenceCrds",
    "InferenceCrdsArgs",
    "InferenceObjectives",
    "InferenceObjectivesArgs",
    "InferencePool",
    "InferencePoolArgs",
    "InferenceStack",
    "InferenceStackArgs",
    "InternalGateway",
    "LoadBalancerRemoval",
    "LoadBalancerRemovalArgs",
    "LoadBalancing",
    "LoraAdapters",
    "ManagedCertificate",
    "MetricsAdapter",
    "MetricsAdapterArgs",
    "MetricsReader",
    "MetricsReaderArgs",
    "ModelServer",
    "ModelServerArgs",
    "MountedToken",
    "MountedTokenArgs",
    "NatArgs",
    "Network",
    "NetworkArgs",
    "NewCluster",
    "NodeAccount",
    "NodeAccountArgs",
    "Notifications",
    "Observability",
    "ObservabilityArgs",
    "Picker",
    "PickerMetrics",
    "PodMonitoring",
    "PodMonitoringArgs",
    "PriorityClassSettings",
    "PriorityClasses",
    "PriorityClassesArgs",
    "Project",
    "ProjectArgs",
    "Protection",
    "ProtectionArgs",
    "ProxyOnlySubnetArgs",
    "ReservedAddress",
    "RolloutLimits",
    "RouteRule",
    "ScaleDown",
    "ScaleUp",
    "Scheduling",
    "SecretKey",
    "SecurityPolicy",
    "ServerAccount",
    "ServerAccountArgs",
    "ServerFiles",
    "ServiceObjectives",
    "SslPolicy",
    "StackOutputs",
    "StandardNodes",
    "TokenFile",
    "Vpc",
    "VpcArgs",
    "Weights",
    "WeightsArgs",
    "WorkloadIdentity",
    "WorkloadIdentityArgs",
]
