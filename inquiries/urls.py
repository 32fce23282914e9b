"""The pages of inquiries."""

from django.urls import path

from inquiries.views import (
    attachments,
    calendar,
    duties,
    health,
    letters,
    matter,
    record,
    rules,
    settings,
    today,
)

urlpatterns = [
    path("", today.today, name="today"),
    path("record/", record.record, name="record"),
    path("record/receipt/", record.receipt, name="receipt"),
    path("inquiries/<int:pk>/", matter.inquiry, name="inquiry"),
    path("inquiries/<int:pk>/clear/", matter.clear, name="clear"),
    path("inquiries/<int:pk>/attach/", attachments.attach, name="attach"),
    path("inquiries/<int:pk>/files/<int:number>/", attachments.attachment, name="attachment"),
    path("inquiries/<int:pk>/letters/<slug:what>/", letters.letter, name="letter"),
    path("inquiries/<int:pk>/<slug:code>/", matter.act, name="act"),
    path("duties/<int:pk>/", duties.duty, name="duty"),
    path("settings/", settings.settings, name="settings"),
    path("settings/district/", settings.district, name="district"),
    path("settings/rules/", rules.rules, name="rules"),
    path("settings/rules/<slug:kind>/<slug:urgency>/", rules.rule, name="rule"),
    path("settings/ladders/<slug:meant_for>/", rules.ladder, name="ladder"),
    path("settings/calendar/", calendar.this_year, name="calendars"),
    path("settings/calendar/<int:year>/", calendar.calendar, name="calendar"),
    path("health", health.health, name="health"),
]
