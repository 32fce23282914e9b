"""The addresses of the REST API that say what was asked."""

from django.urls import path

from inquiries.api import (
    acting,
    attachments,
    behind,
    bulletins,
    counting,
    credibility,
    directory,
    duties,
    papers,
    ranking,
    reading,
    statistics,
    topics,
    webhooks,
    wide,
)

urlpatterns = [
    path("topics", directory.Topics.as_view(), name="api_topics"),
    path("answer-rules", directory.AnswerRules.as_view(), name="api_answer_rules"),
    path("statistics", statistics.AllFigures.as_view(), name="api_figures"),
    path("statistics/ageing", statistics.Ageing.as_view(), name="api_ageing"),
    path("statistics/held", wide.TimeHeld.as_view(), name="api_held"),
    path("statistics/acknowledgements", statistics.Acknowledgements.as_view(), name="api_acknowledgements"),
    path("statistics/times/<slug:time>", statistics.Times.as_view(), name="api_times"),
    path("statistics/ageing/inquiries", behind.AgeingInquiries.as_view(), name="api_ageing_inquiries"),
    path("statistics/held/inquiries", behind.HeldInquiries.as_view(), name="api_held_inquiries"),
    path(
        "statistics/acknowledgements/inquiries",
        behind.UnacknowledgedInquiries.as_view(),
        name="api_acknowledgements_inquiries",
    ),
    path(
        "statistics/times/<slug:time>/inquiries", behind.TimedInquiries.as_view(), name="api_times_inquiries"
    ),
    path(
        "statistics/rising-words/inquiries", behind.WordInquiries.as_view(), name="api_rising_words_inquiries"
    ),
    path("statistics/standings", ranking.Standings.as_view(), name="api_standings"),
    path("statistics/weights", ranking.ScoreWeights.as_view(), name="api_weights"),
    path("statistics/rising-topics", topics.RisingTopics.as_view(), name="api_rising_topics"),
    path("statistics/rising-words", wide.RisingWords.as_view(), name="api_rising_words"),
    path("statistics/repeat-callers/inquiries", topics.RepeatCallers.as_view(), name="api_repeat_callers"),
    path(
        "statistics/repeated-questions/inquiries",
        topics.RepeatedQuestions.as_view(),
        name="api_repeated_questions",
    ),
    path("statistics/recording-lag", wide.RecordingLag.as_view(), name="api_recording_lag"),
    path("statistics/rule-edits", wide.RuleEdits.as_view(), name="api_rule_edits"),
    path(
        "statistics/rule-edits/inquiries", behind.RuleEditInquiries.as_view(), name="api_rule_edits_inquiries"
    ),
    path("statistics/callback-draws", credibility.CallbackDraws.as_view(), name="api_callback_draws"),
    path("statistics/signals", credibility.Signals.as_view(), name="api_signals"),
    path("statistics/signals/<slug:signal>", wide.OneSignal.as_view(), name="api_signal"),
    path(
        "statistics/signals/<slug:signal>/inquiries",
        behind.SignalInquiries.as_view(),
        name="api_signal_inquiries",
    ),
    path("statistics/countings/<uuid:pk>", counting.OneCounting.as_view(), name="api_counting"),
    path("statistics/held/countings", counting.AskTimeHeld.as_view(), name="api_ask_held"),
    path("statistics/rising-words/countings", counting.AskRisingWords.as_view(), name="api_ask_rising_words"),
    path(
        "statistics/recording-lag/countings", counting.AskRecordingLag.as_view(), name="api_ask_recording_lag"
    ),
    path("statistics/rule-edits/countings", counting.AskRuleEdits.as_view(), name="api_ask_rule_edits"),
    path("statistics/signals/<slug:signal>/countings", counting.AskSignal.as_view(), name="api_ask_signal"),
    path("statistics/<slug:figure>/countings", counting.AskCounting.as_view(), name="api_ask_counting"),
    path("statistics/<slug:figure>", statistics.OneFigure.as_view(), name="api_figure"),
    path(
        "statistics/<slug:figure>/inquiries",
        behind.FigureInquiries.as_view(),
        name="api_figure_inquiries",
    ),
    path("duties", duties.Duties.as_view(), name="api_duties"),
    path("duties/<int:pk>", duties.OneDuty.as_view(), name="api_duty"),
    path("duties/<int:pk>/done", duties.DoneDuty.as_view(), name="api_duty_done"),
    path("duties/<int:pk>/call", duties.LoggedCall.as_view(), name="api_duty_call"),
    path("bulletins", bulletins.Bulletins.as_view(), name="api_bulletins"),
    path("bulletins/<int:pk>", bulletins.OneBulletin.as_view(), name="api_bulletin"),
    path("bulletins/<int:pk>/moved", bulletins.Moved.as_view(), name="api_bulletin_moved"),
    path("bulletins/<int:pk>/filled", bulletins.FilledForm.as_view(), name="api_bulletin_filled"),
    path("webhooks", webhooks.Webhooks.as_view(), name="api_webhooks"),
    path("webhooks/<uuid:pk>", webhooks.OneWebhook.as_view(), name="api_webhook"),
    path("webhooks/<uuid:pk>/deliveries", webhooks.DeliveryLog.as_view(), name="api_deliveries"),
    path(
        "webhooks/<uuid:pk>/deliveries/<uuid:delivery>/replay", webhooks.Replay.as_view(), name="api_replay"
    ),
    path("inquiries", acting.RecordAndList.as_view(), name="api_inquiries"),
    path("inquiries/changes", reading.Changes.as_view(), name="api_changes"),
    path("inquiries/export", reading.Export.as_view(), name="api_export"),
    path("inquiries/<int:pk>", reading.OneInquiry.as_view(), name="api_inquiry"),
    path("inquiries/<int:pk>/challenges", reading.Challenges.as_view(), name="api_challenges"),
    path("inquiries/<int:pk>/events", reading.Line.as_view(), name="api_events"),
    path("inquiries/<int:pk>/personal-data", acting.Clear.as_view(), name="api_clear"),
    path("inquiries/<int:pk>/attachments", attachments.Attachments.as_view(), name="api_attachments"),
    path(
        "inquiries/<int:pk>/attachments/<int:number>/content",
        attachments.Content.as_view(),
        name="api_attachment_content",
    ),
    path("inquiries/<int:pk>/papers", papers.Papers.as_view(), name="api_papers"),
    path("inquiries/<int:pk>/papers/<slug:paper>", papers.OnePaper.as_view(), name="api_paper"),
    path(
        "inquiries/<int:pk>/papers/<slug:paper>/issued", papers.IssuedPapers.as_view(), name="api_issue_paper"
    ),
    path(
        "inquiries/<int:pk>/papers/<slug:paper>/in-clear",
        papers.PaperInClear.as_view(),
        name="api_clear_paper",
    ),
    path("inquiries/<int:pk>/signed-papers", papers.SignedPapers.as_view(), name="api_signed_papers"),
    path("inquiries/<int:pk>/letters", papers.Letters.as_view(), name="api_letters"),
    *(
        path(f"inquiries/<int:pk>/acts/{code}", door.as_view(), name="api_act")
        for code, door in acting.doors_of_acts()
    ),
]
