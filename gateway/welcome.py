def print_welcome(settings, url): pass
