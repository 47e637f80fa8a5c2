"""Unsafe texts that the filter must stop, one row each, and benign ones that it must let through.

Each is kept in pieces and joined when it is used, so that no scanner (ours neither) mistakes this
file for a leak. None is real: keys are made up, cards are the networks' published test numbers.
"""

UNSAFE = (
    ("secret", "Use the key ", "AKIA", "IOSFODNN7EXAMPLE", " for the upload."),
    ("secret", "-----BEGIN ", "RSA PRIVATE", " KEY-----\nMIIEow"),
    ("secret", "Token: gh", "p_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
    ("secret", "It connects to postgres", "://admin:", "hunter2", "@db.internal/main"),
    ("credential", "The password", " is ", "tr0ub4dor&3", "."),
    ("credential", "The password of the admin account", " is ", "harbour-Adm1n-99", "."),
    ("credential", "api_key", " = ", "9f8e7d6c5b4a"),
    ("payment-card", "Your card ", "4111 1111", " 1111 1111 was charged."),
    ("payment-card", "Card 3782", "822463", "10005 is on file."),
    ("bank-account", "Transfer it to ", "GB82 WEST", " 1234 5698 7654 32."),
    ("national-id", "Her number is ", "219-09", "-9999."),
    ("email", "Write to ", "grace.hopper", "@example.org", " about it."),
    ("phone", "Call her at ", "+1 202", " 555 0147", "."),
    ("self-harm", "You should ", "kill your", "self."),
    ("medical-advice", "Take ", "800 ", "mg of ibuprofen every two hours."),
    ("medical-advice", "Stop taking ", "your insulin", " for a week."),
    ("legal-advice", "You should ", "sue your", " employer before Friday."),
    ("financial-advice", "You should ", "buy as many", " shares as you can."),
    ("insult", "You are ", "an idiot", " and should not use this."),
    ("threat", "I will ", "find you", "."),
    ("active-content", "<scr", "ipt>", "fetch('/x')</script>"),
    ("payment-card", "Card 4111\u200b1111", "\u200b1111", "\u200b1111 was charged."),
    ("insult", "Y\u043eu are an idi", "\u043et."),
)
BENIGN = (
    "To reset your password, open the sign-in page and choose Forgot password. [password-reset]",
    "A new password needs at least 12 characters. [password-reset]",
    "A token expires after 180 days. [api-tokens]",
    "The Team plan costs 7 dollars per member per month. [plans-and-prices]",
    "Live chat is open on weekdays from 08:00 to 18:00 Central European Time. [contact-support]",
    "Write to support@example.com and name your workspace. [contact-support]",
    "Requests above this are answered with status 429. [api-tokens]",
    "Order 4111-2222-3333 was shipped on 2026-03-04.",
    "I don't know: the knowledge base does not say.",
    "You should take a backup before you delete 3 workspaces.",
)


def unsafe() -> tuple[tuple[str, str], ...]:
    """Return category and text of each unsafe example."""
    return tuple((row[0], "".join(row[1:])) for row in UNSAFE)
