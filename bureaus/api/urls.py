"""The addresses of the REST API that say who we are."""

from django.urls import path

from bureaus.api import directory, document, problems

urlpatterns = [
    path("", document.browse, name="api"),
    path("openapi.json", document.openapi, name="api_openapi"),
    path("problems/", problems.show_types, name="api_problem_types"),
    path("problems/<slug:code>", problems.show_type, name="api_problem_type"),
    path("districts", directory.Districts.as_view(), name="api_districts"),
    path("bureaus", directory.Bureaus.as_view(), name="api_bureaus"),
    path("units", directory.Units.as_view(), name="api_units"),
    path("places/<int:pk>", directory.OnePlace.as_view(), name="api_place"),
    path("hotlines", directory.Hotlines.as_view(), name="api_hotlines"),
    path("calendar", directory.CalendarYearDoor.as_view(), name="api_calendar"),
]
