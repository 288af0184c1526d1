"""Accounts of a site that logs in by e-mail address: no names, no date of joining, ids that are UUIDs."""
import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models


class MemberManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        member = self.model(email=self.normalize_email(email), **fields)
        member.set_password(password)
        member.save()
        return member


class Member(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    phone = models.CharField(max_length=20, default="")
    trial_ends = models.DateTimeField(null=True)
    birthday = models.DateField(null=True)
    points = models.IntegerField(default=0)

    objects = MemberManager()
    USERNAME_FIELD = "email"
