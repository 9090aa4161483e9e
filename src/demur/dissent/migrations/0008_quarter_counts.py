from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dissent", "0007_erased"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuarterCounts",
            fields=[
                ("quarter", models.CharField(max_length=7, primary_key=True, serialize=False)),
                ("text", models.TextField()),
            ],
        ),
    ]
