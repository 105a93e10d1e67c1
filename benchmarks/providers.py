"""What many role-assuming providers cost: memory and time, ours against a boto3 session for each.

Usage: python benchmarks/providers.py [COUNT] [--naive]. Answers come from a scripted AWS on loopback; each provider has
a role of its own and clients for sts, iam and s3, as a program with many accounts has.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from pathlib import Path

import boto3

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.fakes.aws_endpoint import Answer, Asked, caller, endpoint, session

from rolecall.model.provider import Configure, InvokeFunction
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, map_of
from rolecall.providers.aws.provider import AwsProvider
from rolecall.roles.sessions import Sessions


def answer(asked: Asked) -> Answer:
    """Everybody may become everybody."""
    if asked.action == "AssumeRole":
        role = asked.params["RoleArn"].rpartition("/")[2]
        return session(role, asked.params["RoleSessionName"], f"ASIA{role}")
    if asked.action == "GetCallerIdentity":
        return caller("arn:aws:iam::424242424242:user/somebody")
    if asked.action == "ListAccountAliases":
        return 200, "<R><ListAccountAliasesResult><AccountAliases/></ListAccountAliasesResult></R>"
    return 200, "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"


def resident() -> float:
    """MiB of memory that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


async def ours(count: int, url: str) -> None:
    """One AwsProvider for each role, used once for each service."""
    sessions = Sessions("benchmark")
    providers = []
    for number in range(count):
        provider = AwsProvider(sessions)
        role = {"roleArn": f"arn:aws:iam::424242424242:role/r{number}"}
        inputs = {
            "region": "us-east-1",
            "accessKey": "AKIAIOSFODNN7EXAMPLE",
            "secretKey": "secret",
            "assumeRoles": json.dumps([role]),
            "endpoints": json.dumps([dict.fromkeys(("sts", "iam", "s3"), url)]),
        }
        await provider.configure(
            Configure(URN.make("s", "p", None, "pulumi:providers:aws", f"p{number}"), "", map_of(inputs))
        )
        await provider.invoke(InvokeFunction("aws:index/getCallerIdentity:getCallerIdentity", EMPTY))
        around = provider._ready()
        for service, operation in (("iam", "ListAccountAliases"), ("s3", "ListBuckets")):
            around.session.raw_call(service, operation, params={})
        providers.append(provider)
    assert len({provider._ready().session.source.keys().access_key for provider in providers}) == count
    sessions.close()


def naive(count: int, url: str) -> None:
    """A boto3 session for each role, as one would write it first."""
    kept = []
    for number in range(count):
        keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}
        sts = boto3.Session(region_name="us-east-1", **keys).client("sts", endpoint_url=url)
        role = f"arn:aws:iam::424242424242:role/r{number}"
        given = sts.assume_role(RoleArn=role, RoleSessionName="some")["Credentials"]
        own = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "us-east-1")
        kept.append([own.client(service, endpoint_url=url) for service in ("sts", "iam", "s3")])


def main() -> None:
    """Runs one of the two and prints its cost."""
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    count = numbers[0] if numbers else 100
    os.environ.update({"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull})
    before, start = resident(), time.perf_counter()
    with endpoint(answer) as aws:
        if "--naive" in sys.argv:
            naive(count, aws.url)
        else:
            asyncio.run(ours(count, aws.url))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count} providers: {resident():.0f} MiB in all (peak {peak:.0f}), {resident() - before:.0f} MiB more than "
        f"before the first, {seconds:.1f} s"
    )


if __name__ == "__main__":
    main()
