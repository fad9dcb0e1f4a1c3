"""The buckets of weights and of compile caches, and who may read and write in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.child_options import child_after
from components.type_tokens import token
from inference.catalog.weights import (
    READER_ROLE,
    SOFT_DELETE_SECONDS,
    VIEWER_ROLE,
    WRITER_ROLE,
)


@final
@dataclass(frozen=True, kw_only=True)
class WeightsArgs:
    """Which buckets, and for whom."""

    bucket: str
    """Name of the bucket with weights."""
    location: str
    """Region of the buckets that are made."""
    member: pulumi.Input[str]
    """IAM member that servers are, such as `ServerAccount.member`."""
    create: bool = True
    """Whether to make the bucket of weights; an existing one is only granted."""
    cache_bucket: str | None = None
    """Name of the bucket to make for what servers compile; None where nothing is kept."""
    protect: bool | None = None
    """Whether Pulumi refuses to delete the bucket of weights."""
    after: pulumi.Resource | None = None
    """Makes the workload pool that `member` is in; None where it is there."""
    project: pulumi.Resource | None = None
    """Enables the Cloud Storage API; None where it is enabled."""


@final
class Weights(pulumi.ComponentResource):
    """Weights that servers read and none may change, and what they compile for each other.

    Nothing is written into the buckets here. The bucket of weights is kept when the stack is
    destroyed. The bucket of compile caches is deleted, as every server can fill it again.
    """

    bucket: pulumi.Input[str]
    """Name of the bucket with weights."""
    grants: Sequence[pulumi.Resource]
    """Without them no server starts."""

    def __init__(
        self, name: str, args: WeightsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Weights"), name, None, opts)
        self._after_apis = child_after(self, args.project)
        self.bucket = self._bucket(name, args).name if args.create else args.bucket
        roles = [("reader", READER_ROLE, self.bucket), ("viewer", VIEWER_ROLE, self.bucket)]
        if args.cache_bucket is not None:
            cache = self._cache(name, args.cache_bucket, args.location)
            roles.append(("writer", WRITER_ROLE, cache.name))
        self.grants = [
            gcp.storage.BucketIAMMember(
                f"{name}-{what}",
                bucket=granted,
                role=role,
                member=args.member,
                # No value shows that the workload pool comes with the project's first cluster.
                opts=child_after(self, args.after),
            )
            for what, role, granted in roles
        ]
        self.register_outputs({"bucket": self.bucket})

    def _bucket(self, name: str, args: WeightsArgs) -> gcp.storage.Bucket:
        # A destroy could not bring the weights back.
        kept = pulumi.ResourceOptions(protect=args.protect, retain_on_delete=True)
        return gcp.storage.Bucket(
            f"{name}-bucket",
            _private(args.bucket, args.location, SOFT_DELETE_SECONDS),
            opts=pulumi.ResourceOptions.merge(self._after_apis, kept),
        )

    def _cache(self, name: str, bucket: str, location: str) -> gcp.storage.Bucket:
        cache = _private(bucket, location, 0)
        # No rule deletes old files: an index that outlives what it names keeps servers down.
        cache.force_destroy = True
        return gcp.storage.Bucket(f"{name}-cache", cache, opts=self._after_apis)


def _private(name: str, region: str, soft_delete_seconds: int) -> gcp.storage.BucketArgs:
    return gcp.storage.BucketArgs(
        name=name,
        # As Cloud Storage returns it: another spelling could replace the bucket.
        location=region.upper(),
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(
            retention_duration_seconds=soft_delete_seconds
        ),
    )
