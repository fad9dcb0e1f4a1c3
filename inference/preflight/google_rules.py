"""Names, ranges, lengths and counts that Google Cloud refuses after it has built the rest."""

import json
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from inference.catalog.gcp import CLASSIC_CLASS
from inference.catalog.google_rules import (
    BUCKET_NAMES,
    GOOGLE_NAMES,
    LEAST_WEEKLY_HOURS,
    MOST_NO_UPGRADES,
    PROHIBITED_RANGES,
    RULE_SETS,
    TOPIC_NAMES,
    UNUSABLE,
    WAF_RULES,
)
from inference.catalog.limits import (
    CLASSIC_URL_MAP_BYTES,
    EXCLUSION_DAYS,
    EXCLUSION_RULES,
    GKE_QUOTAS,
    LONGEST_SERVICE_PREFIX,
    MOST_LABELS,
    MOST_NODES,
    RESOURCE_LABELS,
    SERVICE_RANGES,
    URL_MAP_BYTES,
    URL_MAPS,
)
from inference.catalog.machines import MACHINES_SOURCE, NO_HYPERDISK
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode
from inference.config.maintenance import ExclusionScope, moment
from inference.config.nearest import nearest
from inference.derive.names import bucket_name, google_labels
from inference.derive.routes import rules
from inference.preflight.registry import error, warning

GOOGLE_PROHIBITED_RANGE: Final = error(
    id="google.prohibited-range",
    cause="A subnet's range is one that Google reserves, or that cannot belong to a network.",
    consequence="Google rejects the subnet after the network has been created.",
    fix="Choose a private range, such as one within 10.0.0.0/8.",
    source=PROHIBITED_RANGES,
)
GOOGLE_FEW_SERVICE_ADDRESSES: Final = error(
    id="google.few-service-addresses",
    cause="The Service range is smaller than GKE allows.",
    consequence="GKE rejects the cluster after the network has been created.",
    fix="Give Services a /28 or larger; GKE's default is a /20.",
    source=SERVICE_RANGES,
)
GOOGLE_TOO_MANY_NODES: Final = error(
    id="google.too-many-nodes",
    cause="Together, the node pools may have more nodes than a cluster allows.",
    consequence="GKE adds no nodes beyond its limit, and Pods stay Pending.",
    fix="Lower `nodes` or `autoscaling.max` of the pools, or remove zones.",
    source=GKE_QUOTAS,
)
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
GOOGLE_DISK_TYPE: Final = error(
    id="google.disk-type",
    cause="A persistent disk is requested for a machine type that supports only Hyperdisk, or "
    "vice versa.",
    consequence="GKE rejects the node pool after the cluster has been created.",
    fix="Remove `diskType`: the default is what the machine type supports.",
    source=MACHINES_SOURCE,
)
GOOGLE_URL_MAP_SIZE: Final = warning(
    id="google.url-map-size",
    cause="The rules of all routes, once for each host name, are as JSON larger than a URL map "
    "may be.",
    consequence="Google may reject the load balancer's URL map: new routes are not served.",
    fix="Serve fewer names, paths or host names from one stack.",
    source=URL_MAPS,
)

_PERSISTENT: Final = "pd-"
_PRIVATE: Final = {
    "network.vpc.nodes": "10.0.0.0/20",
    "network.vpc.pods": "10.4.0.0/14",
    "network.vpc.services": "10.8.0.0/20",
    "network.proxyOnlySubnet.cidr": "192.168.254.0/23",
}
"""Ranges that a fix names: the defaults."""


def _ranges(settings: Settings) -> Iterator[tuple[str, IPv4Network]]:
    vpc, proxies = settings.network.vpc, settings.network.proxy_only_subnet
    if vpc is not None:
        yield from ((f"network.vpc.{key}", cidr) for key, cidr in vpc.ranges.items())
    if settings.makes_proxy_subnet:
        yield "network.proxyOnlySubnet.cidr", IPv4Network(proxies.cidr)


def _network(settings: Settings) -> Iterator[Finding]:
    for path, cidr in _ranges(settings):
        kept = next((one for one in UNUSABLE if one.overlaps(cidr)), None)
        if kept is not None:
            yield GOOGLE_PROHIBITED_RANGE.to_set(
                path,
                f"{cidr} overlaps {kept}, where Google allows no subnet",
                _PRIVATE[path],
            )
        elif path == "network.vpc.services" and cidr.prefixlen > LONGEST_SERVICE_PREFIX:
            yield GOOGLE_FEW_SERVICE_ADDRESSES.to_set(
                path,
                f"{cidr} has {cidr.num_addresses} addresses, but GKE accepts no Service range "
                f"smaller than a /{LONGEST_SERVICE_PREFIX}",
                _PRIVATE[path],
            )


def _pools(settings: Settings) -> Iterator[Finding]:
    nodes = sum(pool.max_nodes for pool in settings.pools)
    if settings.cluster.mode is ClusterMode.STANDARD and nodes > MOST_NODES:
        yield GOOGLE_TOO_MANY_NODES.finding(
            "nodePools",
            f"the pools together may have {nodes:,} nodes, but a cluster has at most "
            f"{MOST_NODES:,}",
        )
    for index, pool in enumerate(settings.node_pools):
        disk, takes = pool.disk_type, pool.machine.disk_type
        if disk is None:
            continue
        persistent = disk.startswith(_PERSISTENT)
        hyperdisk_alone = persistent and not takes.startswith(_PERSISTENT)
        if hyperdisk_alone or (not persistent and pool.machine_type.startswith(NO_HYPERDISK)):
            yield GOOGLE_DISK_TYPE.to_set(
                f"nodePools[{index}].diskType",
                f"{pool.machine_type} supports only "
                f"{'Hyperdisk' if persistent else 'persistent disks'}, not {disk}: GKE would "
                "reject the pool",
                takes,
            )


def _without_google(name: str) -> str:
    for word in (*GOOGLE_NAMES[1:], GOOGLE_NAMES[0]):
        name = name.replace(word, "my")
    return name


def _names(settings: Settings) -> Iterator[Finding]:
    if settings.weights is not None and settings.weights.create:
        name = bucket_name(settings)
        word = next((word for word in GOOGLE_NAMES[1:] if word in name), GOOGLE_NAMES[0])
        if word in name if word in GOOGLE_NAMES[1:] else name.startswith(word):
            yield GOOGLE_RESERVED_NAME.to_set(
                "weights.bucket",
                f"{name} contains {word!r}, which Cloud Storage allows in no name",
                _without_google(name),
            )
    notifications = settings.cluster.notifications
    if notifications is not None:
        topic, cluster = notifications.topic, settings.cluster.name
        name = topic.rpartition("/")[2] if topic else cluster
        if name.startswith(GOOGLE_NAMES[0]):
            where = "cluster.notifications.topic" if topic else "cluster.name"
            given = f"{topic or cluster}".removesuffix(name)
            yield GOOGLE_RESERVED_NAME.to_set(
                where,
                f"the topic is named {name}, but Pub/Sub allows no name that starts with "
                f"{GOOGLE_NAMES[0]!r}",
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
    if len(whole) > MOST_NO_UPGRADES:
        path = "cluster.maintenance.exclusions"
        yield GOOGLE_EXCLUSION_TOO_LONG.finding(
            path,
            f"{len(whole)} have scope {ExclusionScope.NO_UPGRADES}, but GKE allows at most "
            f"{MOST_NO_UPGRADES}",
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
        yield from _network(settings)
        yield from _names(settings)
        yield from _labels(settings)
    if settings.gateway.is_gke:
        yield from _url_map(settings)
    if settings.cluster.is_created:
        yield from _pools(settings)
        yield from _maintenance(settings)
    yield from _rule_sets(settings)
