"""Room for several scopes on a program's key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grids", "0007_area_history")]
    operations = [
        migrations.AlterField(
            model_name="apitoken",
            name="scope",
            field=models.CharField(default="all", max_length=60),
        )
    ]
