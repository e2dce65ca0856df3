"""How long the fuzzing runs: ``make fuzz`` takes the profile of that name."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fuzz",
    max_examples=2000,
    deadline=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
