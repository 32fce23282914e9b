"""The officer's own pages."""

from django.urls import path
from django.views.i18n import set_language

from bureaus import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password, name="password"),
    path("language/", set_language, name="set_language"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_notices, name="read_notices"),
    path("notices/<uuid:pk>/read/", views.read_notice, name="read_notice"),
    path("addresses/", views.addresses, name="addresses"),
    path("addresses/<uuid:pk>/verify/", views.verify, name="verify_address"),
    path("addresses/<uuid:pk>/", views.act_on_address, name="act_on_address"),
]
