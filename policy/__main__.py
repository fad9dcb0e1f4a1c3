"""Hands the rules to Pulumi. The rules themselves know nothing of it: see `rules`."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from rules import RESOURCE_RULES, STACK_RULES
from rules.rule import UNKNOWN, Resource, ResourceRule, StackRule


def plain(value: Any) -> Any:  # noqa: ANN401 any JSON
    """Inputs without Pulumi's guards: a value that a preview cannot know is UNKNOWN."""
    if isinstance(value, Mapping):
        return {key: known(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [known(value, index) for index in range(len(value))]
    return value


def known(container: Any, key: Any) -> Any:  # noqa: ANN401 any JSON
    """One part of a value."""
    try:
        return plain(container[key])
    except UnknownValueError:
        return UNKNOWN


def resource_policy(rule: ResourceRule) -> ResourceValidationPolicy:
    """A rule that judges each resource before it is made."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = Resource(
            urn=args.urn,
            type=args.resource_type,
            name=args.name,
            inputs=plain(args.props),
            tags=args.stack_tags,
        )
        for message in rule.check(resource, {**rule.defaults, **args.get_config()}):
            report(message)

    return ResourceValidationPolicy(rule.name, rule.description, validate, **options(rule))


def stack_policy(rule: StackRule) -> StackValidationPolicy:
    """A rule that judges all resources together."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [
            Resource(
                urn=resource.urn,
                type=resource.resource_type,
                name=resource.name,
                inputs=plain(resource.props),
                tags=args.stack_tags,
            )
            for resource in args.resources
        ]
        for urn, message in rule.check(resources, {**rule.defaults, **args.get_config()}):
            report(message, urn)

    return StackValidationPolicy(rule.name, rule.description, validate, **options(rule))


def options(rule: ResourceRule | StackRule) -> dict[str, Any]:
    """What both kinds of policy are given."""
    schema = PolicyConfigSchema(properties=dict(rule.schema)) if rule.schema else None
    return {"enforcement_level": EnforcementLevel.MANDATORY, "config_schema": schema}


PolicyPack(
    name="gke-inference-gateway-policy",
    policies=[*map(resource_policy, RESOURCE_RULES), *map(stack_policy, STACK_RULES)],
)
