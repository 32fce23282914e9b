"""The addresses of the REST API that say what is shown."""

from django.urls import path

from disclosure.api import booklets, open_days

urlpatterns = [
    path("booklets", booklets.Booklets.as_view(), name="api_booklets"),
    path("booklets/<int:pk>", booklets.OneBooklet.as_view(), name="api_booklet"),
    path("open-days", open_days.OpenDays.as_view(), name="api_open_days"),
    path("open-days/<int:pk>", open_days.OneOpenDay.as_view(), name="api_open_day"),
]
