"""The web server's door."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# What stands when the server begins stands until it ends. To look through it for garbage stopped a large answer now and
# then for a tenth of a second.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
