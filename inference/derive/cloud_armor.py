"""Rules of a Cloud Armor policy, in the order in which they are asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from inference.catalog.limits import RANGES_A_RULE
from inference.config.gateway_traffic import CloudArmor, RateLimit

_FIRST_WAF: Final = 1000
_FIRST_RANGES: Final = 2000
_LAST: Final = 2_147_483_647
"""Priority of the rule that every policy has."""
_EVERYONE: Final = ("*",)


@final
@dataclass(frozen=True, kw_only=True)
class ArmorRule:
    """One rule: either ranges of addresses, or an expression, is matched."""

    priority: int
    action: str
    description: str
    ranges: Sequence[str] = ()
    expression: str = ""
    preview: bool = False
    limit: RateLimit | None = None


def _waf(armor: CloudArmor) -> Iterator[ArmorRule]:
    if armor.waf is None:
        return
    for index, name in enumerate(armor.waf.rules):
        options = f"{{'sensitivity': {armor.waf.sensitivity}}}"
        yield ArmorRule(
            priority=_FIRST_WAF + index,
            action="deny(403)",
            description=name,
            expression=f"evaluatePreconfiguredWaf('{name}', {options})",
            preview=armor.waf.preview,
        )


def _ranges(armor: CloudArmor) -> Iterator[ArmorRule]:
    limit = armor.rate_limit
    ranges = armor.allow or (_EVERYONE if limit else ())
    for index, start in enumerate(range(0, len(ranges), RANGES_A_RULE)):
        yield ArmorRule(
            priority=_FIRST_RANGES + index,
            action="throttle" if limit else "allow",
            description="a limit for each client address" if limit else "allowed ranges",
            ranges=ranges[start : start + RANGES_A_RULE],
            limit=limit,
        )


def armor_rules(armor: CloudArmor) -> list[ArmorRule]:
    """All rules; the first that matches decides, so attacks are looked for before ranges."""
    return [
        *_waf(armor),
        *_ranges(armor),
        ArmorRule(
            priority=_LAST,
            action="deny(403)" if armor.allow else "allow",
            description="everyone else" if armor.allow else "everyone",
            ranges=_EVERYONE,
        ),
    ]
