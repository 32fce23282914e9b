"""The tables that come with Django and axes: what the two login roles may do with them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0002_data_keys"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("axes", "0010_accessattemptexpiration"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            """
            grant select on django_migrations, django_content_type, auth_permission, auth_group,
                auth_group_permissions to bida_web, bida_worker;
            grant select, insert, update, delete on django_session to bida_web, bida_worker;
            grant select, insert, update, delete on
                axes_accessattempt, axes_accessattemptexpiration to bida_web;
            grant select, insert, update on axes_accesslog, axes_accessfailurelog to bida_web;
            grant select, insert on django_admin_log to bida_web;
            grant usage on all sequences in schema public to bida_web, bida_worker;
            """,
            migrations.RunSQL.noop,
        ),
    ]
