"""Names, ranges, lengths and counts that Google Cloud refuses after it has built the rest."""

import json
import re
from collections.abc import Iterator
from typing import Final

from inference.catalog.gcp import CLASSIC_CLASS
from inference.catalog.google_rules import (
    BUCKET_NAMES,
    GOOGLE_PREFIX,
    GOOGLE_WORDS,
    RULE_SETS,
    TOPIC_NAMES,
    WAF_RULES,
)
from inference.catalog.limits import (
    CLASSIC_URL_MAP_BYTES,
    EXCLUSION_DAYS,
    EXCLUSION_RULES,
    LEAST_WEEKLY_HOURS,
    MOST_LABELS,
    NO_UPGRADES,
    RESOURCE_LABELS,
    URL_MAP_BYTES,
    URL_MAPS,
)
from inference.config import Finding, Settings
from inference.config.maintenance import ExclusionScope, moment
from inference.config.nearest import nearest
from inference.derive.names import bucket_name, google_labels
from inference.derive.routes import rules
from inference.preflight.registry import error, warning

GOOGLE_TOO_MANY_LABELS: Final = error(
    id="google.too-many-labels",
    cause="The stack's labels, with those that identify it, are more than a resource may have.",
    consequence="Google rejects every resource with labels.",
    fix="Remove labels.",
    source=RESOURCE_LABELS,
)
GOOGLE_RESERVED_NAME: Final = error(
    id="google.reserved-name",
    cause="A bucket or topic has a name that Google reserves.",
    consequence="Google rejects it.",
    fix="Choose another name.",
    source=BUCKET_NAMES,
    also=(TOPIC_NAMES,),
)
GOOGLE_EXCLUSION_TOO_LONG: Final = error(
    id="google.exclusion-too-long",
    cause="A maintenance exclusion is longer than GKE allows for its scope, or there are more "
    "exclusions of all upgrades than it allows.",
    consequence="GKE rejects the cluster.",
    fix="End it earlier: at most 30 days for all upgrades, 180 for minor ones.",
    source=EXCLUSION_RULES,
)
GOOGLE_MAINTENANCE_WINDOW_SHORT: Final = error(
    id="google.maintenance-window-short",
    cause="The maintenance window leaves less than 48 hours in 32 days.",
    consequence="GKE rejects the maintenance policy, and with it the cluster.",
    fix="Add days or hours.",
    source=EXCLUSION_RULES,
)
GOOGLE_UNKNOWN_RULE_SET: Final = warning(
    id="google.unknown-rule-set",
    cause="A preconfigured rule set of Cloud Armor is not among those of the catalog.",
    consequence="Google rejects the policy if no rule set has that name.",
    fix="Use one from the list; accept the finding if it is newer than the list.",
    source=RULE_SETS,
)
GOOGLE_URL_MAP_SIZE: Final = warning(
    id="google.url-map-size",
    cause="The rules of all routes, once for each host name, are as JSON larger than a URL map "
    "may be.",
    consequence="Google may reject the load balancer's URL map: new routes are not served.",
    fix="Serve fewer names, paths or host names from one stack.",
    source=URL_MAPS,
)

_GOOGLE: Final = re.compile("|".join((*GOOGLE_WORDS, f"^{GOOGLE_PREFIX}")))


def _names(settings: Settings) -> Iterator[Finding]:
    if settings.weights is not None and settings.weights.create:
        name = bucket_name(settings)
        words = [word for word in GOOGLE_WORDS if word in name]
        if words or name.startswith(GOOGLE_PREFIX):
            how = f"contains {words[0]!r}" if words else f"begins with {GOOGLE_PREFIX!r}"
            yield GOOGLE_RESERVED_NAME.to_set(
                "weights.bucket",
                f"{name} {how}, which Cloud Storage does not allow",
                _GOOGLE.sub("my", name),
            )
    notifications = settings.cluster.notifications
    if notifications is not None:
        topic, cluster = notifications.topic, settings.cluster.name
        name = topic.rpartition("/")[2] if topic else cluster
        if name.startswith(GOOGLE_PREFIX):
            where = "cluster.notifications.topic" if topic else "cluster.name"
            given = f"{topic or cluster}".removesuffix(name)
            yield GOOGLE_RESERVED_NAME.to_set(
                where,
                f"the topic is named {name}, but Pub/Sub allows no name that starts with "
                f"{GOOGLE_PREFIX!r}",
                f"{given}my-{name}",
            )


def _labels(settings: Settings) -> Iterator[Finding]:
    own = google_labels("stack")
    count = len({*settings.labels, *own})
    if count > MOST_LABELS:
        yield GOOGLE_TOO_MANY_LABELS.finding(
            "labels",
            f"has {len(settings.labels)} labels, {count} with the {len(own)} that identify the "
            f"stack: Google allows at most {MOST_LABELS}",
            f"remove {count - MOST_LABELS} from `labels` in the stack file",
        )


def _maintenance(settings: Settings) -> Iterator[Finding]:
    window, exclusions = (
        settings.cluster.maintenance.window,
        settings.cluster.maintenance.exclusions,
    )
    if window is not None and len(window.days) * window.hours < LEAST_WEEKLY_HOURS:
        yield GOOGLE_MAINTENANCE_WINDOW_SHORT.to_set(
            "cluster.maintenance.window.hours",
            f"{window.hours} hours on {len(window.days)} days per week are less than 48 in 32 "
            "days: GKE would reject the policy",
            str(-(-LEAST_WEEKLY_HOURS // len(window.days))),
        )
    whole = [one for one in exclusions if one.scope is ExclusionScope.NO_UPGRADES]
    if len(whole) > NO_UPGRADES:
        path = "cluster.maintenance.exclusions"
        yield GOOGLE_EXCLUSION_TOO_LONG.finding(
            path,
            f"{len(whole)} have scope {ExclusionScope.NO_UPGRADES}, but GKE allows at most "
            f"{NO_UPGRADES}",
            f"set the scope of some to {ExclusionScope.NO_MINOR_UPGRADES} in `{path}` in the "
            "stack file, or remove them",
        )
    yield from _exclusions(settings)


def _exclusions(settings: Settings) -> Iterator[Finding]:
    for index, exclusion in enumerate(settings.cluster.maintenance.exclusions):
        begins, ends = moment(exclusion.start), moment(exclusion.end)
        longest = EXCLUSION_DAYS[exclusion.scope.value]
        if ends - begins > longest:
            path = f"cluster.maintenance.exclusions[{index}].end"
            last = (begins + longest).strftime("%Y-%m-%dT%H:%M:%SZ")
            yield GOOGLE_EXCLUSION_TOO_LONG.to_set(
                path,
                f"{exclusion.name} lasts {(ends - begins).days} days, but GKE allows at most "
                f"{longest.days} for {exclusion.scope.value}",
                last,
            )


def _rule_sets(settings: Settings) -> Iterator[Finding]:
    armor = settings.gateway.cloud_armor
    for index, name in enumerate(armor.waf.rules if armor and armor.waf else ()):
        if name not in WAF_RULES:
            yield GOOGLE_UNKNOWN_RULE_SET.to_set(
                f"gateway.cloudArmor.waf.rules[{index}]",
                f"{name} is not a known Cloud Armor rule set",
                nearest(name, sorted(WAF_RULES)) or "sqli-v33-stable",
            )


def _url_map(settings: Settings) -> Iterator[Finding]:
    gateway = settings.gateway
    hosts = len(gateway.hostnames)
    written = [rule.spec for rule in rules(gateway, settings.models)]
    size = max(1, hosts) * len(json.dumps(written))
    most = CLASSIC_URL_MAP_BYTES if gateway.class_name == CLASSIC_CLASS else URL_MAP_BYTES
    if size > most:
        each = f" for each of {hosts} host names" if hosts > 1 else ""
        yield GOOGLE_URL_MAP_SIZE.finding(
            "gateway",
            f"{len(written):,} rules{each} are about {size // 1000:,} kB: Google may reject them, "
            f"as a URL map may have at most {most // 1000:,} kB",
            "remove `aliases` or adapters of `models`, or entries of `gateway.hostnames` or "
            "`gateway.paths`, in the stack file, or split `models` into several stacks",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about what Google would refuse."""
    if settings.cluster.is_created or settings.gateway.is_gke:
        yield from _names(settings)
        yield from _labels(settings)
    if settings.gateway.is_gke:
        yield from _url_map(settings)
    if settings.cluster.is_created:
        yield from _maintenance(settings)
    yield from _rule_sets(settings)
