"""How an operation of API v1 is described. The framework imports this module while it starts."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from governance.tokens import SCOPES


class Described(AutoSchema):
    """Every operation that writes says which scope its key needs."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        scope = getattr(self.view, "write_scope", "")
        if operation and self.method != "GET" and scope:
            operation["x-scope"] = scope
            said = f"A key needs the scope ``{scope}``: {SCOPES[scope]}."
            operation["description"] = "\n\n".join(
                filter(None, (operation.get("description", ""), said))
            )
        return operation
