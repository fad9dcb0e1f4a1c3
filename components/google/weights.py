"""The buckets of weights and of compile caches, and who may read and write in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.google.server_account import ServerAccount
from components.type_tokens import token
from inference.catalog.weights import (
    READER_ROLE,
    SOFT_DELETE_SECONDS,
    VIEWER_ROLE,
    WRITER_ROLE,
)
from inference.config.settings import Settings
from inference.config.weights import Bucket


def _location(settings: Settings) -> str:
    """The region as Cloud Storage gives it back: another spelling could replace the bucket."""
    return settings.gcp.region.upper()


@final
@dataclass(frozen=True, kw_only=True)
class WeightsArgs:
    """Which buckets, and for whom."""

    settings: Settings
    weights: Bucket
    project: pulumi.Resource
    """Enables the Cloud Storage API."""
    account: ServerAccount


@final
class Weights(pulumi.ComponentResource):
    """Weights that servers read and none may change, and what they compile for each other.

    Nothing is written into the buckets here. That of weights stays when the stack is destroyed:
    who has filled it decides. That of compile caches goes, as every server can fill it anew.
    """

    grants: Sequence[pulumi.Resource]
    """Without them no server starts."""

    def __init__(
        self, name: str, args: WeightsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Weights"), name, None, opts)
        settings = args.settings
        bucket = self._bucket(name, args).name if args.weights.create else settings.bucket_name
        roles = [("reader", READER_ROLE, bucket), ("viewer", VIEWER_ROLE, bucket)]
        if args.weights.compile_cache:
            roles.append(("writer", WRITER_ROLE, self._cache(name, args).name))
        self.grants = [
            gcp.storage.BucketIAMMember(
                f"{name}-{what}",
                bucket=granted,
                role=role,
                member=args.account.member,
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # No value shows that the workload pool comes with the project's first cluster.
                    depends_on=[args.account.after] if args.account.after else None,
                ),
            )
            for what, role, granted in roles
        ]
        self.register_outputs({"bucket": bucket})

    def _bucket(self, name: str, args: WeightsArgs) -> gcp.storage.Bucket:
        return gcp.storage.Bucket(
            f"{name}-bucket",
            name=args.settings.bucket_name,
            location=_location(args.settings),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(
                retention_duration_seconds=SOFT_DELETE_SECONDS
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the API must be enabled first.
                depends_on=[args.project],
                protect=args.settings.security.protect,
                # What a destroy cannot make anew.
                retain_on_delete=True,
            ),
        )

    def _cache(self, name: str, args: WeightsArgs) -> gcp.storage.Bucket:
        return gcp.storage.Bucket(
            f"{name}-cache",
            name=args.settings.cache_bucket_name,
            location=_location(args.settings),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=0),
            # No rule deletes old files: an index that outlives what it names keeps servers down.
            force_destroy=True,
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the API must be enabled first.
                depends_on=[args.project],
            ),
        )
