from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class DisclosureConfig(AppConfig):
    name = "disclosure"
    verbose_name = _("open government")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The signals of gaming know what an open day shows, the engine of chases what is owed of items and days."""
        from bureaus.services import wording
        from disclosure.figures.signals import MORE_THAN_RECEIVED
        from disclosure.services.annual import REPORT
        from disclosure.services.desk import ANSWER_ISSUE
        from disclosure.services.issues import OWED_ANSWERS, PUBLISH_ISSUE, UNOWED_ANSWERS
        from disclosure.services.items import DUTIES
        from disclosure.services.plans import HAND_IN_PLAN, PLAN_TASK
        from disclosure.services.summaries import HAND_IN_SUMMARY
        from disclosure.services.taking_in import TAKE_IN
        from inquiries.figures.credibility import SIGNALS
        from inquiries.services import verifying
        from inquiries.services.duties import Kind, register

        verifying.register(
            gettext_noop("what came by the portal is recorded within minutes"),
            counted="select count(*) from disclosure_intake",
            broken="select id || ' ' || trouble from disclosure_intake where at < %(ten_minutes_ago)s",
        )
        verifying.register(
            gettext_noop("the answer to a hot issue is public, owed to be, or kept inside"),
            counted=OWED_ANSWERS,
            broken=UNOWED_ANSWERS,
        )
        SIGNALS[MORE_THAN_RECEIVED.code] = MORE_THAN_RECEIVED
        of_days = {
            ANSWER_ISSUE: Kind(
                _("answer a hot issue"),
                lambda duty: f"/issues/{duty.subject}/",
                in_words=False,
                working_days=True,
            ),
            PUBLISH_ISSUE: Kind(
                _("publish the answer to a hot issue"),
                lambda duty: f"/issues/{duty.subject}/",
                in_words=False,
            ),
            HAND_IN_PLAN: Kind(
                _("hand in the plan of an open day"),
                lambda duty: f"/open-days/{duty.subject}/plans/{duty.place_id}/",
                in_words=False,
            ),
            PLAN_TASK: Kind(_("task for an open day"), lambda duty: f"/duties/{duty.pk}/"),
            HAND_IN_SUMMARY: Kind(
                _("approve the summary of an open day"),
                lambda duty: f"/open-days/{duty.subject.partition('.')[0]}/",
                in_words=False,
            ),
        }
        reports = {
            REPORT: Kind(
                _("approve the yearly report"),
                lambda duty: f"/reports/?year={duty.subject.partition('.')[0]}",
                in_words=False,
            )
        }
        outside = {
            TAKE_IN: Kind(
                _(
                    "look into what came by the portal and cannot be recorded; once this is ended, it is removed"
                ),
                lambda duty: f"/duties/{duty.pk}/",
                working_days=True,
            )
        }
        for code, kind in {**DUTIES, **of_days, **reports, **outside}.items():
            register(code, kind)
            wording.KINDS[code] = kind.label
