"""Names that something else in the cluster has, and things that a new cluster does not have."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.gcp import EXTERNAL_CLASS
from inference.catalog.google_rules import (
    DEFAULT_POOL,
    GKE_CONTROLLERS,
    NAMESPACES,
    PRIORITY_CLASSES,
    SYSTEM_NAMESPACES,
    SYSTEM_PRIORITIES,
    SYSTEM_PRIORITY,
    TLS_SECRETS,
)
from inference.catalog.limits import (
    GKE_QUOTAS,
)
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.config.finding import Fix, edit, set_command
from inference.derive.engines import has_syncer
from inference.derive.names import METRICS_SECRET, SECRET_NAME
from inference.derive.syncer import SYNCER_PORT
from inference.preflight.registry import error, refusal

NAMES_SYSTEM_NAMESPACE: Final = refusal(
    id="names.system-namespace",
    cause="`namespace` is reserved by Kubernetes or GKE.",
    consequence="It already exists, so creating it fails; a destroy would delete what the cluster "
    "needs.",
    fix="Choose another name.",
    source=NAMESPACES,
)
NAMES_DEFAULT_POOL: Final = refusal(
    id="names.default-pool",
    cause="A node pool has the name of the one that GKE creates with the cluster.",
    consequence="GKE reports that it already exists, after the cluster has been created.",
    fix="Give the pool another name.",
    source=GKE_QUOTAS,
)
NAMES_SYNCER_PORT: Final = refusal(
    id="names.syncer-port",
    cause="A model server uses the port of the LoRA syncer's metrics, in the same Pod.",
    consequence="The server cannot bind the port, and restarts indefinitely.",
    fix="Set another port for the model.",
    source=GKE_CONTROLLERS,
)
GATEWAY_NO_CONTROLLER: Final = error(
    id="gateway.no-controller",
    cause="The stack creates the cluster, but sets a Gateway class that is not GKE's.",
    consequence="No controller accepts the Gateway: `pulumi up` waits for it in vain.",
    fix="Use one of GKE's classes, or an existing cluster that runs the controller.",
    source=GKE_CONTROLLERS,
)
NAMES_NO_PRIORITY_CLASS: Final = error(
    id="names.no-priority-class",
    cause="A model sets a PriorityClass that neither the stack nor a new cluster has, or one "
    "reserved for system components.",
    consequence="The API server rejects each of its Pods.",
    fix="Define it in `priorityClasses`, or remove `priorityClass`.",
    source=PRIORITY_CLASSES,
)
NAMES_SYSTEM_PRIORITY_CLASS: Final = refusal(
    id="names.system-priority-class",
    cause="`priorityClasses` has a name that starts with `system-`.",
    consequence="The API server rejects it: Kubernetes reserves such names.",
    fix="Choose another name.",
    source=PRIORITY_CLASSES,
)
GATEWAY_SECRET_IS_TOKEN: Final = refusal(
    id="gateway.secret-is-token",
    cause="`gateway.tls.secret`, `gateway.iap.secret`, `huggingFaceSecret` or a pull secret is a "
    "Secret with something else in it, such as the Hugging Face token.",
    consequence="It does not hold what is read from it: the Gateway is never programmed, servers "
    "find no token, or images are pulled without credentials.",
    fix="Set a Secret of type kubernetes.io/tls, one with the OAuth client's secret, the token's, "
    "or one of type kubernetes.io/dockerconfigjson.",
    source=TLS_SECRETS,
)


def _models(settings: Settings) -> Iterator[Finding]:
    classes = {one.name for one in settings.priority_classes}
    for index, model in enumerate(settings.models):
        path = f"models[{index}]"
        if has_syncer(model) and model.port == SYNCER_PORT:
            yield NAMES_SYNCER_PORT.to_set(
                f"{path}.port",
                f"{model.port} is the port of the LoRA syncer's metrics in the same Pod: the "
                "server could not listen",
                "8000",
            )
        wanted, key = model.priority_class, f"{path}.priorityClass"
        if settings.cluster.is_created and wanted in SYSTEM_PRIORITIES:
            yield NAMES_NO_PRIORITY_CLASS.to_remove(
                key,
                f"{wanted} is for system components: GKE restricts it to namespaces with a quota "
                "for it, such as kube-system",
                Severity.WARNING,
            )
        elif settings.cluster.is_created and wanted is not None and wanted not in classes:
            yield NAMES_NO_PRIORITY_CLASS.to_remove(
                key,
                f"{wanted} is neither in `priorityClasses` nor in a new cluster: the API server "
                "would reject each Pod",
            )


def _renamed(settings: Settings, path: str, name: str) -> Fix:
    """The edits that give a PriorityClass, and the models that set it, another name."""
    other = name.removeprefix(SYSTEM_PRIORITY) or "serving"
    users = [n for n, model in enumerate(settings.models) if model.priority_class == name]
    return edit({path: other, **{f"models[{n}].priorityClass": other for n in users}})


def _cluster(settings: Settings) -> Iterator[Finding]:
    namespace, gateway = settings.namespace, settings.gateway
    if namespace.startswith(SYSTEM_NAMESPACES):
        yield NAMES_SYSTEM_NAMESPACE.to_set(
            "namespace",
            f"{namespace} exists in every cluster and does not belong to the stack: creating it "
            "fails, and a destroy would delete it",
            "inference",
        )
    if not settings.cluster.is_created:
        return
    if settings.cluster.mode is ClusterMode.STANDARD:
        for index, pool in enumerate(settings.node_pools):
            if pool.name == DEFAULT_POOL:
                yield NAMES_DEFAULT_POOL.to_set(
                    f"nodePools[{index}].name",
                    f"{DEFAULT_POOL} is the pool that GKE creates with the cluster: a second one "
                    "with that name is rejected",
                    f"pool-{index}",
                )
    if not gateway.is_gke:
        yield GATEWAY_NO_CONTROLLER.to_set(
            "gateway.className",
            f"no controller in a new GKE cluster handles class {gateway.class_name}"
            + (": `pulumi up` would wait in vain" if gateway.wait else ""),
            EXTERNAL_CLASS,
            Severity.ERROR if gateway.wait else Severity.WARNING,
        )


_TOKEN: Final = "the Hugging Face token"  # noqa: S105 what a Secret holds


def _pull_secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    for position, secret in enumerate(settings.registry.pull_secrets):
        yield f"registry.pullSecrets[{position}]", secret.name
    for index, model in enumerate(settings.models):
        for position, secret in enumerate(model.image_pull_secrets):
            yield f"models[{index}].imagePullSecrets[{position}]", secret.name


def _secrets(settings: Settings) -> Iterator[Finding]:
    gateway, token = settings.gateway, settings.hugging_face_secret
    tls = gateway.tls
    made = {METRICS_SECRET: "the token that reads metrics"}
    tokens = dict.fromkeys([SECRET_NAME, *([token.name] if token else [])], _TOKEN)
    never = "the Gateway would never be programmed"
    for path, name, others, content, effect in (
        ("gateway.tls.secret", tls and tls.secret, tokens, "certificate", never),
        (
            "gateway.iap.secret",
            gateway.iap and gateway.iap.secret,
            tokens | ({tls.secret: "the certificate"} if tls and tls.secret else {}),
            "secret of an OAuth client",
            never,
        ),
        (
            "huggingFaceSecret.name",
            token and token.name,
            dict[str, str](),
            "Hugging Face token",
            "servers would never start",
        ),
        *(
            (path, name, tokens, "pull credentials", "images would be pulled without any")
            for path, name in _pull_secrets(settings)
        ),
    ):
        holds = (others | made).get(name or "")
        if holds is not None:
            yield GATEWAY_SECRET_IS_TOKEN.finding(
                path,
                f"{name} holds {holds} and no {content}: {effect}",
                set_command(path, "SECRET") + f", one that holds the {content}",
            )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about names and things in the cluster."""
    yield from _models(settings)
    yield from _cluster(settings)
    for index, one in enumerate(settings.priority_classes):
        if one.name.startswith(SYSTEM_PRIORITY):
            path = f"priorityClasses[{index}].name"
            yield NAMES_SYSTEM_PRIORITY_CLASS.finding(
                path,
                f"{one.name} starts with {SYSTEM_PRIORITY}, which Kubernetes reserves: the API "
                "server would reject it",
                _renamed(settings, path, one.name),
            )
    yield from _secrets(settings)
