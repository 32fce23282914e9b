"""The footer of a district's public pages, and the websites that may embed its figures."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0014_edits_of_settings"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="districtsettings",
            name="embed_hosts",
            field=models.JSONField(
                blank=True, db_default=[], default=list, verbose_name="websites that may embed the figures"
            ),
        ),
        migrations.AddField(
            model_name="districtsettings",
            name="icp_number",
            field=models.CharField(blank=True, db_default="", max_length=40, verbose_name="ICP number"),
        ),
        migrations.AddField(
            model_name="districtsettings",
            name="police_number",
            field=models.CharField(blank=True, db_default="", max_length=40, verbose_name="police number"),
        ),
        migrations.AddField(
            model_name="districtsettings",
            name="site_code",
            field=models.CharField(
                blank=True, db_default="", max_length=10, verbose_name="code of the website"
            ),
        ),
        migrations.AddConstraint(
            model_name="districtsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("site_code", ""), ("site_code__regex", "^[0-9]{10}$"), _connector="OR"),
                name="site_code_has_its_shape",
            ),
        ),
        migrations.AddConstraint(
            model_name="districtsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("icp_number", ""),
                    (
                        "icp_number__regex",
                        "^[京津沪渝冀豫云滇辽黑湘皖鲁新苏浙赣鄂桂甘陇晋蒙陕秦吉闽贵黔粤青藏川蜀宁琼]ICP备[0-9]{8,10}号(-[0-9]{1,3})?$",
                    ),
                    _connector="OR",
                ),
                name="icp_number_has_its_shape",
            ),
        ),
        migrations.AddConstraint(
            model_name="districtsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("police_number", ""),
                    (
                        "police_number__regex",
                        "^[京津沪渝冀豫云滇辽黑湘皖鲁新苏浙赣鄂桂甘陇晋蒙陕秦吉闽贵黔粤青藏川蜀宁琼]公网安备[0-9]{14}号$",
                    ),
                    _connector="OR",
                ),
                name="police_number_has_its_shape",
            ),
        ),
    ]
