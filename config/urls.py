"""Every address of Bida."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from bureaus.api.problems import not_found
from bureaus.views import own
from config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", include("bureaus.api.urls")),
    path("api/v1/", include("inquiries.api.urls")),
    path("api/v1/", include("disclosure.api.urls")),
    re_path("^api/", not_found, name="api_not_found"),
    path("admin/login/", own.admin_sign_in, name="admin_sign_in"),
    path("admin/", admin.site.urls),
    path("", include("bureaus.urls")),
    path("", include("inquiries.urls")),
    path("", include("disclosure.urls")),
]

handler500 = "config.errors.server_error"
