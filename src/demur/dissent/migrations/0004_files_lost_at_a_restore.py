# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that a restored installation lacks are marked as missing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dissent", "0003_openings_sealed_when_asked"),
    ]

    operations = [
        migrations.AddField(
            model_name="sealedfile",
            name="missing",
            field=models.BooleanField(db_default=False),
        ),
    ]
