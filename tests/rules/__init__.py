"""The rules, in tables of cases."""
