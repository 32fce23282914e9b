"""The officer's own pages."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from bureaus.views import own, posts

urlpatterns = [
    path("sign-in/", own.sign_in, name="sign_in"),
    path("sign-out/", own.sign_out, name="sign_out"),
    path("session/", own.session, name="session"),
    path("password/", own.password, name="password"),
    path("language/", csrf_exempt(set_language), name="set_language"),
    path("notices/", own.notices, name="notices"),
    path("notices/read/", own.read_notices, name="read_notices"),
    path("notices/<uuid:pk>/read/", own.read_notice, name="read_notice"),
    path("addresses/", own.addresses, name="addresses"),
    path("addresses/<uuid:pk>/verify/", own.verify, name="verify_address"),
    path("addresses/<uuid:pk>/", own.act_on_address, name="act_on_address"),
    path("settings/posts/", posts.posts, name="posts"),
    path("settings/posts/<int:pk>/", posts.post, name="post"),
    path("settings/slips/<int:pk>/", posts.slip, name="slip"),
    path("settings/accounts/<int:pk>/disable/", posts.disable, name="disable"),
    path("settings/roster/", posts.roster, name="roster"),
]
