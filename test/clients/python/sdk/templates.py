"""Claims about templates of virtual machines, which OpenSandbox has on Kubernetes only."""
from datetime import timedelta

from opensandbox.exceptions import SandboxApiException
from opensandbox.models.templates import CreateTemplateRequest, TemplateFilter

from claims import Claims, equal, raises

claims = Claims()


@claims("templates are not to be had, and every call says so in the original’s words for it")
async def _(world):
    request = CreateTemplateRequest(image="python:3.11", publish="s3://bucket/publish")
    for call in [
        lambda: world.manager.create_template(request),
        lambda: world.manager.list_templates(TemplateFilter()),
        lambda: world.manager.get_template("tpl_1"),
        lambda: world.manager.delete_template("tpl_1"),
    ]:
        error = await raises(SandboxApiException, call, "on Kubernetes only", "FSB::API_NOT_SUPPORTED")
        equal(error.status_code, 501)
    cls = world.methods.seen("Sandbox", world.sdk.Sandbox)
    create = lambda: cls.create_from_template(  # noqa: E731
        "tpl_1", timeout=timedelta(minutes=5), connection_config=world.config()
    )
    error = await raises(SandboxApiException, create, "templateId")
    equal((error.status_code, error.error.code), (400, "SANDBOX::API_NOT_SUPPORTED"))
