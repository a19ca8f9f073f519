"""What is true of every state, not only of those that somebody thought of."""
