"""Keys of the Gateway that contradict each other, and how requests find their model."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from inference.catalog.gcp import ENDPOINT_DETACH, ENDPOINT_DETACH_SECONDS
from inference.catalog.limits import GATEWAY_API, GKE_POLICIES, HEALTH_CHECKS, SSL_POLICIES
from inference.config import Finding, Settings
from inference.config.finding import Fix, edit, set_command
from inference.config.gateway import Routing, Split
from inference.config.gateway_traffic import TlsProfile, TlsVersion
from inference.preflight.registry import error, own_rule, refusal, warning

INTERNAL_KEY_IGNORED: Final = own_rule(
    id="gateway.internal-key-ignored",
    cause="A key for the internal Gateway is set although there is none, or a second Gateway is "
    "requested beside an internal one.",
    consequence="The key would be ignored.",
    fix="Remove it, or set `gateway.internal` beside an external class.",
)
UNKNOWN_DEFAULT_MODEL: Final = own_rule(
    id="gateway.unknown-default-model",
    cause="`gateway.defaultModel` is not the name of a model in the stack.",
    consequence="There is no pool to send requests to.",
    fix="Set it to the name of a model.",
)
SPLIT_NOT_SERVED: Final = own_rule(
    id="gateway.split-not-served",
    cause="A traffic split does not list exactly the models that serve the name.",
    consequence="A request that reaches a model under a name it does not serve is answered 404.",
    fix="List those models; weight 0 sends a model no requests.",
)
SPLIT_CONTRADICTS: Final = refusal(
    id="gateway.split-contradicts",
    cause="A served name is split twice, a model has two weights in one split, or every weight is "
    "0.",
    consequence="An HTTPRoute rule holds one weight per backend, and if all weights are 0, every "
    "request is answered 500.",
    fix="List each model once, and give at least one a weight above 0.",
    source=GATEWAY_API,
)
SPLIT_BY_PATH: Final = own_rule(
    id="gateway.split-by-path",
    cause="Requests are split between models, but routed by path.",
    consequence="The path selects one model, so nothing is split.",
    fix="Route by header or body.",
)
HEALTH_CHECK_TIMEOUT: Final = error(
    id="gateway.health-check-timeout",
    cause="A health check's timeout exceeds its interval.",
    consequence="Google rejects the health check, and the load balancer is never programmed.",
    fix="Lower `timeoutSeconds`, or raise `intervalSeconds`.",
    source=HEALTH_CHECKS,
)
TIMEOUT_TOO_SHORT: Final = warning(
    id="gateway.timeout-too-short",
    cause="`gateway.timeoutSeconds` is below what a model's longest answer takes by its `drain`.",
    consequence="The load balancer ends such answers midway.",
    fix="Raise `gateway.timeoutSeconds`, or lower `drain.maxOutputTokens`.",
    source=GKE_POLICIES,
)
PRE_STOP_TOO_SHORT: Final = warning(
    id="gateway.pre-stop-too-short",
    cause="Servers get SIGTERM before the load balancer is sure to have stopped sending to them: "
    "its health check interval times the unhealthy threshold, plus the time for the change to "
    "propagate.",
    consequence="A draining server answers 500 to new requests, while its health check still "
    "answers 200.",
    fix="Remove `drain.preStopSeconds`, so that it is computed, or check health more often.",
    source=ENDPOINT_DETACH,
)
TLS_PROFILE: Final = error(
    id="gateway.tls-profile",
    cause="`gateway.tls.minVersion` is 1.3, but `profile` is not restricted.",
    consequence="Google rejects the SSL policy.",
    fix="Set the profile to restricted.",
    source=SSL_POLICIES,
)


def _internal(settings: Settings) -> Iterator[Finding]:
    gateway = settings.gateway
    if gateway.existing is not None:
        # Each of them is refused beside it.
        return
    ignored = {
        "internal": gateway.internal and gateway.is_internal,
        "internalAddress": gateway.internal_address is not None and not gateway.internal,
        "globalAccess": gateway.global_access and not gateway.has_internal,
    }
    for key, is_ignored in ignored.items():
        if is_ignored:
            yield INTERNAL_KEY_IGNORED.to_remove(
                f"gateway.{key}",
                "would be ignored: the Gateway is internal already"
                if key == "internal"
                else "would be ignored: gateway.internal does not request an internal Gateway",
            )


def _second(names: Sequence[str]) -> int:
    """Position of the first name that was there before."""
    return next(index for index, name in enumerate(names) if name in names[:index])


def _divided(settings: Settings, index: int, split: Split, serving: set[str]) -> Fix:
    """Name the models that serve it, with the weights there are; else let those named serve it."""
    weights = {share.model: share.weight for share in split.models}
    shares = [{"model": name, "weight": weights.get(name, 0)} for name in sorted(serving)]
    if any(share["weight"] for share in shares):
        words = f", or give each `servedName: {split.served_name}`"
        return edit({f"gateway.splits[{index}].models": shares}) + words
    names = [model.name for model in settings.models]
    return edit(
        {
            f"models[{names.index(name)}].servedName": split.served_name
            for name in weights
            if name in names
        }
    )


def _contradicts(path: str, split: Split) -> Iterator[Finding]:
    names = [share.model for share in split.models]
    if len(set(names)) < len(names):
        yield SPLIT_CONTRADICTS.finding(
            f"{path}.models",
            "lists a model twice: the Gateway API accepts no second weight",
            edit({f"{path}.models[{_second(names)}]" if len(set(names)) > 1 else path: None}),
        )
    if not any(share.weight for share in split.models):
        yield SPLIT_CONTRADICTS.finding(
            f"{path}.models",
            "has only weights of 0: every request would be answered 500",
            set_command(f"{path}.models[0].weight", "1"),
        )


def _splits(settings: Settings) -> Iterator[Finding]:
    served = {model.name: set(model.served_names) for model in settings.models}
    gateway = settings.gateway
    for index, split in enumerate(gateway.splits):
        path = f"gateway.splits[{index}]"
        yield from _contradicts(path, split)
        named = {share.model for share in split.models}
        serving = {name for name, names in served.items() if split.served_name in names}
        if named != serving:
            yield SPLIT_NOT_SERVED.finding(
                f"{path}.models",
                f"{split.served_name} is split between {', '.join(sorted(named))}, but served by "
                f"{', '.join(sorted(serving)) or 'none'}: a request that reaches a model under a "
                "name it does not serve is answered 404",
                _divided(settings, index, split, serving),
            )
    count = Counter(split.served_name for split in gateway.splits)
    if any(number > 1 for number in count.values()):
        yield SPLIT_CONTRADICTS.finding(
            "gateway.splits",
            "a served name is split twice: only one split could apply",
            edit({f"gateway.splits[{_second([one.served_name for one in gateway.splits])}]": None}),
        )
    if gateway.splits and gateway.routing is Routing.PATH:
        yield SPLIT_BY_PATH.finding(
            "gateway.splits",
            "does not work with routing path, where the path selects one model",
            set_command("gateway.routing", Routing.BODY.value),
        )


def _pre_stops(settings: Settings) -> Iterator[Finding]:
    if not settings.gateway.is_gke:
        return
    health = settings.gateway.health_check
    for index, model in enumerate(settings.models):
        seconds = model.drain.pre_stop_seconds
        if seconds < health.least_pre_stop:
            yield PRE_STOP_TOO_SHORT.to_remove(
                f"models[{index}].drain.preStopSeconds",
                f"{seconds} s is less than the {health.least_pre_stop} s after which nothing more "
                f"is sent to a deleted server: {health.interval_seconds} s × "
                f"{health.unhealthy_threshold} checks + {ENDPOINT_DETACH_SECONDS} s",
            )


def _cut_off(settings: Settings) -> Iterator[Finding]:
    seconds, path = settings.gateway.timeout_seconds, "gateway.timeoutSeconds"
    for index, model in enumerate(settings.models):
        drain = model.drain
        longest = -(-drain.max_output_tokens // drain.tokens_per_second)
        if settings.gateway.is_gke and seconds < longest:
            yield TIMEOUT_TOO_SHORT.to_set(
                path,
                f"{seconds} s, but an answer of {drain.max_output_tokens} tokens at "
                f"{drain.tokens_per_second} a second, as models[{index}].drain has it, takes "
                f"{longest}: it would be ended midway",
                str(longest),
            )
            return


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the Gateway's own keys."""
    gateway = settings.gateway
    yield from _internal(settings)
    default = gateway.default_model
    if default is not None and default not in {model.name for model in settings.models}:
        yield UNKNOWN_DEFAULT_MODEL.to_set(
            "gateway.defaultModel",
            f"{default} is not a model in this stack, so requests could not go there",
            settings.models[0].name,
        )
    yield from _splits(settings)
    health = gateway.health_check
    if health.timeout_seconds > health.interval_seconds:
        yield HEALTH_CHECK_TIMEOUT.to_set(
            "gateway.healthCheck.timeoutSeconds",
            f"{health.timeout_seconds} is greater than intervalSeconds {health.interval_seconds}: "
            "GKE would reject the policy",
            str(health.interval_seconds),
        )
    yield from _pre_stops(settings)
    yield from _cut_off(settings)
    tls = gateway.tls
    newest = tls is not None and tls.min_version is TlsVersion.TLS_1_3
    if tls is not None and newest and tls.profile is not TlsProfile.RESTRICTED:
        yield TLS_PROFILE.to_set(
            "gateway.tls.profile",
            "must be restricted with minVersion 1.3, or Google rejects the policy",
            TlsProfile.RESTRICTED.value,
        )
