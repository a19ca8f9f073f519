"""Git sources, against real repositories."""
