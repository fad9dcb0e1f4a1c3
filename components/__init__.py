"""What is built: one ComponentResource a file. `InferenceStack` wires them.

The classes named here can be used from other Pulumi programs: docs/components.md shows how.
"""

from components.google.cluster import Cluster as Cluster
from components.google.cluster_args import ClusterArgs as ClusterArgs
from components.google.cluster_args import ExistingCluster as ExistingCluster
from components.google.cluster_args import NewCluster as NewCluster
from components.google.cluster_args import StandardNodes as StandardNodes
from components.google.edge import Edge as Edge
from components.google.edge import EdgeArgs as EdgeArgs
from components.google.edge import ManagedCertificate as ManagedCertificate
from components.google.edge import SecurityPolicy as SecurityPolicy
from components.google.edge import SslPolicy as SslPolicy
from components.google.gpu_node_pool import GpuNodePool as GpuNodePool
from components.google.gpu_node_pool import GpuNodePoolArgs as GpuNodePoolArgs
from components.google.load_balancer_removal import LoadBalancerRemoval as LoadBalancerRemoval
from components.google.load_balancer_removal import (
    LoadBalancerRemovalArgs as LoadBalancerRemovalArgs,
)
from components.google.network import ExistingNetwork as ExistingNetwork
from components.google.network import Network as Network
from components.google.network import NetworkArgs as NetworkArgs
from components.google.network import ProxyOnlySubnetArgs as ProxyOnlySubnetArgs
from components.google.network import ReservedAddress as ReservedAddress
from components.google.node_account import NodeAccount as NodeAccount
from components.google.node_account import NodeAccountArgs as NodeAccountArgs
from components.google.project import Project as Project
from components.google.project import ProjectArgs as ProjectArgs
from components.google.server_account import ServerAccount as ServerAccount
from components.google.server_account import ServerAccountArgs as ServerAccountArgs
from components.google.vpc import NatArgs as NatArgs
from components.google.vpc import Vpc as Vpc
from components.google.vpc import VpcArgs as VpcArgs
from components.google.weights import Weights as Weights
from components.google.weights import WeightsArgs as WeightsArgs
from components.google.workload_identity import WorkloadIdentity as WorkloadIdentity
from components.google.workload_identity import WorkloadIdentityArgs as WorkloadIdentityArgs
from components.inference_stack import InferenceStack as InferenceStack
from components.inference_stack import InferenceStackArgs as InferenceStackArgs
from components.observability.metrics_reader import MetricsReader as MetricsReader
from components.observability.metrics_reader import MetricsReaderArgs as MetricsReaderArgs
from components.observability.observability import FailedRequests as FailedRequests
from components.observability.observability import Observability as Observability
from components.observability.observability import ObservabilityArgs as ObservabilityArgs
from components.observability.observability import ServiceObjectives as ServiceObjectives
from components.observability.pod_monitoring import PodMonitoring as PodMonitoring
from components.observability.pod_monitoring import PodMonitoringArgs as PodMonitoringArgs
from components.outputs import StackOutputs as StackOutputs
from components.protection import Protection as Protection
from components.protection import ProtectionArgs as ProtectionArgs
from components.routing.body_router import BodyRouter as BodyRouter
from components.routing.body_router import BodyRouterArgs as BodyRouterArgs
from components.routing.gateway import Gateway as Gateway
from components.routing.gateway_args import Backend as Backend
from components.routing.gateway_args import GatewayArgs as GatewayArgs
from components.routing.gateway_args import InternalGateway as InternalGateway
from components.routing.gateway_args import RouteRule as RouteRule
from components.routing.inference_crds import InferenceCrds as InferenceCrds
from components.routing.inference_crds import InferenceCrdsArgs as InferenceCrdsArgs
from components.routing.inference_objectives import InferenceObjectives as InferenceObjectives
from components.routing.inference_objectives import (
    InferenceObjectivesArgs as InferenceObjectivesArgs,
)
from components.routing.inference_pool import InferencePool as InferencePool
from components.routing.inference_pool_args import InferencePoolArgs as InferencePoolArgs
from components.routing.inference_pool_args import LoadBalancing as LoadBalancing
from components.routing.inference_pool_args import Picker as Picker
from components.routing.inference_pool_args import PickerMetrics as PickerMetrics
from components.serving.compute_class import ComputeClass as ComputeClass
from components.serving.hugging_face_secret import HuggingFaceSecret as HuggingFaceSecret
from components.serving.hugging_face_secret import HuggingFaceSecretArgs as HuggingFaceSecretArgs
from components.serving.metrics_adapter import MetricsAdapter as MetricsAdapter
from components.serving.metrics_adapter import MetricsAdapterArgs as MetricsAdapterArgs
from components.serving.model_server import ModelServer as ModelServer
from components.serving.model_server_args import BucketVolume as BucketVolume
from components.serving.model_server_args import ImageVolume as ImageVolume
from components.serving.model_server_args import ModelServerArgs as ModelServerArgs
from components.serving.model_server_args import RolloutLimits as RolloutLimits
from components.serving.model_server_args import Scheduling as Scheduling
from components.serving.model_server_args import SecretKey as SecretKey
from components.serving.model_server_args import ServerFiles as ServerFiles
from components.serving.model_server_args import TokenFile as TokenFile
from components.serving.mounted_token import MountedToken as MountedToken
from components.serving.mounted_token import MountedTokenArgs as MountedTokenArgs
from components.serving.priority_classes import PriorityClasses as PriorityClasses
from components.serving.priority_classes import PriorityClassesArgs as PriorityClassesArgs
from components.serving.server_autoscaler import Autoscaling as Autoscaling
from components.serving.server_network_policy import Callers as Callers
from inference.config.autoscaling import ScaleDown as ScaleDown
from inference.config.autoscaling import ScaleUp as ScaleUp
from inference.config.gateway import HealthCheck as HealthCheck
from inference.config.gateway_traffic import Iap as Iap
from inference.config.priority_classes import PriorityClassSettings as PriorityClassSettings
from inference.derive.syncer import LoraAdapters as LoraAdapters
