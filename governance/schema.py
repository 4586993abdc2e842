"""The OpenAPI description of API v1."""

from drf_spectacular.views import SpectacularJSONAPIView


class Schema(SpectacularJSONAPIView):
    """The description itself, for signed-in people and programs."""
