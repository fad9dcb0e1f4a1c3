"""Sources of the facts that refuse or warn: tried on real parts, read in code or documents."""

from typing import Final

from inference.catalog.source import high, inferred, medium

VLLM_LORA: Final = high(
    "vLLM, vllm/config/lora.py: max_cpu_loras below max_loras is refused",
    "https://github.com/vllm-project/vllm/blob/main/vllm/config/lora.py",
)
CONTROL_PLANE_KEYS: Final = high("GKE API: the DNS endpoint is reached by IAM, not by address")
OWN_KEYS: Final = high("this program: docs/configuration.md says what each key does")
PULUMI_CONFIG: Final = high("Pulumi: configuration and secrets")
HUGGING_FACE_TOKENS: Final = medium("Hugging Face: user access tokens")
HUGGING_FACE_VARIABLES: Final = high(
    "huggingface_hub: environment variables",
    "https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
)
PROXY_VARIABLES: Final = high(
    "google-auth: credentials of the metadata server, asked over plain HTTP by requests",
    "https://googleapis.dev/python/google-auth/latest/user-guide.html",
)
HUGGING_FACE_GATED: Final = high("Hugging Face: gated models")
SHARED_FIELDS: Final = high(
    "pulumi-kubernetes, provider/pkg/await: an ignored field is sent as it is in the "
    "cluster, or left out when another manager alone owns it",
    "https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/await/await.go",
)
SCHEDULER: Final = high("kube-scheduler, tried with simulated GPU nodes")
ROLL_OUT: Final = high("Kubernetes: Deployments, rolling update; tried with kube-scheduler")
CHART_NAMES: Final = high("pool chart, tried on kube-apiserver 1.36: Services take no dots")
CHART_V1_0_0: Final = high("pool chart v1.0.0, read at its tag")
CHART_VALUES: Final = high(
    "charts inferencepool and body-based-routing v1.0.0 and v1.5.0: their values and templates"
)
NODE_LABELS: Final = high(
    "kubelet --node-labels: those below kubernetes.io and k8s.io are refused but for a few",
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/",
)
LEADER_ELECTION: Final = high(
    "endpoint picker v1.0.0 and v1.5.0, cmd/epp/runner/health.go: only the leader is ready; the "
    "chart of v1.0.0 rolls, later ones recreate",
    "https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/1619",
)
SCALE_TO_ZERO: Final = high(
    "endpoint pickers v1.0.0 to v1.5.0: flow control, --disable-endpoint-subset-filter; whether "
    "GKE's load balancer asks the picker of a pool without endpoints was read nowhere",
    "https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/2117",
)
GKE_CRDS: Final = high("GKE Inference Gateway: CRDs since 1.34.0-gke.1626000; tried with Helm")
IMAGE_TAGS: Final = high("OCI distribution: a tag can be moved")
VLLM_ROUTERS: Final = high("vLLM 0.32.0, its API routers")
VLLM_PARSER: Final = high("vLLM 0.32.0, run through its argument parser")
VLLM_MEMORY: Final = medium("vLLM's memory, as docs/memory.md measures it; model cards")
VLLM_STARTS: Final = high(
    "vLLM 0.32.0, started on one H100: what remains beside weights; sizes by model cards"
)
VLLM_CONTEXT: Final = high(
    "vLLM 0.32.0, vllm/config/model.py: the longest context is that of config.json"
)
VLLM_PARALLEL: Final = high(
    "vLLM 0.32.0, vllm/config/model.py: heads must divide by tensor parallel size"
)
GATEWAY_CLASSES: Final = high("GKE Inference Gateway: supported GatewayClasses")
PROXY_SUBNET: Final = high("Cloud Load Balancing: proxy-only subnets")
AUTO_MODE_VPC: Final = medium("VPC: ranges of auto mode networks")
SUBNET_RANGES: Final = high(
    "Compute Engine API: ranges of subnets must not overlap within a network",
    "https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks",
)
PRIVATE_NODES: Final = medium("GKE: private nodes reach the internet by Cloud NAT only")
GATEWAY_FIREWALL: Final = medium(
    "GKE: firewall rules it makes by itself, gkegw1-l7-NETWORK-REGION for Gateways among them"
)
CONTROL_PLANE_ACCESS: Final = medium("GKE: access to the control plane, deletion protection")
HALF_DESTROYED: Final = high("Pulumi's engine, tried: what goes with a cluster is forgotten first")
CLUSTER_TOPICS: Final = inferred("GKE's service agent publishes notifications to the topic")
IMAGE_STREAMING: Final = medium("GKE: image streaming, of images in Artifact Registry")
PUBLIC_ENDPOINT: Final = high("GKE: secure a Gateway")
PATH_ROUTING: Final = medium(
    "GKE refuses ReplaceFullPath (GWCER104), as users report; Google's URL maps rewrite prefixes "
    "and templates alone. URLRewrite before an InferencePool was not tried on GKE"
)
CUDA_IMAGES: Final = high("SGLang, installation: images on Docker Hub are built with CUDA")
KV_OFFLOADING: Final = high(
    "GoogleCloudPlatform/accelerated-platforms, KV cache offloading: CUDA, ROCm and XPU"
)
GPU_ZONES: Final = medium("zones that offer GPU machines, a public catalog of prices of 2026")
SYSTEM_PODS: Final = inferred("DaemonSets that GKE runs on nodes with GPUs")
NODE_SIZES: Final = high("GKE: plan node sizes")
