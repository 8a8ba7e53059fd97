"""One pattern: paths are read by `urls.parse`. The names are those that the sign-in library asks for."""

from django.urls import re_path

from keyhouse.web.dispatch import dispatch

urlpatterns = [
    re_path(r"^login-login\.view$", dispatch, name="account_login"),
    re_path(r"^login-logout\.view$", dispatch, name="account_logout"),
    re_path(r"^login-resetPassword\.view$", dispatch, name="account_reset_password"),
    re_path(r"^home/project-begin\.view$", dispatch, name="home"),
    re_path(r"", dispatch),
]
