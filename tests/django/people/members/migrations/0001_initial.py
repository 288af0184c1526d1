import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.CreateModel(
            name="Member",
            fields=[
                ("password", models.CharField(max_length=128)),
                ("last_login", models.DateTimeField(blank=True, null=True)),
                ("is_superuser", models.BooleanField(default=False)),
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("is_staff", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("phone", models.CharField(default="", max_length=20)),
                ("trial_ends", models.DateTimeField(null=True)),
                ("birthday", models.DateField(null=True)),
                ("points", models.IntegerField(default=0)),
                ("groups", models.ManyToManyField(related_name="user_set", related_query_name="user", to="auth.Group")),
                ("user_permissions", models.ManyToManyField(related_name="user_set", related_query_name="user", to="auth.Permission")),
            ],
        ),
    ]
