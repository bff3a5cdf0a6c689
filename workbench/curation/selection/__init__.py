"""Which training rows are worth their tokens, beside two controls."""
