"""Every address of the portal (BIDA_ROLE=portal): the public pages, and nothing to sign in to."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView
from django.views.i18n import set_language

from config import health
from disclosure.urls import public_patterns

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", RedirectView.as_view(pattern_name="public_start")),
    path("language/", csrf_exempt(set_language), name="set_language"),
    path("", include(public_patterns)),
]

handler500 = "config.errors.server_error"
