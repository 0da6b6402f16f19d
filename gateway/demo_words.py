"""What the simulated people are called and say."""

from typing import Final

FIRST_NAMES: Final = (
    "Amara", "Ben", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hiro", "Ines", "Jonas", "Kamala", "Lars", "Mei",
    "Nadia", "Omar", "Priya", "Quentin", "Rosa", "Sven", "Tala", "Umar", "Vera", "Wanda", "Xiomara", "Yusuf", "Zofia",
)
LAST_NAMES: Final = (
    "Abebe", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jensen", "Kowalski",
    "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Rossi", "Silva", "Tanaka", "Weber", "Yilmaz",
)

ROOMS: Final = (
    ("Onboarding", "What would have helped you in your first week?"),
    ("Pricing", "Three models, one afternoon: which one would you defend?"),
    ("Accessibility", "What did we ship lately that somebody could not use?"),
    ("Remote rituals", "Keep, change, drop."),
    ("Support stories", "Bring one call that you still think about."),
    ("Roadmap", None),
)

OPENERS: Final = (
    "Hello everybody!", "Can you hear me?", "Hi, good to see you all.", "Shall we do a quick round of names?", "Who takes notes?",
)
LINES: Final = (
    "I think we should start with the smallest thing that helps.",
    "That was different for us: we had no budget at all.",
    "Could you say a little more about that?",
    "+1",
    "We tried exactly this last year and it worked, mostly.",
    "Let us not forget the people who join by phone.",
    "I will put a link into the notes afterwards.",
    "Two minutes each, then we vote?",
    "Fair point. I had not seen it like that.",
    "What would we tell the others in one sentence?",
    "I disagree, but I like the example.",
    "Do we have numbers for that?",
    "😂",
    "Let us write that down before we lose it.",
    "Is anybody sharing a screen?",
)
REASONS: Final = (
    "We do not quite understand the task.",
    "Could somebody share the slides?",
    "One of us has no sound.",
    "We need a decision.",
    None,
)


def full_name(number: int) -> tuple[str, str]:
    """First and last name of the simulated person `number`, counted from 0; the first 546 are all different."""
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    return first, LAST_NAMES[(number + number // len(FIRST_NAMES)) % len(LAST_NAMES)]
