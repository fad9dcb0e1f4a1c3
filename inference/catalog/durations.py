"""How long each step of a deployment takes, for the timeline. Minutes."""

from dataclasses import dataclass
from typing import Final, final

from inference.catalog.source import Level


@final
@dataclass(frozen=True, kw_only=True)
class Duration:
    """Expected minutes of a step and how well that is known."""

    minutes: float
    level: Level


STANDARD_CLUSTER: Final = Duration(minutes=9, level=Level.MEDIUM)
AUTOPILOT_CLUSTER: Final = Duration(minutes=12, level=Level.INFERRED)
"""Reported as up to 15."""
GPU_NODE_POOL: Final = Duration(minutes=5, level=Level.MEDIUM)
AUTOPILOT_GPU_NODE: Final = Duration(minutes=3, level=Level.HIGH)
"""H100 as Spot, where there is stock; 10 to 15 have been reported."""
ENABLE_APIS: Final = Duration(minutes=0.5, level=Level.INFERRED)
SUBNET_AND_ADDRESS: Final = Duration(minutes=0.5, level=Level.INFERRED)
VPC_NETWORK: Final = Duration(minutes=0.5, level=Level.INFERRED)
ROUTER_AND_NAT: Final = Duration(minutes=0.5, level=Level.INFERRED)
BUCKETS: Final = Duration(minutes=0.1, level=Level.INFERRED)
TOPIC: Final = Duration(minutes=0.1, level=Level.INFERRED)
NODE_ACCOUNT: Final = Duration(minutes=0.5, level=Level.INFERRED)
OBSERVABILITY: Final = Duration(minutes=0.2, level=Level.INFERRED)
HELM_RELEASE: Final = Duration(minutes=0.5, level=Level.INFERRED)
CERTIFICATE: Final = Duration(minutes=1, level=Level.INFERRED)
"""Asked for, not issued: that waits for DNS records, which no update waits for."""
TRAFFIC_POLICIES: Final = Duration(minutes=0.5, level=Level.INFERRED)
GATEWAY: Final = Duration(minutes=4, level=Level.INFERRED)
"""Between 0.5 and 10 have been reported."""
IN_CLUSTER_GATEWAY: Final = Duration(minutes=0.5, level=Level.INFERRED)
"""A Deployment of proxies instead of a load balancer."""
IN_CLUSTER_ROUTE: Final = Duration(minutes=0.1, level=Level.INFERRED)
ROUTE: Final = Duration(minutes=1, level=Level.INFERRED)
IMAGE_PULL: Final = Duration(minutes=5, level=Level.INFERRED)
"""About 13 GB; 3 to 8 expected."""
ENGINE_START: Final = Duration(minutes=1.5, level=Level.HIGH)
COMPILE_AND_WARM_UP: Final = Duration(minutes=2.7, level=Level.HIGH)
XLA_COMPILE: Final = Duration(minutes=6, level=Level.INFERRED)
"""On TPUs, a program for each size of batch; 12 to 15 with weights and start were published."""
SGLANG_START: Final = Duration(minutes=4, level=Level.INFERRED)
"""CUDA graphs and warm-up, as long as vLLM's start and compilation together."""
SIMULATOR_IMAGE_PULL: Final = Duration(minutes=0.5, level=Level.INFERRED)
"""A Go program without an operating system."""
SIMULATOR_START: Final = Duration(minutes=0.5, level=Level.INFERRED)
"""It listens within a second; more for a busy laptop."""

DOWNLOAD_GB_PER_MINUTE: Final = 6.0
"""From Hugging Face, 100 MB/s (inferred from 1 to 3 minutes for 16 GB)."""
STREAM_GB_PER_MINUTE: Final = 60.0
"""From Cloud Storage into GPU memory. Google names 59 GiB in 0.5 minutes: half of it, as networks
of machines differ (inferred)."""
MOUNT_GB_PER_MINUTE: Final = 20.0
"""By Cloud Storage FUSE onto the node's disk, in parallel, and from there (inferred)."""
IMAGE_GB_PER_MINUTE: Final = 2.6
"""As the model server's image is pulled and unpacked (inferred)."""
NODE_WAIT_LIMIT: Final = 60.0
"""A stock-out is reported only after some 35 minutes, so nodes are waited for this long."""
LOAD_BALANCER_REMOVAL_LIMIT: Final = 15.0
"""GKE collects what is left of a load balancer every two minutes, and may find it in use."""
METRIC_TYPE_LIMIT: Final = 10.0
"""Cloud Monitoring knows a type at most this long after its first sample."""
CPU_NODE_WAIT_LIMIT: Final = 5.0
"""Autopilot makes a node without GPUs in a minute or two (inferred)."""
