"""Inputs of the component package. Written by `make docs` from the configuration's sections."""

from typing import NotRequired, TypedDict

import pulumi


class AuthorizedNetwork(TypedDict):
    """Addresses from which the control plane may be reached."""

    name: str
    """What they are, such as `office`."""
    cidr: str
    """Their range."""


class MaintenanceWindow(TypedDict):
    """When GKE may upgrade control plane and nodes by itself."""

    days: NotRequired[list[str]]
    """Days on which it begins, of `MO` to `SU`; every day when unset."""
    start: NotRequired[str]
    """Time at which it begins, in UTC, such as `02:00Z`."""
    hours: NotRequired[int]
    """Hours until it ends; GKE counts 4 and more."""


class MaintenanceExclusion(TypedDict):
    """A time in which GKE leaves the cluster as it is."""

    name: str
    """Name of the exclusion."""
    start: str
    """When it begins, in UTC, such as `2026-12-18T00:00:00Z`."""
    end: str
    """When it ends, in UTC."""
    scope: NotRequired[str]
    """`noUpgrades`, `noMinorUpgrades`, or `noMinorOrNodeUpgrades`, which leaves nodes alone."""


class Maintenance(TypedDict):
    """Upgrades that GKE makes by itself; at any time when unset."""

    window: NotRequired[MaintenanceWindow]
    """When GKE may upgrade; at any time when unset."""
    exclusions: NotRequired[list[MaintenanceExclusion]]
    """When it may not."""


class Notifications(TypedDict):
    """Messages about upgrades and security bulletins, on a Pub/Sub topic."""

    topic: NotRequired[str]
    """Topic to use, as `projects/PROJECT/topics/TOPIC`; one is made when unset."""
    events: NotRequired[list[str]]
    """Events that are published; all when unset."""


class ClusterSettings(TypedDict):
    """The cluster. `context`, `kubeconfig` and `autopilot` belong to mode `existing` alone."""

    mode: NotRequired[str]
    """`standard` (own node pools), `autopilot` (GKE makes the nodes) or `existing`."""
    name: NotRequired[str]
    """Name of the cluster to make; address, subnet and node account are named after it."""
    location: NotRequired[str]
    """Region or zone of the control plane; `gcp:region` when unset."""
    releaseChannel: NotRequired[str]
    """Release channel; all are past what the gateway needs, and `rapid` has no SLA."""
    deletionProtection: NotRequired[bool]
    """Whether GKE refuses to delete the cluster."""
    privateNodes: NotRequired[bool]
    """Whether nodes have internal addresses only."""
    endpoint: NotRequired[str]
    """How the control plane is reached: by its address (`ip`), or by `dns` and IAM alone."""
    authorizedNetworks: NotRequired[list[AuthorizedNetwork]]
    """From where the control plane's address may be reached; from anywhere when unset."""
    dataplaneV2: NotRequired[bool]
    """Whether the cluster enforces NetworkPolicies, by Dataplane V2; Autopilot always does."""
    maintenance: NotRequired[Maintenance]
    """When GKE may upgrade the cluster by itself."""
    notifications: NotRequired[Notifications]
    """Tells of upgrades on a Pub/Sub topic; `{}` makes one. None when unset."""
    imageStreaming: NotRequired[bool]
    """Whether nodes start images before they have all of them; Autopilot's always do."""
    costAllocation: NotRequired[bool]
    """Whether billing breaks costs down by namespace and label."""
    context: NotRequired[str]
    """Kubeconfig context of the existing cluster."""
    kubeconfig: NotRequired[str]
    """Path of the kubeconfig file; the usual places when unset."""
    autopilot: NotRequired[bool]
    """Whether the existing cluster is an Autopilot cluster."""


class Autoscaling(TypedDict):
    """Bounds of the cluster autoscaler, in nodes over all zones together."""

    min: NotRequired[int]
    """Fewest nodes in total."""
    max: int
    """Most nodes in total."""


class NodePool(TypedDict):
    """One GPU node pool. Its size is `nodes` in each zone, or `autoscaling` bounds."""

    name: NotRequired[str]
    """Name of the pool."""
    machineType: NotRequired[str]
    """Accelerator-optimized machine type, from the catalog."""
    capacity: NotRequired[str]
    """How nodes are obtained: `spot`, `onDemand`, `flexStart` or `reservation`."""
    zones: NotRequired[list[str]]
    """Zones of the nodes; they must be in the cluster's region."""
    nodes: NotRequired[int]
    """Nodes in each zone, as in GKE; 1 when neither this nor `autoscaling` is set."""
    autoscaling: NotRequired[Autoscaling]
    """Autoscaling bounds instead of `nodes`; totals over all zones."""
    reservation: NotRequired[str]
    """Name of the reservation, for capacity `reservation`."""
    diskSizeGb: NotRequired[int]
    """Boot disk in GB; derived from image and weights when unset."""
    diskType: NotRequired[str]
    """Type of the boot disk; what the machine type takes when unset."""
    maxPods: NotRequired[int]
    """Most Pods on a node, which decides how many addresses it takes; GKE's 110 when unset."""
    secureBoot: NotRequired[bool]
    """Whether its nodes have secure boot; as `security.secureBoot` says when unset."""


class Claim(TypedDict):
    """A PersistentVolumeClaim that is there already, such as of Hyperdisk ML or Filestore."""

    claimName: str
    """Name of the claim, in the stack's namespace."""
    readOnly: NotRequired[bool]
    """Always true: servers of one model share the files."""


class ModelWeights(TypedDict):
    """Weights from the bucket that `weights` names, from an image, or from a claim."""

    path: NotRequired[str]
    """Folder of the model; in a bucket named as its repository when unset, else the root."""
    load: NotRequired[str]
    """`stream` (into GPU memory, nothing on disk), or `mount` (files of Cloud Storage FUSE)."""
    image: NotRequired[str]
    """Image that holds the weights, by digest, mounted as a volume in place of the bucket."""
    persistentVolumeClaim: NotRequired[Claim]
    """Claim of a volume that holds the weights, such as of Hyperdisk ML, in place of the bucket."""


class ScaleUp(TypedDict):
    """How fast servers are added."""

    stabilizationSeconds: NotRequired[int]
    """How long more servers must have been called for."""
    servers: NotRequired[int]
    """Most servers added in a period."""
    periodSeconds: NotRequired[int]
    """Length of a period."""


class ScaleDown(TypedDict):
    """How fast servers are taken away. A new one takes minutes, so the default waits long."""

    stabilizationSeconds: NotRequired[int]
    """How long fewer servers must have been enough."""
    servers: NotRequired[int]
    """Most servers taken away in a period."""
    periodSeconds: NotRequired[int]
    """Length of a period."""


class ServerAutoscaling(TypedDict):
    """Bounds, and the load of a server beyond which there are more; the higher number counts."""

    min: NotRequired[int]
    """Fewest servers."""
    max: int
    """Most servers."""
    queueDepth: NotRequired[int]
    """Requests that wait at a server, on average; follows from `traffic` and `slo` when unset."""
    kvCacheUsage: NotRequired[float]
    """Share of the KV cache that is in use, on average; likewise when unset."""
    scaleUp: NotRequired[ScaleUp]
    """How fast servers are added."""
    scaleDown: NotRequired[ScaleDown]
    """How fast they are taken away."""


class Gpu(TypedDict):
    """The GPUs of one replica; tensor parallelism equals `count`."""

    accelerator: NotRequired[str]
    """Value of the node label `cloud.google.com/gke-accelerator`."""
    count: NotRequired[int]
    """GPUs a replica."""
    capacity: NotRequired[str]
    """Where GKE makes the nodes: the capacity to try first; by the machine type when unset."""
    reservation: NotRequired[str]
    """Reservation for capacity `reservation`; one that matches, else on demand, when unset."""
    fallback: NotRequired[list[str]]
    """Capacities to try in this order when `capacity` has no stock. GKE makes the nodes for it,
also in a Standard cluster of this stack, whose node pools the model then leaves alone."""
    computeClass: NotRequired[str]
    """ComputeClass that the cluster has, in place of these keys."""
    selectNodes: NotRequired[bool]
    """Whether Pods select nodes by that label; false in a cluster of yours without such labels."""


class Adapter(TypedDict):
    """A LoRA adapter, served under its own name."""

    name: str
    """Name that requests give as `model`; with SGLang after the base model's: `BASE:NAME`."""
    source: str
    """Hugging Face repository, folder in a volume, or `gs://` folder in the bucket of `weights`."""


class Lora(TypedDict):
    """LoRA adapters, loaded and unloaded at run time by the syncer sidecar."""

    maxLoras: NotRequired[int]
    """Adapters in one batch, held in GPU memory."""
    maxCpuLoras: NotRequired[int]
    """Adapters kept in host memory."""
    maxRank: NotRequired[int]
    """Highest rank of an adapter."""
    specializeCudagraphs: NotRequired[bool]
    """Sets `cudagraph_specialize_lora` where the vLLM version has it; left to vLLM when unset."""
    adapters: NotRequired[list[Adapter]]
    """The adapters to load."""
    retired: NotRequired[list[str]]
    """Names of adapters taken out of `adapters`, to be unloaded from running servers."""


class Objective(TypedDict):
    """An InferenceObjective: requests that carry its name in a header get its priority."""

    name: str
    """Name of the object, unique in the namespace."""
    priority: NotRequired[int]
    """Higher is served first; below 0 may be dropped under load."""


class EnvironmentValue(TypedDict):
    """Value of a variable: text, or what a key of a Secret holds."""

    value: NotRequired[str]
    """The text; `NAME: text` is short for `NAME: {value: text}`."""
    secret: NotRequired[str]
    """Secret in the stack's namespace, in place of `value`."""
    key: NotRequired[str]
    """Key in that Secret."""


class ConfigMapFiles(TypedDict):
    """A ConfigMap that is there already: a file for each of its keys."""

    name: str
    """Name of the ConfigMap, in the stack's namespace."""


class Volume(TypedDict):
    """Files that the server reads, of one of the two."""

    name: str
    """Name of the volume in the Pod."""
    mountPath: str
    """Folder in which the server finds the files."""
    persistentVolumeClaim: NotRequired[Claim]
    """A claim that is there already."""
    configMap: NotRequired[ConfigMapFiles]
    """A ConfigMap that is there already, such as of chat templates."""


class PullSecret(TypedDict):
    """A Secret of type `kubernetes.io/dockerconfigjson`."""

    name: str
    """Name of the Secret in the stack's namespace; `[NAME]` is short for `[{name: NAME}]`."""


class Drain(TypedDict):
    """What the grace period is computed from: the longest request a stopping server finishes."""

    maxOutputTokens: NotRequired[int]
    """Longest answer, in tokens."""
    tokensPerSecond: NotRequired[int]
    """Slowest generation of one request at full batch."""
    preStopSeconds: NotRequired[int]
    """Time for load balancers to take the server out of rotation; behind a Gateway of GKE, when
unset: what its health checks take to fail, and 20 s for the change to spread."""


class Traffic(TypedDict):
    """Requests to one model, its adapters included."""

    requestsPerSecond: float
    """Requests a second, averaged over the month."""
    peakFactor: NotRequired[float]
    """The busiest minutes' rate, as a multiple of the average: servers are counted for it."""
    inputTokens: NotRequired[int]
    """Tokens of a prompt, on average."""
    outputTokens: NotRequired[int]
    """Tokens of an answer, on average."""
    sharedPrefix: NotRequired[float]
    """Share of a prompt that others begin with too, and that the prefix cache answers."""


class Measurement(TypedDict):
    """A load that was kept up, and what callers saw. Written by `inference load --record`."""

    date: str
    """Day of the measurement, as in 2026-11-28."""
    server: str
    """GPUs and image of a replica; a measurement of another server is not used."""
    replicas: int
    """Model servers that shared the load."""
    requestsPerSecond: float
    """Requests a second that all of them answered."""
    inputTokens: int
    """Tokens of a prompt."""
    outputTokens: int
    """Tokens of an answer."""
    sharedPrefix: NotRequired[float]
    """Share of a prompt that all began with."""
    timeToFirstTokenP95Ms: float
    """Time to first token, in milliseconds, of 95 % of the requests."""
    interTokenP95Ms: float
    """Time between tokens, in milliseconds, of 95 % of the requests."""


class Model(TypedDict):
    """One base model: a Deployment of model servers and the InferencePool in front of it."""

    name: NotRequired[str]
    """Name of the Deployment, InferencePool and Helm release."""
    model: NotRequired[str]
    """Hugging Face repository of the base model."""
    weights: NotRequired[ModelWeights]
    """Where its weights are, other than on Hugging Face; `{}` for the bucket of `weights`."""
    servedName: NotRequired[str]
    """Name that requests give as `model`; the repository's name when unset, as in vLLM."""
    aliases: NotRequired[list[str]]
    """Further names of the base model, such as the one that clients of another service send."""
    engine: NotRequired[str]
    """`vllm`, `sglang`, or `simulator`: llm-d-inference-sim, which makes answers up without GPU."""
    replicas: NotRequired[int]
    """Number of model servers."""
    autoscaling: NotRequired[ServerAutoscaling]
    """Bounds between which the load sets the number of servers, instead of `replicas`."""
    spread: NotRequired[bool]
    """Whether servers are kept apart over zones and nodes, as far as GPUs allow."""
    priorityClass: NotRequired[str]
    """PriorityClass of the servers: one of `priorityClasses`, or one that the cluster has."""
    gpu: NotRequired[Gpu]
    """GPUs of one replica."""
    lora: NotRequired[Lora]
    """LoRA adapters; no LoRA support when unset."""
    objectives: NotRequired[list[Objective]]
    """InferenceObjectives of this model's pool."""
    maxModelLen: NotRequired[int]
    """Context length in tokens; the model's own when unset."""
    concurrency: NotRequired[int]
    """Requests of the whole context that the KV cache of one replica is to hold at once."""
    gpuMemoryUtilization: NotRequired[float]
    """Share of GPU memory that vLLM uses, or SGLang for weights and cache; its own when unset."""
    extraArgs: NotRequired[list[str]]
    """Further arguments of the model server."""
    env: NotRequired[dict[str, EnvironmentValue]]
    """Variables of the server, such as `HF_ENDPOINT`: text, or `{secret, key}`."""
    volumes: NotRequired[list[Volume]]
    """Files that the server reads: claims and ConfigMaps that are in the cluster, read-only."""
    image: NotRequired[str]
    """Image of the model server, by tag or digest; the catalog's when unset."""
    imagePullSecrets: NotRequired[list[PullSecret]]
    """Secrets with which the images of the Pod are pulled."""
    port: NotRequired[int]
    """Port of the model server."""
    parametersBillion: NotRequired[float]
    """Billions of parameters of a model that the catalog does not know; 16 bit each, or fewer
where the repository's name says so, as in `-AWQ`, `-FP8` or `-4bit`."""
    drain: NotRequired[Drain]
    """What the grace period is computed from."""
    traffic: NotRequired[Traffic]
    """What callers are expected to ask of this model, in place of the stack's `traffic`."""
    measurements: NotRequired[list[Measurement]]
    """What `inference load --record` saw of these servers; corrects what the plan computes."""


class Path(TypedDict):
    """A path that the endpoint answers."""

    path: str
    """The path."""
    match: NotRequired[str]
    """`Exact` or `PathPrefix`."""


class Share(TypedDict):
    """A model's part of the requests for a served name."""

    model: str
    """Name of the model."""
    weight: int
    """Its part, in proportion to the others."""


class Split(TypedDict):
    """Requests for one served name, divided between models: a canary."""

    servedName: str
    """Name that requests give as `model`; each of the models must serve it."""
    models: list[Share]
    """Models and their weights, two or more."""


class Tls(TypedDict):
    """HTTPS at the Gateway. Without a certificate or Secret, a managed one for `hostnames`."""

    certificate: NotRequired[str]
    """Name of a certificate of Certificate Manager in the stack's region."""
    secret: NotRequired[str]
    """Name of a TLS Secret in the stack's namespace."""
    redirect: NotRequired[bool]
    """Whether port 80 sends clients to HTTPS; closed when false."""
    sslPolicy: NotRequired[str]
    """Name of a regional SSL policy to use; one is made when unset."""
    minVersion: NotRequired[str]
    """Oldest version of TLS that clients may speak: `1.2` or `1.3`."""
    profile: NotRequired[str]
    """Ciphers that are offered: `modern` or `restricted`."""


class RateLimit(TypedDict):
    """How many requests one client address may send; more are answered 429."""

    requests: int
    """Requests within the interval."""
    seconds: NotRequired[int]
    """Length of the interval: one that Cloud Armor knows."""


class Waf(TypedDict):
    """Google's own rules against attacks on web applications. Prompts may look like attacks."""

    rules: NotRequired[list[str]]
    """Preconfigured rule sets."""
    sensitivity: NotRequired[int]
    """From 1, fewest false alarms, to 4."""
    preview: NotRequired[bool]
    """Whether a match is only logged, not denied."""


class CloudArmor(TypedDict):
    """A regional Cloud Armor policy before the pools: an existing one, or rules of its own."""

    policy: NotRequired[str]
    """Name of a regional security policy to use; one is made of the rules when unset."""
    allow: NotRequired[list[str]]
    """Ranges of client addresses; all others are answered 403. Everyone when empty."""
    rateLimit: NotRequired[RateLimit]
    """How many requests a client address may send."""
    waf: NotRequired[Waf]
    """Preconfigured rules against attacks."""


class Iap(TypedDict):
    """Identity-Aware Proxy: only people and accounts of Google that were granted access."""

    clientId: str
    """Id of the OAuth client."""
    secret: str
    """Name of a Secret in the stack's namespace, whose key `key` holds the client's secret."""


class ModelArmor(TypedDict):
    """Model Armor: prompts and answers pass its filters."""

    template: str
    """Template for prompts: its name, or `projects/…/locations/…/templates/…`."""
    answerTemplate: NotRequired[str]
    """Template for answers; that of prompts when unset."""
    failOpen: NotRequired[bool]
    """Whether requests pass unseen when Model Armor does not answer."""
    timeoutMilliseconds: NotRequired[int]
    """Time that Model Armor gets for a message."""


class RequestLog(TypedDict):
    """Request log of the load balancer."""

    enabled: NotRequired[bool]
    """Whether requests are logged."""
    sampleRate: NotRequired[int]
    """Requests logged of every million."""


class HealthCheck(TypedDict):
    """Health checks of the load balancer, on /health of each model server."""

    intervalSeconds: NotRequired[int]
    """Seconds between checks."""
    timeoutSeconds: NotRequired[int]
    """Seconds until a check counts as failed; at most the interval."""
    healthyThreshold: NotRequired[int]
    """Successes that put a server into rotation."""
    unhealthyThreshold: NotRequired[int]
    """Failures that take it out."""


class GatewaySettings(TypedDict):
    """The Gateway, its routes and the policies of its backends."""

    name: NotRequired[str]
    """Name of the Gateway and of its HTTPRoutes."""
    className: NotRequired[str]
    """Gateway class: `gke-l7-regional-external-managed`, `gke-l7-rilb`, or one of the cluster."""
    provider: NotRequired[str]
    """What the pool chart adds for the gateway: `none`, or `istio`'s DestinationRule."""
    wait: NotRequired[bool]
    """Whether `pulumi up` waits until the Gateway and routes work; false without a controller."""
    paths: NotRequired[list[Path]]
    """Paths that the endpoint answers; those that the picker of `gatewayRelease` can parse, and
`/v1/models`, when unset."""
    routing: NotRequired[str]
    """How requests name a model: `header` X-Gateway-Model-Name, `path` /NAME/v1/…, or `body`."""
    defaultModel: NotRequired[str]
    """Name of the model that gets requests which name none that is served; 404 when unset."""
    splits: NotRequired[list[Split]]
    """Served names whose requests are divided between models."""
    hostnames: NotRequired[list[str]]
    """DNS names that the endpoint answers under; any when empty."""
    tls: NotRequired[Tls]
    """HTTPS; HTTP alone when unset."""
    internal: NotRequired[bool]
    """Whether an external Gateway also gets an internal one, with the same routes."""
    internalAddress: NotRequired[str]
    """Name of a reserved regional address for the second Gateway; one is reserved when unset."""
    globalAccess: NotRequired[bool]
    """Whether clients in other regions reach the internal Gateway."""
    cloudArmor: NotRequired[CloudArmor]
    """Cloud Armor policy before the pools."""
    iap: NotRequired[Iap]
    """Identity-Aware Proxy before the pools."""
    modelArmor: NotRequired[ModelArmor]
    """Model Armor, which filters prompts and answers."""
    timeoutSeconds: NotRequired[int]
    """Time after which the load balancer answers 504."""
    drainingSeconds: NotRequired[int]
    """Time that open connections get when a server leaves; as long as it drains when unset."""
    requestLog: NotRequired[RequestLog]
    """Request log of the load balancer."""
    healthCheck: NotRequired[HealthCheck]
    """Health checks of the load balancer."""


class AutoscalingSettings(TypedDict):
    """What all autoscaled models share."""

    adapter: NotRequired[str]
    """`install`, or use the one that is `present`; made in a cluster of this stack when unset."""


class PriorityClassSettings(TypedDict):
    """A PriorityClass to make; models name it in `priorityClass`."""

    name: str
    """Name of the class, unique in the cluster."""
    value: int
    """Higher goes first; Kubernetes keeps what is above a billion for itself."""
    preempts: NotRequired[bool]
    """Whether its Pods take the place of Pods with a lower value."""


class PickerRequestsSettings(TypedDict):
    """What the container of a picker requests."""

    cpu: float
    """In vCPU."""
    memoryGib: float
    """In GiB."""


class Scorers(TypedDict):
    """Weights of the scorers; a server is chosen by the weighted sum. 0 leaves one out."""

    queue: NotRequired[int]
    """Fewer requests waiting."""
    kvCache: NotRequired[int]
    """More of the KV cache free."""
    prefixCache: NotRequired[int]
    """More of the prompt's beginning cached."""
    loraAffinity: NotRequired[int]
    """The adapter of the request is loaded, or there is space for it."""


class PickerSettings(TypedDict):
    """The pickers of all models; each model has its own."""

    replicas: NotRequired[int]
    """Pickers of each model. One leads and answers, the others stand by and take over."""
    requests: NotRequired[PickerRequestsSettings]
    """CPU and memory that each requests; what its release was measured with when unset."""
    failureMode: NotRequired[str]
    """`FailOpen` sends requests to any server, `FailClose` refuses; the chart's when unset."""
    scorers: NotRequired[Scorers]
    """Weights of the scorers; the chart's when unset."""


class Vpc(TypedDict):
    """A VPC network of the stack's own, with one subnet in its region."""

    nodes: NotRequired[str]
    """Range of the subnet: nodes, and addresses of internal Gateways."""
    pods: NotRequired[str]
    """Secondary range of Pods; a node takes 256 addresses of it, with fewer `maxPods` less."""
    services: NotRequired[str]
    """Secondary range of Services."""
    nat: NotRequired[bool]
    """Whether nodes without external addresses reach the internet, by Cloud Router and NAT."""


class ProxyOnlySubnet(TypedDict):
    """The subnet of the load balancer's proxies, one active in each VPC and region."""

    create: NotRequired[bool]
    """Whether to make it; false where the VPC and region have one."""
    cidr: NotRequired[str]
    """Its range. An auto-mode VPC keeps 10.128.0.0/9 for itself, so it must be elsewhere."""


class NetworkSettings(TypedDict):
    """A VPC network, made or existing, and what the Gateway needs in it."""

    name: NotRequired[str]
    """Name of the VPC network; of one to make, the cluster's name when unset."""
    subnetwork: NotRequired[str]
    """Name of the subnet for nodes and internal addresses; the network's own when unset."""
    vpc: NotRequired[Vpc]
    """Makes a VPC network with these ranges; `{}` takes the defaults. Existing when unset."""
    hostProject: NotRequired[str]
    """Host project of a Shared VPC, in which the network and its subnets are."""
    podRange: NotRequired[str]
    """Name of an existing subnet's secondary range for Pods; GKE makes one when unset."""
    serviceRange: NotRequired[str]
    """Name of an existing subnet's secondary range for Services; GKE makes one when unset."""
    proxyOnlySubnet: NotRequired[ProxyOnlySubnet]
    """Subnet of the load balancer's proxies."""
    address: NotRequired[str]
    """Name of a reserved regional address to use; one is reserved when unset."""


class SecuritySettings(TypedDict):
    """Protection of what holds data or an identity, and of nodes."""

    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete cluster, VPC, address and weights. To lift it set false."""
    secureBoot: NotRequired[bool]
    """Whether nodes load signed boot components and kernel modules only; Autopilot's always do."""
    networkPolicy: NotRequired[bool]
    """Whether only load balancer, picker and collector reach the model servers."""
    posture: NotRequired[str]
    """GKE's security posture dashboard; GKE's default when unset."""


class CrdSettings(TypedDict):
    """Source of the CRD documents and those that the cluster brings."""

    source: NotRequired[str]
    """URL prefix of a mirror, or a folder; the pinned documents on GitHub when unset."""
    preinstalled: NotRequired[list[str]]
    """CRDs that the cluster owns and that are left out; those of GKE when unset."""


class Allowed(TypedDict):
    """A finding that is known and accepted."""

    id: str
    """Id of the finding, as the plan shows it."""
    reason: str
    """Why it is accepted; shown beside it."""


class PreflightSettings(TypedDict):
    """What preflight is told."""

    allow: NotRequired[list[Allowed]]
    """Findings that are shown, but neither warn nor stop."""


class Slo(TypedDict):
    """Service level objectives of each base model and adapter; one that is unset is not judged."""

    timeToFirstTokenP95Ms: NotRequired[float]
    """Highest time to first token, in milliseconds, of 95 % of the requests."""
    interTokenP95Ms: NotRequired[float]
    """Highest time between tokens, in milliseconds, of 95 % of the requests."""
    errorRate: NotRequired[float]
    """Highest share of requests that fail, from 0 to below 1."""
    tokensPerSecond: NotRequired[float]
    """Lowest number of tokens generated a second, all requests together."""


class Bucket(TypedDict):
    """A Cloud Storage bucket with the weights of models."""

    bucket: NotRequired[str]
    """Name of the bucket; `PROJECT-CLUSTER-weights` when unset."""
    create: NotRequired[bool]
    """Whether to make it, private and in the stack's region; it stays when the stack goes."""
    compileCache: NotRequired[bool]
    """Whether what servers compile is kept for the next ones, in a bucket of its own."""


class Alerts(TypedDict):
    """Alert policies, one for each kind, and who is told."""

    email: NotRequired[str]
    """Address that alerts are sent to; a notification channel is made for it."""
    channels: NotRequired[list[str]]
    """Existing notification channels that alerts are sent to, by their full names."""
    minutes: NotRequired[int]
    """Minutes that a condition must hold before an alert is sent."""
    errorRate: NotRequired[float]
    """Share of requests that end with 5xx, from which on it is too many."""
    queueSize: NotRequired[float]
    """Requests waiting in each model server of a pool, on average, that are too many."""
    kvCache: NotRequired[float]
    """Share of a pool's KV cache in use that is too much."""
    without: NotRequired[list[str]]
    """Alert policies that are not made."""


class Observability(TypedDict):
    """Nothing of it is made unless it is asked for, PodMonitorings aside."""

    modelServerMetrics: NotRequired[str]
    """Who scrapes the model servers: this `stack`, or `gke` by automatic monitoring."""
    dashboard: NotRequired[bool]
    """Whether a dashboard is made."""
    alerts: NotRequired[Alerts]
    """Alert policies; none when unset."""
    sloDays: NotRequired[int]
    """Days over which the objectives of `slo` are kept; no SLO is made when unset. With alerts,
one that is missed fast raises an alert."""


class SecretManagerSecret(TypedDict):
    """A secret of Secret Manager that is there already, in the stack's project."""

    secret: str
    """Name of the secret."""
    version: NotRequired[str]
    """Number or alias of its version; `latest` follows each new one."""


class ExistingSecret(TypedDict):
    """A Kubernetes Secret that is there already, in the stack's namespace."""

    name: str
    """Name of the Secret."""
    key: NotRequired[str]
    """Key of the token in the Secret."""


class GcpSettings(TypedDict):
    """The keys of the gcp provider that this program reads."""

    project: NotRequired[str]
    """Project to build in; needed when a Google Cloud resource is built."""
    region: NotRequired[str]
    """Region to build in."""


class InferenceEndpointArgs(TypedDict):
    """What to serve, and where: the keys of a stack file."""

    namespace: NotRequired[str]
    """Namespace of every object; created when it is not `default`."""
    cluster: NotRequired[ClusterSettings]
    """The GKE cluster to make, or the existing one to use."""
    nodePools: NotRequired[list[NodePool]]
    """GPU node pools of a Standard cluster; one `gpupool` when unset."""
    gatewayRelease: NotRequired[str]
    """Release of charts, CRDs and endpoint picker that belong together."""
    models: NotRequired[list[Model]]
    """The base models to serve."""
    gateway: NotRequired[GatewaySettings]
    """The entry point."""
    autoscaling: NotRequired[AutoscalingSettings]
    """What all autoscaled models share."""
    priorityClasses: NotRequired[list[PriorityClassSettings]]
    """PriorityClasses to make, for models to name."""
    picker: NotRequired[PickerSettings]
    """The endpoint pickers, which choose a model server for each request."""
    network: NotRequired[NetworkSettings]
    """VPC network, proxy-only subnet and address."""
    security: NotRequired[SecuritySettings]
    """What is kept from being deleted, and how nodes start."""
    labels: NotRequired[dict[str, str]]
    """Labels of every Google Cloud resource of the stack, beside those that name the stack."""
    crds: NotRequired[CrdSettings]
    """Where CRDs come from."""
    preflight: NotRequired[PreflightSettings]
    """Findings that are accepted."""
    slo: NotRequired[Slo]
    """What `inference load` holds the running stack to."""
    traffic: NotRequired[Traffic]
    """What callers are expected to ask of each model that has no `traffic` of its own."""
    weights: NotRequired[Bucket]
    """A Cloud Storage bucket with weights; `{create: true}` makes one. None when unset."""
    observability: NotRequired[Observability]
    """Metrics, dashboard, alerts and objectives in Cloud Monitoring."""
    huggingFaceSecretManager: NotRequired[SecretManagerSecret]
    """A secret of Secret Manager with the token, mounted by its add-on and never read here."""
    huggingFaceSecret: NotRequired[ExistingSecret]
    """An existing Secret with the Hugging Face token, instead of `huggingFaceToken`."""
    gcp: NotRequired[GcpSettings]
    """Project and region to build in."""
    huggingFaceToken: NotRequired[pulumi.Input[str]]
    """Token that may read the gated models; may be secret, or another resource's output."""
