"""What all tests share: one Hypothesis profile, the same examples on every machine and no deadline a busy one could miss."""

from hypothesis import settings

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=60, stateful_step_count=40)
settings.load_profile("ci")
