import django.contrib.auth.models
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128)),
                ("last_login", models.DateTimeField(blank=True, null=True)),
                ("is_superuser", models.BooleanField(default=False)),
                ("username", models.CharField(max_length=150, unique=True)),
                ("first_name", models.CharField(blank=True, max_length=150)),
                ("last_name", models.CharField(blank=True, max_length=150)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("is_staff", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("nick", models.CharField(default="", max_length=30)),
                ("groups", models.ManyToManyField(related_name="user_set", related_query_name="user", to="auth.Group")),
                ("user_permissions", models.ManyToManyField(related_name="user_set", related_query_name="user", to="auth.Permission")),
            ],
            managers=[("objects", django.contrib.auth.models.UserManager())],
        ),
    ]
