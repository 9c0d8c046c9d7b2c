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
# What a sandbox's properties lead to.
SERVICES = ["commands", "files", "metrics", "isolation", "credential_vault", "diagnostics"]
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
        return self.sdk.Config(use_server_proxy=self.proxied, request_timeout=timedelta(minutes=2))

    async def create(self, **given):
        """A sandbox, small unless told otherwise; whoever asks for it ends it."""
        small = {"resource": {"cpu": "1", "memory": "128Mi"}, "timeout": timedelta(minutes=5)}
        # The machine may have much else to do.
        small["ready_timeout"] = timedelta(minutes=2)
        asked = {"image": None if "snapshot_id" in given else SMALL_IMAGE, **small, **given}
        cls = self.methods.seen("Sandbox", self.sdk.Sandbox)
        made = await done(cls.create(connection_config=self.config(), **asked))
        for service in SERVICES:
            self.methods.seen(service, getattr(made, service))
        return self.methods.seen("Sandbox", made, **{service: service for service in SERVICES})

    async def open(self):
        """Makes what claims share."""
        manager = await done(self.methods.seen("SandboxManager", self.sdk.Manager).create(self.config()))
        self.manager = self.methods.seen("SandboxManager", manager)
        self.sandbox = await self.create(
            image=IMAGE,
            entrypoint=ENTRYPOINT,
            env={"GREETING": "hello"},
            metadata={"project": self.project},
            resource={"cpu": "1", "memory": "1Gi"},
            resource_requests={"cpu": "100m"},
        )

    async def close(self):
        """Ends what claims share."""
        await done(self.sandbox.destroy())
        await done(self.manager.close())
