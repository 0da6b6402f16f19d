"""What all tests share: a Hypothesis profile with the same examples everywhere and no deadline to miss."""

from hypothesis import settings

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=60, stateful_step_count=40)
settings.load_profile("ci")
