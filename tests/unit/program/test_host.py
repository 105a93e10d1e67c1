"""Where a run is served: reachable by its user only, and gone afterwards."""

from __future__ import annotations

import asyncio
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import grpc
import grpc.aio
import pytest

from rolecall.model.run import RunInfo
from rolecall.model.value import Asset, Map
from rolecall.program.features import supports
from rolecall.program.host import ProgramHost
from rolecall.wire.services import EMPTY, ENGINE, MONITOR
from rolecall.wire.struct import to_struct
from rolecall.wire.stubs import engine_pb2, resource_pb2
from tests.fakes.engine import Granting

RUN = RunInfo("proj", "dev", "/p", "/p/src", config={"proj:a": "b"}, secret_keys=frozenset({"proj:a"}), dry_run=True)


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary directory whose path is short enough for sockets, which pytest's own need not be."""
    with tempfile.TemporaryDirectory(prefix="rc", dir="/tmp") as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        yield Path(short)


async def ask(address: str, method: str, request: object) -> object:
    service = MONITOR if method in MONITOR.methods else ENGINE
    known = service.methods[method]
    async with grpc.aio.insecure_channel(address) as channel:
        call = channel.unary_unary(
            known.path, request_serializer=known.write_request, response_deserializer=known.read_response
        )
        return await call(request)


async def error_of(address: str, method: str, request: object) -> tuple[grpc.StatusCode, str | None]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask(address, method, request)
    return caught.value.code(), caught.value.details()


def test_only_its_user_can_reach_a_run_and_nothing_of_it_stays(temporary: Path) -> None:
    async def main() -> Path:
        async with await ProgramHost.open(RUN) as host:
            place = Path(host.address.removeprefix("unix:")).parent
            assert place.parent == temporary
            assert stat.S_IMODE(place.stat().st_mode) == 0o700
        return place

    assert not asyncio.run(main()).exists()


def test_a_run_is_served_on_loopback_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_TCP", "1")

    async def main() -> None:
        async with await ProgramHost.open(RUN) as host:
            assert host.address.startswith("127.0.0.1:")
            await ask(host.address, "GetDeploymentInfo", EMPTY)

    asyncio.run(main())


def test_a_temporary_directory_with_a_long_path_does_not_matter(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = temporary / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    async def main() -> None:
        async with await ProgramHost.open(RUN) as host:
            assert len(host.address) < 108
            await ask(host.address, "GetDeploymentInfo", EMPTY)
        assert list(long.iterdir()) == []

    asyncio.run(main())


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_uses_is_not(temporary: Path) -> None:
    dead, alive = temporary / "rolecall-run-dead", temporary / "rolecall-run-alive"
    servers = []
    for place in (dead, alive):
        place.mkdir()
        servers.append(socket.socket(socket.AF_UNIX))
        servers[-1].bind(str(place / "rolecall.sock"))
        servers[-1].listen()
    servers[0].close()

    async def main() -> None:
        async with await ProgramHost.open(RUN):
            assert not dead.exists() and alive.exists()

    asyncio.run(main())
    servers[1].close()


def test_a_program_is_told_about_its_deployment() -> None:
    async def main() -> None:
        async with await ProgramHost.open(RUN) as host:
            info = await ask(host.address, "GetDeploymentInfo", EMPTY)
            assert isinstance(info, resource_pb2.DeploymentInfo)
            assert (info.project, info.stack, info.organization, info.dryRun) == ("proj", "dev", "organization", True)
            assert (dict(info.config), list(info.configSecretKeys)) == ({"proj:a": "b"}, ["proj:a"])
            assert resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS in info.supportedFeatures

    asyncio.run(main())


def test_features_are_known_by_their_old_names_and_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert supports("secrets") and supports("resourceReferences") and supports("transforms")
    assert not supports("teleportation") and not supports("")
    monkeypatch.setenv("PULUMI_DISABLE_RESOURCE_REFERENCES", "1")
    assert not supports("resourceReferences")


def test_a_package_registered_twice_is_one_package() -> None:
    async def main() -> None:
        async with await ProgramHost.open(RUN) as host:
            request = resource_pb2.RegisterPackageRequest(name="x", version="1.0.0")
            first = await ask(host.address, "RegisterPackage", request)
            assert await ask(host.address, "RegisterPackage", request) == first
            other = resource_pb2.RegisterPackageRequest(name="x", version="2.0.0")
            assert await ask(host.address, "RegisterPackage", other) != first

    asyncio.run(main())


def test_before_there_is_an_engine_requests_are_refused_and_logs_are_kept_for_it() -> None:
    async def main() -> None:
        async with await ProgramHost.open(RUN) as host:
            request = resource_pb2.RegisterResourceRequest(type="a:b:C", name="x")
            code, _ = await error_of(host.address, "RegisterResource", request)
            assert code is grpc.StatusCode.FAILED_PRECONDITION
            await ask(host.address, "Log", engine_pb2.LogRequest(severity=engine_pb2.WARNING, message="early", urn="u"))
            engine = Granting()
            host.attach(engine)
            assert [(line.severity, line.message) for line in engine.lines] == [("warning", "early")]
            assert host.bugs == []

    asyncio.run(main())


def test_the_end_of_the_deployment_is_waited_for_once() -> None:
    async def main() -> None:
        async with await ProgramHost.open(RUN) as host:
            host.attach(Granting())
            await ask(host.address, "SignalAndWaitForShutdown", EMPTY)
            _, details = await error_of(host.address, "SignalAndWaitForShutdown", EMPTY)
            assert details == "Already waiting for shutdown"

    asyncio.run(main())


def test_a_program_may_insist_on_a_version_of_pulumi() -> None:
    async def main() -> None:
        async with await ProgramHost.open(RUN) as host:
            wanted = engine_pb2.RequirePulumiVersionRequest(pulumi_version_range=">=3.0.0")
            await ask(host.address, "RequirePulumiVersion", wanted)
            wanted = engine_pb2.RequirePulumiVersionRequest(pulumi_version_range="<3.0.0")
            _, details = await error_of(host.address, "RequirePulumiVersion", wanted)
            assert details is not None and 'does not satisfy the version range "<3.0.0"' in details

    asyncio.run(main())


def test_what_older_sdks_remember_with_us_is_kept() -> None:
    async def main() -> None:
        async with await ProgramHost.open(RUN) as host:
            await ask(host.address, "SetRootResource", engine_pb2.SetRootResourceRequest(urn="urn"))
            answer = await ask(host.address, "GetRootResource", engine_pb2.GetRootResourceRequest())
            assert answer == engine_pb2.GetRootResourceResponse(urn="urn")

    asyncio.run(main())


def test_an_asset_that_cannot_be_read_refuses_its_resource(tmp_path: Path) -> None:
    async def main() -> None:
        async with await ProgramHost.open(RunInfo("proj", "dev", str(tmp_path), str(tmp_path))) as host:
            engine = Granting()
            host.attach(engine)
            request = resource_pb2.RegisterResourceRequest(type="a:b:C", name="x", custom=True)
            request.object.CopyFrom(to_struct(Map({"f": Asset(path="gone")})))
            _, details = await error_of(host.address, "RegisterResource", request)
            assert details is not None and "no such file or directory" in details
            assert engine.goals == [] and host.bugs == []

    asyncio.run(main())
