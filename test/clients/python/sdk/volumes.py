"""Claims about volumes."""
from uuid import uuid4

from opensandbox.exceptions import SandboxApiException
from opensandbox.models.sandboxes import PVC, Host, Volume

from claims import Claims, done, equal, raises

claims = Claims()


@claims("two sandboxes share a volume, which goes with the last of them where the one that made it asked for that")
async def _(world):
    name = f"clients-{world.project}-{uuid4().hex}"

    def mounted(path, **options):
        return [Volume(name="data", pvc=PVC(claim_name=name, **options), mount_path=path)]

    first = await world.create(volumes=mounted("/data", delete_on_sandbox_termination=True))
    await done(first.files.write_file("/data/shared", "from the first"))
    second = await world.create(volumes=mounted("/elsewhere"))
    await done(first.destroy())
    equal(await done(second.files.read_file("/elsewhere/shared")), "from the first")
    await done(second.destroy())
    create = lambda: world.create(volumes=mounted("/data", create_if_not_exists=False))  # noqa: E731
    error = await raises(SandboxApiException, create, name)
    equal(error.error.code, "VOLUME::PVC_NOT_FOUND")


@claims("a directory of the host’s is not mounted unless the administrator allows it")
async def _(world):
    volume = Volume(name="etc", host=Host(path="/etc"), mount_path="/data", read_only=True)
    error = await raises(SandboxApiException, lambda: world.create(volumes=[volume]))
    equal((error.status_code, error.error.code), (400, "VOLUME::HOST_PATH_NOT_ALLOWED"))
