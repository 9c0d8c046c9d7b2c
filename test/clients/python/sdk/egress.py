"""Claims about what a sandbox may reach."""
from opensandbox.exceptions import SandboxApiException
from opensandbox.models.sandboxes import (
    Credential,
    CredentialBinding,
    CredentialProxyConfig,
    NetworkPolicy,
    NetworkRule,
)

from claims import Claims, done, equal, raises

claims = Claims()


def allow(target):
    return NetworkRule(action="allow", target=target)


def deny(target):
    return NetworkRule(action="deny", target=target)


def rules(policy):
    return [(rule.action, rule.target) for rule in policy.egress]


@claims("a sandbox is made with a network policy, which is seen and changed while it runs")
async def _(world):
    policy = NetworkPolicy(default_action="deny", egress=[allow("example.com"), deny("*.example.org")])
    sandbox = await world.create(network_policy=policy)
    try:
        seen = await done(sandbox.get_egress_policy())
        equal(
            (seen.default_action, rules(seen)),
            ("deny", [("allow", "example.com"), ("deny", "*.example.org")]),
        )
        await done(sandbox.patch_egress_rules([allow("11.22.0.0/16"), deny("example.com")]))
        changed = [("allow", "11.22.0.0/16"), ("deny", "example.com"), ("deny", "*.example.org")]
        equal(rules(await done(sandbox.get_egress_policy())), changed)
        await done(sandbox.delete_egress_rules(["example.com", "never.was.example"]))
        equal(rules(await done(sandbox.get_egress_policy())), [changed[0], changed[2]])
        # The same calls by the name of the service.
        vault = sandbox.credential_vault
        await done(vault.patch_rules([allow("example.net")]))
        await done(vault.delete_rules(["*.example.org"]))
        equal(rules(await done(vault.get_policy())), [("allow", "example.net"), changed[0]])
    finally:
        await done(sandbox.destroy())


@claims("a sandbox without a policy of its own says that it may reach everything that is not closed to all")
async def _(world):
    policy = await done(world.sandbox.get_egress_policy())
    equal((policy.default_action, policy.egress), ("allow", []))


@claims("credentials are not put into a sandbox’s traffic, and every call says so")
async def _(world):
    vault = world.sandbox.credential_vault
    credential = Credential(name="token", source={"type": "inline", "value": "secret"})
    binding = CredentialBinding(
        name="api", match={"hosts": ["api.example.com"]}, auth={"type": "bearer", "credential": "token"}
    )
    for call in [
        lambda: vault.create(credentials=[credential], bindings=[binding]),
        vault.get,
        lambda: vault.patch(expected_revision=1),
        vault.delete,
        vault.list_credentials,
        lambda: vault.get_credential("token"),
        vault.list_bindings,
        lambda: vault.get_binding("api"),
    ]:
        error = await raises(SandboxApiException, call, "no credential vault")
        equal((error.status_code, error.error.code), (501, "NOT_SUPPORTED"))
    create = lambda: world.create(credential_proxy=CredentialProxyConfig(enabled=True))  # noqa: E731
    error = await raises(SandboxApiException, create, "credentialProxy")
    equal((error.status_code, error.error.code), (400, "SANDBOX::API_NOT_SUPPORTED"))
