"""Which module declares which resource type or function; each is imported when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, cast

from rolecall.model.value import Map

if TYPE_CHECKING:
    from rolecall.providers.aws.declaration import ResourceType
    from rolecall.providers.aws.work import Surroundings

TYPES = {
    "aws:cloudwatch/logGroup:LogGroup": "cloudwatch_log_group:LOG_GROUP",
    "aws:ec2/eip:Eip": "ec2_gateways:EIP",
    "aws:ec2/internetGateway:InternetGateway": "ec2_gateways:INTERNET_GATEWAY",
    "aws:ec2/keyPair:KeyPair": "ec2_key_pair:KEY_PAIR",
    "aws:ec2/natGateway:NatGateway": "ec2_gateways:NAT_GATEWAY",
    "aws:ec2/route:Route": "ec2_routes:ROUTE",
    "aws:ec2/routeTable:RouteTable": "ec2_routes:ROUTE_TABLE",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "ec2_routes:ROUTE_TABLE_ASSOCIATION",
    "aws:ec2/securityGroup:SecurityGroup": "ec2_security_group:SECURITY_GROUP",
    "aws:ec2/securityGroupRule:SecurityGroupRule": "ec2_security_group:SECURITY_GROUP_RULE",
    "aws:ec2/subnet:Subnet": "ec2_subnet:SUBNET",
    "aws:ec2/vpc:Vpc": "ec2_vpc:VPC",
    "aws:ecr/repository:Repository": "ecr_repository:REPOSITORY",
    "aws:ecs/cluster:Cluster": "ecs_cluster:CLUSTER",
    "aws:iam/accessKey:AccessKey": "iam_access_key:ACCESS_KEY",
    "aws:iam/group:Group": "iam_group:GROUP",
    "aws:iam/groupPolicy:GroupPolicy": "iam_inline_policies:GROUP_POLICY",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "iam_attachments:GROUP_POLICY_ATTACHMENT",
    "aws:iam/instanceProfile:InstanceProfile": "iam_instance_profile:INSTANCE_PROFILE",
    "aws:iam/policy:Policy": "iam_policy:POLICY_TYPE",
    "aws:iam/role:Role": "iam_role:ROLE",
    "aws:iam/rolePolicy:RolePolicy": "iam_inline_policies:ROLE_POLICY",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "iam_attachments:ROLE_POLICY_ATTACHMENT",
    "aws:iam/user:User": "iam_user:USER",
    "aws:iam/userPolicy:UserPolicy": "iam_inline_policies:USER_POLICY",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "iam_attachments:USER_POLICY_ATTACHMENT",
    "aws:s3/bucket:Bucket": "s3_bucket:BUCKET",
    "aws:s3/bucketObject:BucketObject": "s3_object:BUCKET_OBJECT",
    "aws:s3/bucketObjectv2:BucketObjectv2": "s3_object:BUCKET_OBJECT_V2",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "s3_configurations:OWNERSHIP_CONTROLS",
    "aws:s3/bucketPolicy:BucketPolicy": "s3_configurations:BUCKET_POLICY",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "s3_configurations:PUBLIC_ACCESS_BLOCK",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "s3_configurations:ENCRYPTION"
    ),
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": (
        "s3_configurations:ENCRYPTION_V2"
    ),
    "aws:s3/bucketV2:BucketV2": "s3_bucket:BUCKET_V2",
    "aws:s3/bucketVersioning:BucketVersioning": "s3_configurations:VERSIONING",
    "aws:s3/bucketVersioningV2:BucketVersioningV2": "s3_configurations:VERSIONING_V2",
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": "s3_configurations:WEBSITE",
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2": "s3_configurations:WEBSITE_V2",
}
"""Type token to the module of `types` and the name in it."""

FUNCTIONS = {
    "aws:ec2/getAmi:getAmi": "ec2_lookups:get_ami",
    "aws:index/getAmi:getAmi": "ec2_lookups:get_ami",
    "aws:ec2/getSubnet:getSubnet": "ec2_lookups:get_subnet",
    "aws:ec2/getSubnets:getSubnets": "ec2_lookups:get_subnets",
    "aws:ec2/getVpc:getVpc": "ec2_lookups:get_vpc",
    "aws:iam/getAccountAlias:getAccountAlias": "iam_lookups:get_account_alias",
    "aws:iam/getGroup:getGroup": "iam_lookups:get_group",
    "aws:iam/getPolicy:getPolicy": "iam_lookups:get_policy",
    "aws:iam/getPolicyDocument:getPolicyDocument": "policy_document:get_policy_document",
    "aws:iam/getRole:getRole": "iam_lookups:get_role",
    "aws:iam/getSessionContext:getSessionContext": "iam_lookups:get_session_context",
    "aws:iam/getUser:getUser": "iam_lookups:get_user",
    "aws:index/getArn:getArn": "places:get_arn",
    "aws:index/getAvailabilityZones:getAvailabilityZones": "places:get_availability_zones",
    "aws:index/getBillingServiceAccount:getBillingServiceAccount": "places:get_billing_service_account",
    "aws:index/getCallerIdentity:getCallerIdentity": "places:get_caller_identity",
    "aws:index/getDefaultTags:getDefaultTags": "places:get_default_tags",
    "aws:index/getPartition:getPartition": "places:get_partition",
    "aws:index/getRegion:getRegion": "places:get_region",
    "aws:index/getRegions:getRegions": "places:get_regions",
    "aws:index/getServicePrincipal:getServicePrincipal": "places:get_service_principal",
    "aws:s3/getBucket:getBucket": "s3_lookups:get_bucket",
    "aws:s3/getBucketObject:getBucketObject": "s3_lookups:get_object",
    "aws:s3/getObject:getObject": "s3_lookups:get_object",
    "aws:s3/getBucketObjects:getBucketObjects": "s3_lookups:get_objects",
    "aws:s3/getObjects:getObjects": "s3_lookups:get_objects",
    "aws:s3/getBucketPolicy:getBucketPolicy": "s3_lookups:get_bucket_policy",
    "aws:s3/getCanonicalUserId:getCanonicalUserId": "s3_lookups:get_canonical_user_id",
}
"""Function token to the module of `functions` and the name in it."""

_ALIASES = {"aws:s3/BucketObject:BucketObject": "aws:s3/bucketObject:BucketObject"}

Function = Callable[["Surroundings", Map], Map]


def covers(token: str) -> bool:
    """Whether a type or function is here. Imports nothing."""
    return _ALIASES.get(token, token) in TYPES or token in FUNCTIONS


@cache
def resource_type(token: str) -> ResourceType | None:
    """The declaration of a resource type, or None."""
    place = TYPES.get(_ALIASES.get(token, token))
    return cast("ResourceType", _load("types", place)) if place else None


@cache
def function(token: str) -> Function | None:
    """The implementation of a function, or None."""
    place = FUNCTIONS.get(token)
    return cast("Function", _load("functions", place)) if place else None


def _load(package: str, place: str) -> object:
    module, _, name = place.partition(":")
    found: object = getattr(importlib.import_module(f"rolecall.providers.aws.{package}.{module}"), name)
    return found
