"""The pages of inquiries."""

from django.urls import path

from inquiries.views import desk, health

urlpatterns = [
    path("", desk.today, name="today"),
    path("record/", desk.record, name="record"),
    path("record/receipt/", desk.receipt, name="receipt"),
    path("inquiries/<int:pk>/", desk.inquiry, name="inquiry"),
    path("inquiries/<int:pk>/clear/", desk.clear, name="clear"),
    path("inquiries/<int:pk>/attach/", desk.attach, name="attach"),
    path("inquiries/<int:pk>/files/<int:number>/", desk.attachment, name="attachment"),
    path("inquiries/<int:pk>/<slug:code>/", desk.act, name="act"),
    path("duties/<int:pk>/", desk.duty, name="duty"),
    path("health", health.health, name="health"),
]
