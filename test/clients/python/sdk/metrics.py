"""Claims about metrics."""
from claims import Claims, done, equal

claims = Claims()


@claims("metrics are the sandbox’s own, whatever the machine has")
async def _(world):
    for metrics in [
        await done(world.sandbox.get_metrics()),
        await done(world.sandbox.metrics.get_metrics(world.sandbox.id)),
    ]:
        equal((metrics.cpu_count, metrics.memory_total_in_mib), (1, 1024))
        assert 0 < metrics.memory_used_in_mib < 1024, metrics
        assert 0 <= metrics.cpu_used_percentage <= 110, metrics
        assert metrics.timestamp > 0
