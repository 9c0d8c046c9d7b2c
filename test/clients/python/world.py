"""What every claim about the SDKs starts from: a connection, and one sandbox that most of them share."""
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from claims import done
from flavours import Flavour
from methods import Methods

IMAGE = os.environ["CUBBY_IMAGE"]
# For sandboxes in which little happens.
SMALL_IMAGE = os.environ["CUBBY_SMALL_IMAGE"]
# As the code interpreter's documentation says.
ENTRYPOINT = ["/opt/code-interpreter/code-interpreter.sh"]


@dataclass
class World:
    """Everything a claim may use."""

    sdk: Flavour
    methods: Methods
    proxied: bool
    # Metadata that tells this run's sandboxes from others' on the same server.
    project: str
    sandbox: Any = None
    manager: Any = None

    def config(self):
        """Where the server is comes from the environment, as for most programs."""
        return self.sdk.Config(use_server_proxy=self.proxied, request_timeout=timedelta(seconds=30))

    async def create(self, **given):
        """A sandbox, small unless told otherwise; whoever asks for it ends it."""
        small = {"resource": {"cpu": "1", "memory": "128Mi"}, "timeout": timedelta(minutes=5)}
        asked = {"image": None if "snapshot_id" in given else SMALL_IMAGE, **small, **given}
        return await done(self.sdk.Sandbox.create(connection_config=self.config(), **asked))

    async def open(self):
        """Makes what claims share, and says which classes it is made of."""
        self.manager = await done(self.sdk.Manager.create(self.config()))
        self.sandbox = await self.create(
            image=IMAGE,
            entrypoint=ENTRYPOINT,
            env={"GREETING": "hello"},
            metadata={"project": self.project},
            resource={"cpu": "1", "memory": "1Gi"},
            resource_requests={"cpu": "100m"},
        )
        for name, cls in [
            ("Sandbox", self.sdk.Sandbox),
            ("SandboxManager", self.sdk.Manager),
            ("CodeInterpreter", self.sdk.Interpreter),
            ("SandboxPool", self.sdk.Pool),
            ("SandboxPoolManager", self.sdk.PoolManager),
        ]:
            self.methods.add(name, cls)
        for name in ["commands", "files", "metrics", "isolation", "credential_vault", "diagnostics"]:
            self.methods.add(name, type(getattr(self.sandbox, name)))

    async def close(self):
        """Ends what claims share."""
        await done(self.sandbox.destroy())
        await done(self.manager.close())
